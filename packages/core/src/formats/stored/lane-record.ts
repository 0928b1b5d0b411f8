import { startsWith, textOf } from "../../vocabulary/bytes.js"
import { decodeFields, encodeFields } from "../fields.js"
import { RecordError, type RecordFormat } from "./record-format.js"

/** How narrow a search for a record that is off begins. */
export const digestBuckets = 32
const sumsBytes = digestBuckets * 32
const weightsBytes = digestBuckets * 8

/** So many sums of names there are, each of so many bytes: the longest name has 87. */
export const nameBuckets = 8
export const nameBytes = 96
const namesBytes = nameBuckets * nameBytes

/** What stands for a set of records: see `model/store-digest.ts`. */
export interface StoreDigest {
  /** How many records there are. Of a part of a digest, also a negative number. */
  readonly records: number
  /** Of each bucket a sum of 32 bytes. */
  readonly sums: Uint8Array
  /** Of each bucket a weighted sum of 8 bytes. */
  readonly weights: Uint8Array
  /** Sums of the storage keys to which no other record leads, as numbers. */
  readonly names: Uint8Array
}

/**
 * One lane of the digest of a store: what all commits in it have added and taken away. The digest
 * is the sum of the lanes, so hosts that write at once do it in lanes of their own.
 */
export interface LaneRecord extends StoreDigest {
  /** From 0 to 15. */
  readonly lane: number
  /** When the store was restored on purpose; 0: never. The same in all lanes. */
  readonly restoredMs: number
  /** How many commits there were in it. */
  readonly counter: number
  /** How many commits each lane had had by then, as far as the hosts that wrote in it knew. */
  readonly seen: readonly number[]
  /** Of the last of these, the newest first, the storage keys that they wrote or cleared. */
  readonly recent: readonly (readonly string[])[]
}

/** As many as hosts that write at once should not meet. */
export const lanesCount = 16

export const lanesPrefix = "digest/"
export const laneKey = (lane: number): string => lanesPrefix + lane.toString(16)

/** The storage keys of all lanes that there can be. */
export const laneKeys: readonly string[] = Object.freeze(
  Array.from({ length: lanesCount }, (_, lane) => laneKey(lane)),
)

/** "KL", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x4c, 0x01)

/** Places are printable, so these stand in none. */
const placeEnd = "\n"
const commitEnd = "\n\n"
const countEnd = ","

function integerIn(text: string): number | undefined {
  const value = Number(text)
  return Number.isSafeInteger(value) && String(value) === text ? value : undefined
}

const integerOf = (field: Uint8Array | undefined): number | undefined =>
  field === undefined ? undefined : integerIn(textOf(field))

/** Throws `TypeError` for text that is none. */
function read(bytes: Uint8Array, lane: number): LaneRecord | undefined {
  if (!startsWith(bytes, prefix)) return undefined
  const [restored, count, more, sights, sums, weights, names, last] =
    decodeFields(bytes.subarray(prefix.length), 8) ?? []
  const [restoredMs = -1, counter = -1, records] = [restored, count, more].map(integerOf)
  if (restoredMs < 0 || counter < 1 || records === undefined) return undefined
  const seen = textOf(sights as Uint8Array)
    .split(countEnd)
    .map(integerIn)
  if (seen.length !== lanesCount || !seen.every((one = -1) => one >= 0)) return undefined
  if (sums?.length !== sumsBytes || weights?.length !== weightsBytes) return undefined
  if (names?.length !== namesBytes) return undefined
  const recent = textOf(last as Uint8Array)
    .split(commitEnd)
    .map((places) => places.split(placeEnd))
  if (recent.some((places) => places.includes(""))) return undefined
  return {
    lane,
    restoredMs,
    counter,
    records,
    seen: seen as number[],
    sums,
    weights,
    names,
    recent,
  }
}

/** Not JSON: every commit writes one. */
export const laneFormat: RecordFormat<LaneRecord> = {
  kind: "lane",
  keyOf: ({ lane }) => laneKey(lane),
  encode: ({ restoredMs, counter, records, seen, sums, weights, names, recent }) => {
    const last = recent.map((places) => places.join(placeEnd)).join(commitEnd)
    const numbers = [restoredMs, counter, records].map(String)
    const sights = seen.join(countEnd)
    return encodeFields([...numbers, sights, sums, weights, names, last], prefix)
  },
  decode: (bytes, key) => {
    const lane = laneKeys.indexOf(key)
    let record: LaneRecord | undefined
    try {
      record = lane < 0 ? undefined : read(bytes, lane)
    } catch {
      // Text that is none: the same as what is missing.
    }
    if (record !== undefined) return record
    throw new RecordError(key, `the lane record \`${key}\` does not parse`)
  },
}

/** A digest of no records. */
export const emptyDigest = (): StoreDigest => ({
  records: 0,
  sums: new Uint8Array(sumsBytes),
  weights: new Uint8Array(weightsBytes),
  names: new Uint8Array(namesBytes),
})
