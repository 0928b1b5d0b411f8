import type { LaneRecord } from "../../formats/stored/lane-record.js"
import { emptyDigest } from "../../formats/stored/lane-record.js"
import {
  bucketOf,
  combined,
  type Difference,
  differences,
  isReplaced,
  lackedNames,
} from "../../model/store-digest.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import { kindOf } from "./record-kinds.js"
import type { RecordTable } from "./record-table.js"

/** What can be wrong with what a storage holds. */
export type Wrong =
  /** This region has not put it there: it was edited, moved, or brought from elsewhere. */
  | "edited"
  /** Genuine, and not the newest: another version of it should be there. */
  | "older"
  /** Genuine, and removed since: it should not be there. */
  | "resurrected"
  /** It should be there, and is not. */
  | "missing"
  /** Genuine, and says what another record does not say. */
  | "disagrees"
  /** Genuine, and of no form that this engine writes. */
  | "unreadable"
  /** Some record is older, resurrected or missing, and cannot be told from others. */
  | "unnamed"

/** One thing that is wrong with a store. */
export interface Finding {
  /** The storage key; of what cannot be named, that of the digest. */
  readonly key: string
  /** `key`, `alias`, `grant` …, as far as the storage key says. */
  readonly kind: string
  readonly wrong: Wrong
  /** The same for people. */
  readonly detail: string
}

export const finding = (key: string, wrong: Wrong, detail: string): Finding => ({
  key,
  kind: kindOf(key),
  wrong,
  detail,
})

const missing = (place: string): Finding =>
  finding(place, "missing", "it was written, and never removed")

/** What all lanes together say that there is. */
export const digestOf = (lanes: readonly LaneRecord[]) =>
  lanes.reduce((sum, lane) => combined(sum, lane, 1), emptyDigest())

/** Places by bucket, of the buckets that are asked for. */
function placesIn(
  buckets: ReadonlySet<number>,
  places: Iterable<string>,
): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>()
  for (const place of places) {
    const bucket = bucketOf(place)
    if (!buckets.has(bucket)) continue
    const some = found.get(bucket)
    if (some === undefined) found.set(bucket, [place])
    else some.push(place)
  }
  return found
}

/**
 * What one bucket says is wrong. A difference that is the number of a record is that record, which
 * is too much; one that is a multiple of a place's factor is another version of what is there, or
 * of what is not there and others say should be.
 */
function nameDifference(
  difference: Difference,
  there: readonly string[],
  absent: readonly string[],
  table: RecordTable,
): Finding | undefined {
  for (const place of there) {
    const number = table.numberOf(place)
    if (number !== undefined && equalBytes(number, difference.sum)) {
      return finding(place, "resurrected", "it was removed, or never written by this region")
    }
  }
  for (const place of there) {
    if (isReplaced(difference, place, table.numberOf(place))) {
      return finding(place, "older", "another version of it was written last")
    }
  }
  for (const place of absent) {
    if (isReplaced(difference, place, undefined)) {
      return missing(place)
    }
  }
  // What is named already may be all of it.
  if (absent.length > 0) return undefined
  return finding(
    "digest",
    "unnamed",
    `one of the ${there.length} records of bucket ${difference.bucket} is older than it should ` +
      "be or was removed, or one is missing; or several of that",
  )
}

/** What the digest says is wrong. `absent`: where something is missing, as others say. */
export function digestFindings(
  table: RecordTable,
  lanes: readonly LaneRecord[],
  absent: readonly string[],
): readonly Finding[] {
  const [is, shouldBe] = [table.digest(), digestOf(lanes)]
  const all = differences(is, shouldBe)
  if (all.length === 0) return []
  const buckets = new Set(all.map(({ bucket }) => bucket))
  const there = placesIn(buckets, table.places())
  const lacked = lackedNames(is, shouldBe).filter((place) => !table.has(place))
  const gone = placesIn(buckets, [...absent, ...lacked])
  const ofBuckets = all.flatMap((difference) => {
    const [some = [], lost = []] = [there, gone].map((places) => places.get(difference.bucket))
    return nameDifference(difference, some, lost, table) ?? []
  })
  return [...ofBuckets, ...lacked.map(missing)]
}
