import { HsmError } from "@keywright/core/hsm"
import {
  decodeDerElements,
  derTag,
  encodePairMaterial,
  encodeRsaMaterial,
  type KeyPairSpec,
  type KeySpec,
  keyAlgorithms,
  parsePairMaterial,
  parsePkcs8,
  parseRsaMaterial,
  parseRsaPrivateKey,
} from "@keywright/core/suite"
import type { Session } from "./connection.js"
import { CKA, type Handle } from "./cryptoki.js"
import { formOf } from "./objects.js"

// Key material of a key pair without what is private in it, in the form that suites open: for what
// needs the public key alone.

const none = new Uint8Array(0)

const publicRsa = (n: Uint8Array, e: Uint8Array): Uint8Array =>
  encodeRsaMaterial({ n, e, d: none, p: none, q: none, dp: none, dq: none, qi: none })

/** Zeros stand in the place of the private number. */
const publicCurve = (spec: KeyPairSpec, publicKey: Uint8Array): Uint8Array =>
  encodePairMaterial({
    privateKey: new Uint8Array(keyAlgorithms[spec].privateKeyBytes),
    publicKey,
    expanded: none,
  })

/** The public part of a secret key: how many bytes it has, in one of them. */
export const publicLength = (lengthBytes: number): Uint8Array => Uint8Array.of(lengthBytes)

/** What may be known of key material. */
export function publicPartOf(spec: KeySpec, material: Uint8Array): Uint8Array {
  const form = formOf(spec)
  if (form === "secret") return publicLength(material.length)
  if (form === "rsa") {
    const numbers = parseRsaMaterial(material)
    if (numbers !== undefined) return publicRsa(numbers.n, numbers.e)
  } else {
    const pair = parsePairMaterial(spec as KeyPairSpec, material)
    if (pair !== undefined) return publicCurve(spec as KeyPairSpec, pair.publicKey)
  }
  throw new TypeError("the key material is of another key spec")
}

const oddKey = (): HsmError =>
  new HsmError("unavailable", "the token answers a key in another form")

/** A point as an octet string in DER, which is the standard, or bare, as some tokens have it. */
function pointOf(value: Uint8Array, lengthBytes: number | undefined): Uint8Array {
  const [element] = decodeDerElements(value) ?? []
  const isWrapped = element?.tag === derTag.octetString && element.content.length === lengthBytes
  const point = isWrapped ? element.content : value
  if (point.length !== lengthBytes || point[0] !== 4) throw oddKey()
  return point
}

/** The public part of a public key in the token. */
export function readPublicPart(
  { cryptoki, handle }: Session,
  spec: KeyPairSpec,
  key: Handle,
): Uint8Array {
  const read = (...types: number[]): readonly Uint8Array[] => {
    const wanted = types.map((type) => ({ type }))
    return cryptoki
      .C_GetAttributeValue(handle, key, wanted)
      .map(({ value }) => new Uint8Array(value as Uint8Array))
  }
  if (formOf(spec) === "ec") {
    const [value = none] = read(CKA.ecPoint)
    return publicCurve(spec, pointOf(value, keyAlgorithms[spec].publicKeyBytes))
  }
  const [n = none, e = none] = read(CKA.modulus, CKA.publicExponent)
  const modulus = n.subarray(
    Math.max(
      0,
      n.findIndex((byte) => byte !== 0),
    ),
  )
  if (modulus.length !== keyAlgorithms[spec].privateKeyBytes) throw oddKey()
  return publicRsa(modulus, e)
}

/** Key wrapping is of blocks of 8 bytes. */
const blockBytes = 8

/**
 * What was wrapped, of what was unwrapped: some tokens fill it up with zeros to whole blocks, and
 * say that it is so long. Source: SoftHSM 2.6.1, tried.
 */
function withoutFilling(unwrapped: Uint8Array, lengthBytes: number): Uint8Array {
  const filling = unwrapped.subarray(lengthBytes)
  const isFilling = filling.length < blockBytes && filling.every((byte) => byte === 0)
  if (lengthBytes > unwrapped.length || !isFilling) throw oddKey()
  return unwrapped.subarray(0, lengthBytes)
}

/** How long an element of DER is that begins here, its head included. */
function elementBytes([, first = 0, ...digits]: Uint8Array): number {
  if (first < 0x80) return 2 + first
  const count = first & 0x7f
  return digits.slice(0, count).reduce((sum, digit) => sum * 256 + digit, 0) + 2 + count
}

/** Key material of a secret key that was unwrapped, which the caller wipes. */
export const materialOfSecret = (unwrapped: Uint8Array, publicPart: Uint8Array): Uint8Array =>
  withoutFilling(unwrapped, publicPart[0] ?? unwrapped.length).slice()

/** Key material of what a token wraps of a key pair: PKCS #8 in DER, which the caller wipes. */
export function materialOfPkcs8(
  spec: KeyPairSpec,
  unwrapped: Uint8Array,
  publicPart: Uint8Array,
): Uint8Array {
  const pkcs8 = withoutFilling(unwrapped, elementBytes(unwrapped.subarray(0, 6)))
  const privateKey = parsePkcs8(spec, pkcs8)?.privateKey
  if (privateKey === undefined) throw oddKey()
  if (formOf(spec) === "ec") {
    const publicKey = parsePairMaterial(spec, publicPart)?.publicKey
    if (publicKey === undefined) throw oddKey()
    return encodePairMaterial({ privateKey, publicKey, expanded: none })
  }
  const numbers = parseRsaPrivateKey(privateKey)
  if (numbers === undefined) throw oddKey()
  return encodeRsaMaterial(numbers)
}
