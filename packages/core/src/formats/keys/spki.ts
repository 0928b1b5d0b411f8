import { equalBytes } from "../../vocabulary/bytes.js"
import type { KeyPairSpec } from "../../vocabulary/key-specs.js"
import { decodeDer, derTag, encodeDer, wholeBytes } from "./der.js"
import { keyAlgorithms } from "./key-algorithms.js"

const noUnusedBits = Uint8Array.of(0)

/** The first byte of a point that has both of its coordinates. Source: SEC 1, section 2.3.3. */
const uncompressed = 0x04

/**
 * A public key as SubjectPublicKeyInfo in DER: what GetPublicKey hands out. `publicKey` is the
 * RSAPublicKey structure, the uncompressed point or the bytes that the algorithm defines.
 */
export const encodeSpki = (spec: KeyPairSpec, publicKey: Uint8Array): Uint8Array =>
  encodeDer(
    derTag.sequence,
    keyAlgorithms[spec].identifier,
    encodeDer(derTag.bitString, noUnusedBits, publicKey),
  )

/**
 * The public key in a SubjectPublicKeyInfo for that key spec; a view. `undefined` when it is not
 * one, or one of another algorithm, curve or length. Whether a point lies on the curve is not
 * decided here.
 */
export function parseSpki(spec: KeyPairSpec, spki: Uint8Array): Uint8Array | undefined {
  const content = decodeDer(spki, derTag.sequence)
  const { identifier, publicKeyBytes, privateKeyForm } = keyAlgorithms[spec]
  if (content === undefined) return undefined
  if (!equalBytes(content.subarray(0, identifier.length), identifier)) return undefined
  const publicKey = wholeBytes(decodeDer(content.subarray(identifier.length), derTag.bitString))
  if (publicKey === undefined) return undefined
  if (publicKeyBytes !== undefined && publicKey.length !== publicKeyBytes) return undefined
  return privateKeyForm === "ec" && publicKey[0] !== uncompressed ? undefined : publicKey
}
