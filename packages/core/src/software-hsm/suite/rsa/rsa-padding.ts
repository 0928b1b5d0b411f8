import { bytesOfHex, concatBytes, equalBytes, noBytes } from "../../../vocabulary/bytes.js"
import { copyToStay } from "../../../vocabulary/secret-bytes.js"
import { type Hash, type HashName, hashBytes } from "../hashes.js"

/** A hash function and its name. */
export interface NamedHash {
  readonly name: HashName
  readonly hash: Hash
}

/** The mask of RFC 8017, appendix B.2.1. */
function maskOf({ hash }: NamedHash, seed: Uint8Array, lengthBytes: number): Uint8Array {
  const blocks: Uint8Array[] = []
  let length = 0
  for (let counter = 0; length < lengthBytes; counter += 1) {
    const counted = concatBytes(seed, Uint8Array.of(0, 0, counter >> 8, counter))
    const block = hash(counted)
    counted.fill(0)
    blocks.push(block)
    length += block.length
  }
  return concatBytes(...blocks).subarray(0, lengthBytes)
}

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  a.map((byte, i) => byte ^ (b[i] as number))

/** A PSS encoding of a digest for a modulus of `bits`, with that salt. RFC 8017, 9.1.1. */
export function encodePss(
  hash: NamedHash,
  digest: Uint8Array,
  salt: Uint8Array,
  bits: number,
): Uint8Array {
  const emLength = Math.ceil((bits - 1) / 8)
  const h = hash.hash(concatBytes(new Uint8Array(8), digest, salt))
  const db = new Uint8Array(emLength - h.length - 1)
  db.set(salt, db.length - salt.length)
  db[db.length - salt.length - 1] = 1
  const masked = xor(db, maskOf(hash, h, db.length))
  masked[0] = (masked[0] as number) & (0xff >> (8 * emLength - (bits - 1)))
  return concatBytes(masked, h, Uint8Array.of(0xbc))
}

/** True when `em` encodes the digest with a salt as long as the hash. RFC 8017, 9.1.2. */
export function verifyPss(
  hash: NamedHash,
  digest: Uint8Array,
  em: Uint8Array,
  bits: number,
): boolean {
  const hLength = hashBytes[hash.name]
  const emLength = Math.ceil((bits - 1) / 8)
  const unusedBits = 8 * emLength - (bits - 1)
  if (em.length !== emLength || emLength < 2 * hLength + 2 || em.at(-1) !== 0xbc) return false
  const masked = em.subarray(0, emLength - hLength - 1)
  const h = em.subarray(masked.length, -1)
  if ((masked[0] as number) >> (8 - unusedBits) !== 0) return false
  const db = xor(masked, maskOf(hash, h, masked.length))
  db[0] = (db[0] as number) & (0xff >> unusedBits)
  const separator = db.length - hLength - 1
  if (!db.subarray(0, separator).every((byte) => byte === 0) || db[separator] !== 1) return false
  const salt = db.subarray(separator + 1)
  return equalBytes(h, hash.hash(concatBytes(new Uint8Array(8), digest, salt)))
}

/** DER of DigestInfo up to the digest. Source: RFC 8017, 9.2, note 1. */
const digestInfoPrefixes: { readonly [name in HashName]?: Uint8Array | undefined } = Object.freeze({
  sha256: bytesOfHex("3031300d060960864801650304020105000420"),
  sha384: bytesOfHex("3041300d060960864801650304020205000430"),
  sha512: bytesOfHex("3051300d060960864801650304020305000440"),
})

/** DigestInfo of a digest in DER: what PKCS #1 v1.5 pads. */
export function encodeDigestInfo(name: HashName, digest: Uint8Array): Uint8Array {
  const prefix = digestInfoPrefixes[name]
  if (prefix === undefined) throw new TypeError(`no DigestInfo for ${name}`)
  return concatBytes(prefix, digest)
}

/** A PKCS #1 v1.5 encoding of a digest, as long as the modulus. RFC 8017, 9.2. */
export function encodePkcs1(name: HashName, digest: Uint8Array, modulusBytes: number): Uint8Array {
  const info = encodeDigestInfo(name, digest)
  const em = new Uint8Array(modulusBytes).fill(0xff)
  em.set([0, 1])
  em[modulusBytes - info.length - 1] = 0
  em.set(info, modulusBytes - info.length)
  return em
}

/** The longest plaintext of OAEP: two hashes and two bytes less than the modulus. */
export const oaepPlaintextBytesMax = (name: HashName, modulusBytes: number): number =>
  modulusBytes - 2 * hashBytes[name] - 2

/** An OAEP encoding with an empty label; `seed` is as long as the hash. RFC 8017, 7.1.1. */
export function encodeOaep(
  hash: NamedHash,
  plaintext: Uint8Array,
  seed: Uint8Array,
  modulusBytes: number,
): Uint8Array {
  const db = new Uint8Array(modulusBytes - seed.length - 1)
  db.set(hash.hash(noBytes))
  db[db.length - plaintext.length - 1] = 1
  db.set(plaintext, db.length - plaintext.length)
  const maskedDb = xor(db, maskOf(hash, seed, db.length))
  const maskedSeed = xor(seed, maskOf(hash, maskedDb, seed.length))
  db.fill(0)
  return concatBytes(Uint8Array.of(0), maskedSeed, maskedDb)
}

/**
 * The plaintext in an OAEP encoding, or `undefined`. Every byte is looked at before anything is
 * decided, so that a failure does not tell where it was (as far as JavaScript goes).
 */
export function decodeOaep(hash: NamedHash, em: Uint8Array): Uint8Array | undefined {
  const hLength = hashBytes[hash.name]
  if (em.length < 2 * hLength + 2) return undefined
  const maskedDb = em.subarray(1 + hLength)
  const seed = xor(em.subarray(1, 1 + hLength), maskOf(hash, maskedDb, hLength))
  const db = xor(maskedDb, maskOf(hash, seed, maskedDb.length))
  let wrong = em[0] as number
  const label = hash.hash(noBytes)
  for (let i = 0; i < hLength; i += 1) wrong |= (db[i] as number) ^ (label[i] as number)
  let isPadding = 1
  let start = 0
  for (let i = hLength; i < db.length; i += 1) {
    const byte = db[i] as number
    const isOne = Number(byte === 1) & isPadding
    start |= isOne * (i + 1)
    wrong |= isPadding & Number(byte > 1)
    isPadding &= Number(byte === 0)
  }
  const plaintext = (wrong | isPadding) === 0 ? copyToStay(db.subarray(start)) : undefined
  db.fill(0)
  return plaintext
}
