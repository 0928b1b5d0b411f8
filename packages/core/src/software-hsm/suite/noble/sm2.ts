import { ecdh, weierstrass } from "@noble/curves/abstract/weierstrass.js"
import { decodeDerPair, encodeDerPair } from "../../../formats/keys/der.js"
import { encodeSm2Ciphertext, parseSm2Ciphertext } from "../../../formats/keys/sm2-ciphertext.js"
import type { Entropy } from "../../../ports/entropy.js"
import { bytesOfHex, concatBytes, equalBytes, hexOf, utf8 } from "../../../vocabulary/bytes.js"
import { keySpecTable } from "../../../vocabulary/key-specs.js"
import type {
  AgreementKey,
  EncryptionKey,
  KeyPairMaker,
  SignInput,
  SigningKey,
} from "../crypto-suite.js"
import { curveMaker, openCurveAgreementKey } from "./ecdsa.js"
import { openPair } from "./open-pair.js"
import { sm3 } from "./sm3.js"

/** Source: GB/T 32918.5-2017, the recommended curve. */
const parameters = Object.freeze({
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
})
const Point = /* @__PURE__ */ weierstrass<bigint>(parameters)
const curve = /* @__PURE__ */ ecdh(Point)
const { n } = parameters

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes)}`)
const bytesOf = (number: bigint): Uint8Array =>
  bytesOfHex(number.toString(16).padStart(64, "0")) as Uint8Array
const modN = (number: bigint): bigint => ((number % n) + n) % n

/** A private key must also have an inverse of itself plus one. */
const isUsable = (privateKey: Uint8Array): boolean => numberOf(privateKey) < n - 1n

const anyCurveMaker = /* @__PURE__ */ curveMaker(curve)

export const sm2Maker: KeyPairMaker = Object.freeze<KeyPairMaker>({
  generate: anyCurveMaker.generate,
  complete: (parts, entropy) =>
    isUsable(parts.privateKey) ? anyCurveMaker.complete(parts, entropy) : undefined,
})

function generateScalar(entropy: Entropy): bigint {
  const seed = entropy(new Uint8Array(curve.lengths.seed ?? 48))
  const scalar = curve.utils.randomSecretKey(seed)
  const number = numberOf(scalar)
  seed.fill(0)
  scalar.fill(0)
  return number
}

/** The identity of the signer that AWS KMS uses, its length in bits, and the curve. */
const identityPrefix = /* @__PURE__ */ concatBytes(
  Uint8Array.of(0, 128),
  utf8("1234567812345678"),
  ...[parameters.a, parameters.b, parameters.Gx, parameters.Gy].map(bytesOf),
)

/** A RAW message is hashed after the identity and the public key; a DIGEST is that hash. */
function digestOf({ messageType, message }: SignInput, publicKey: Uint8Array): bigint {
  if (messageType !== "RAW") return numberOf(message)
  return numberOf(sm3(sm3(identityPrefix, publicKey.subarray(1)), message))
}

/** Source: GB/T 32918.2-2016. Signatures are a SEQUENCE of two INTEGERs (GM/T 0009). */
export function openSm2SigningKey(material: Uint8Array, entropy: Entropy): SigningKey {
  const { privateKey, publicKey } = openPair("SM2", material)
  return {
    sign(input) {
      const digest = digestOf(input, publicKey)
      const d = numberOf(privateKey)
      for (;;) {
        const k = generateScalar(entropy)
        const r = modN(digest + Point.BASE.multiply(k).toAffine().x)
        const s = modN(Point.Fn.inv(1n + d) * modN(k - r * d))
        if (r !== 0n && r + k !== n && s !== 0n) return encodeDerPair(bytesOf(r), bytesOf(s))
      }
    },
    verify(input, signature) {
      const [r, s] = (decodeDerPair(signature, 32) ?? []).map(numberOf)
      if (r === undefined || s === undefined) return false
      const t = modN(r + s)
      if (r === 0n || s === 0n || r >= n || s >= n || t === 0n) return false
      const point = Point.BASE.mulAddUnsafe(s, Point.fromBytes(publicKey), t)
      if (point.is0()) return false
      return modN(digestOf(input, publicKey) + point.toAffine().x) === r
    },
  }
}

/** The mask of GB/T 32918.4-2016, 5.4.3, over the coordinates of the shared point. */
function maskOf(shared: Uint8Array, lengthBytes: number): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let i = 1; blocks.length * 32 < lengthBytes; i += 1) {
    blocks.push(sm3(shared, Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i)))
  }
  return concatBytes(...blocks).subarray(0, lengthBytes)
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  a.map((byte, i) => byte ^ (b[i] as number))

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

const checkOf = (shared: Uint8Array, plaintext: Uint8Array): Uint8Array =>
  sm3(shared.subarray(0, 32), plaintext, shared.subarray(32))

const { SM2PKE: plaintextBytesMax } = keySpecTable.SM2.plaintextBytesMax

/** Source: GB/T 32918.4-2016; the parts in the order and the DER of GM/T 0009-2012. */
export function openSm2EncryptionKey(material: Uint8Array, entropy: Entropy): EncryptionKey {
  const { privateKey, publicKey } = openPair("SM2", material)
  return {
    encrypt(_algorithm, plaintext) {
      if (plaintext.length < 1 || plaintext.length > plaintextBytesMax) return undefined
      for (;;) {
        const k = generateScalar(entropy)
        const point = Point.BASE.multiply(k).toBytes(false)
        const shared = Point.fromBytes(publicKey).multiply(k).toBytes(false).subarray(1)
        const mask = maskOf(shared, plaintext.length)
        if (isZero(mask)) continue
        const check = checkOf(shared, plaintext)
        const masked = xor(plaintext, mask)
        shared.fill(0)
        mask.fill(0)
        return encodeSm2Ciphertext({ point, check, masked })
      }
    },
    decrypt(_algorithm, ciphertext) {
      const parsed = parseSm2Ciphertext(ciphertext)
      if (parsed === undefined || parsed.masked.length > plaintextBytesMax) return undefined
      let shared: Uint8Array
      try {
        shared = curve.getSharedSecret(privateKey, parsed.point, false).subarray(1)
      } catch {
        return undefined
      }
      const mask = maskOf(shared, parsed.masked.length)
      const plaintext = xor(parsed.masked, mask)
      const isGenuine = !isZero(mask) && equalBytes(parsed.check, checkOf(shared, plaintext))
      shared.fill(0)
      mask.fill(0)
      if (isGenuine) return plaintext
      plaintext.fill(0)
      return undefined
    },
  }
}

export const openSm2AgreementKey = (material: Uint8Array): AgreementKey =>
  openCurveAgreementKey(curve, "SM2", material)
