import { concatBytes } from "../../vocabulary/bytes.js"
import type { KeyPairSpec } from "../../vocabulary/key-specs.js"
import { keyAlgorithms } from "./key-algorithms.js"
import { encodePkcs8 } from "./pkcs8.js"
import {
  encodeRsaPrivateKey,
  encodeRsaPublicKey,
  parseRsaMaterial,
  type RsaPrivateKey,
} from "./rsa-keys.js"
import { encodeSpki } from "./spki.js"

/**
 * The key material of a key pair as a token holds it, the same for every suite: what is cheap to
 * open. RSA has its eight numbers; all others the private number or seed, the public key, and
 * what the algorithm expands the seed to, where that saves work. The version of the token is the
 * version of this form, too.
 */
export interface PairMaterial {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
  /** The decoded secret key of ML-DSA and ML-KEM; empty for curves. */
  readonly expanded: Uint8Array
}

export const encodePairMaterial = (material: PairMaterial): Uint8Array =>
  concatBytes(material.privateKey, material.publicKey, material.expanded)

/** The inverse; its parts are views. `undefined` when the lengths are not those of the spec. */
export function parsePairMaterial(spec: KeyPairSpec, bytes: Uint8Array): PairMaterial | undefined {
  const { privateKeyBytes, publicKeyBytes = 0, expandedBytes } = keyAlgorithms[spec]
  const publicEnd = privateKeyBytes + publicKeyBytes
  if (bytes.length !== publicEnd + expandedBytes) return undefined
  return {
    privateKey: bytes.subarray(0, privateKeyBytes),
    publicKey: bytes.subarray(privateKeyBytes, publicEnd),
    expanded: bytes.subarray(publicEnd),
  }
}

function requireRsa(material: Uint8Array): RsaPrivateKey {
  const key = parseRsaMaterial(material)
  if (key === undefined) throw new TypeError("`material` is no RSA key material")
  return key
}

function requirePair(spec: KeyPairSpec, material: Uint8Array): PairMaterial {
  const pair = parsePairMaterial(spec, material)
  if (pair === undefined) throw new TypeError(`\`material\` is no key material of ${spec}`)
  return pair
}

/** The public key of key material as SubjectPublicKeyInfo. Throws `TypeError` for other bytes. */
export const spkiOfMaterial = (spec: KeyPairSpec, material: Uint8Array): Uint8Array =>
  encodeSpki(
    spec,
    keyAlgorithms[spec].privateKeyForm === "rsa"
      ? encodeRsaPublicKey(requireRsa(material))
      : requirePair(spec, material).publicKey,
  )

/** The private key of key material as PKCS #8. Throws `TypeError` for other bytes. */
export function pkcs8OfMaterial(spec: KeyPairSpec, material: Uint8Array): Uint8Array {
  if (keyAlgorithms[spec].privateKeyForm !== "rsa") {
    return encodePkcs8(spec, requirePair(spec, material))
  }
  const privateKey = encodeRsaPrivateKey(requireRsa(material))
  try {
    return encodePkcs8(spec, { privateKey, publicKey: undefined })
  } finally {
    privateKey.fill(0)
  }
}
