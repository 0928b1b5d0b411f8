import {
  digestBuckets,
  nameBuckets,
  nameBytes,
  type StoreDigest,
} from "../formats/stored/lane-record.js"

/*
 * The digest of the records of a store: for each of some buckets the sum of the numbers that the
 * HSM answers for the records in it, modulo 2^256 (MSet-Add-Hash, see `ports/record-hsm.ts`).
 * Whoever changes a record changes the sum, without reading the others. Beside each sum stands a
 * weighted one, by which a record that is off is found among its neighbours. Storage keys to which
 * no record leads are summed up as well, so that one that is missing is told by the difference.
 */

/** A record and the number that stands for it in a digest. */
export interface Numbered {
  readonly place: string
  /** 32 bytes, known to the HSM and its hosts alone. */
  readonly number: Uint8Array
}

const numberBytes = 32
const weightBytes = 8

/** Spreads places evenly. It is no secret: what must not be guessed are the numbers. */
function spread(place: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < place.length; i += 1) {
    hash = Math.imul(hash ^ place.charCodeAt(i), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export const bucketOf = (place: string): number => spread(place, 0x811c9dc5) % digestBuckets

/** A factor for each place. It is odd, so that it can be divided by. */
const factorOf = (place: string): bigint =>
  (BigInt(spread(place, 0x2f0b4c47)) << 32n) | BigInt(spread(place, 0x6b43a9b5)) | 1n

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)

/** The part of a number that is weighted. */
const shortOf = (number: Uint8Array): bigint => BigInt(viewOf(number).getUint32(0))

/** Adds one number after another (`sign` 1), or takes them away (-1); what overflows is lost. */
function addNumbers(sums: Uint8Array, more: Uint8Array, bytes: number, sign: 1 | -1, at = 0) {
  for (let end = more.length; end > 0; end -= bytes) {
    let carry = 0
    for (let i = end - 1; i >= end - bytes; i -= 1) {
      carry += (sums[at + i] as number) + sign * (more[i] as number)
      sums[at + i] = carry
      carry >>= 8
    }
  }
}

/** What no other record leads to, by how its storage key begins. */
const lonelyFolders = "domain|draft|gone|key-stores|offer|outbox|region|restored|usage|uses"
const lonely = new RegExp(`^(?:(?:${lonelyFolders})/.+|replication|rewrapping)$`)

const nameBucketOf = (place: string): number => spread(place, 0x6c078965) % nameBuckets

/** A name as a number: its characters first, and zeros after it. */
function addName(names: Uint8Array, place: string, sign: 1 | -1): void {
  if (!lonely.test(place) || place.length > nameBytes) return
  const number = new Uint8Array(nameBytes)
  for (let i = 0; i < place.length; i += 1) number[i] = place.charCodeAt(i)
  addNumbers(names, number, nameBytes, sign, nameBucketOf(place) * nameBytes)
}

function addWeight(weights: DataView, bucket: number, more: bigint): void {
  const at = bucket * weightBytes
  weights.setBigUint64(at, BigInt.asUintN(64, weights.getBigUint64(at) + more))
}

/** A digest with the numbers of some records more, and those of others less. */
export function recounted(
  before: StoreDigest,
  come: readonly Numbered[],
  gone: readonly Numbered[],
): StoreDigest {
  const [sums, weights] = [before.sums.slice(), before.weights.slice()]
  const names = before.names.slice()
  const view = viewOf(weights)
  const count = ({ place, number }: Numbered, sign: 1 | -1): void => {
    const bucket = bucketOf(place)
    addNumbers(sums, number, numberBytes, sign, bucket * numberBytes)
    addWeight(view, bucket, BigInt(sign) * factorOf(place) * shortOf(number))
    addName(names, place, sign)
  }
  for (const record of come) count(record, 1)
  for (const record of gone) count(record, -1)
  return { records: before.records + come.length - gone.length, sums, weights, names }
}

/** The digest of two sets together (`sign` 1), or of the first without the second (-1). */
export function combined(a: StoreDigest, b: StoreDigest, sign: 1 | -1): StoreDigest {
  const [sums, weights, names] = [a.sums.slice(), a.weights.slice(), a.names.slice()]
  const [view, more] = [viewOf(weights), viewOf(b.weights)]
  addNumbers(sums, b.sums, numberBytes, sign)
  addNumbers(names, b.names, nameBytes, sign)
  for (let bucket = 0; bucket < digestBuckets; bucket += 1) {
    addWeight(view, bucket, BigInt(sign) * more.getBigUint64(bucket * weightBytes))
  }
  return { records: a.records + sign * b.records, sums, weights, names }
}

/** The name that a number is; no place for what is none, or the sum of several. */
function nameIn(number: Uint8Array): string {
  const end = number.indexOf(0)
  const isName = end < 0 || number.subarray(end).every((byte) => byte === 0)
  return isName ? String.fromCharCode(...number.subarray(0, end < 0 ? nameBytes : end)) : ""
}

/** The storage keys to which no record leads and that a digest lacks: one in a bucket is told. */
export function lackedNames(is: StoreDigest, shouldBe: StoreDigest): readonly string[] {
  const { names } = combined(shouldBe, is, -1)
  return Array.from({ length: nameBuckets }, (_, bucket) =>
    nameIn(names.subarray(bucket * nameBytes, (bucket + 1) * nameBytes)),
  ).filter((place, bucket) => lonely.test(place) && nameBucketOf(place) === bucket)
}

/** What one bucket has too much, modulo 2^256 and 2^64. */
export interface Difference {
  readonly bucket: number
  readonly sum: Uint8Array
  readonly weight: bigint
}

/** The buckets in which a digest differs from what it should be. */
export function differences(is: StoreDigest, shouldBe: StoreDigest): readonly Difference[] {
  const { sums, weights } = combined(is, shouldBe, -1)
  const view = viewOf(weights)
  return Array.from({ length: digestBuckets }, (_, bucket) => ({
    bucket,
    sum: sums.subarray(bucket * numberBytes, (bucket + 1) * numberBytes),
    weight: view.getBigUint64(bucket * weightBytes),
  })).filter(({ sum }) => sum.some((byte) => byte !== 0))
}

/** The inverse of an odd number modulo 2^64, by Newton's method: each step doubles the digits. */
function inverse(odd: bigint): bigint {
  let guess = odd
  for (let digits = 3; digits < 64; digits *= 2) {
    guess = BigInt.asUintN(64, guess * (2n - odd * guess))
  }
  return guess
}

/**
 * Whether a difference is that of one place alone: what is there (`number`, or nothing) is there
 * instead of another record. By chance it says so once in 2^32.
 */
export function isReplaced(
  { weight }: Difference,
  place: string,
  number: Uint8Array | undefined,
): boolean {
  const is = number === undefined ? 0n : shortOf(number)
  const shouldBe = is - BigInt.asIntN(64, weight * inverse(factorOf(place)))
  return shouldBe >= 0n && shouldBe < 2n ** 32n
}
