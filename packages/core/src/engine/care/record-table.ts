import { emptyDigest, type StoreDigest } from "../../formats/stored/lane-record.js"
import { type Numbered, recounted } from "../../model/store-digest.js"

/** A record as it was found, at the revision of its entry. */
export interface Found {
  readonly place: string
  readonly revision: number
  /** Absent for what is not counted: it is no record of this region. */
  readonly number: Uint8Array | undefined
}

/** What was found in a store, by storage key, and the digest of it. */
export interface RecordTable {
  readonly size: number
  digest(): StoreDigest
  has(place: string): boolean
  revisionOf(place: string): number | undefined
  numberOf(place: string): Uint8Array | undefined
  places(): Iterable<string>
  /** Notes what is there now, and what is not there any more. */
  note(found: readonly Found[], gone: readonly string[]): void
}

const numberBytes = 32

/** A store may have a million records, so their numbers stand in one piece of memory. */
export function createRecordTable(): RecordTable {
  const slots = new Map<string, number>()
  let numbers = new Uint8Array(numberBytes * 1024)
  let revisions = new Float64Array(1024)
  let digest = emptyDigest()

  const numberAt = (slot: number): Uint8Array =>
    numbers.subarray(slot * numberBytes, (slot + 1) * numberBytes)

  const slotOf = (place: string): number => {
    const slot = slots.get(place) ?? slots.size
    slots.set(place, slot)
    if (slot < revisions.length) return slot
    const [oldNumbers, oldRevisions] = [numbers, revisions]
    numbers = new Uint8Array(oldNumbers.length * 2)
    numbers.set(oldNumbers)
    revisions = new Float64Array(oldRevisions.length * 2)
    revisions.set(oldRevisions)
    return slot
  }

  const isThere = (slot: number | undefined): slot is number =>
    slot !== undefined && revisions[slot] !== 0

  /** What is not counted has no number but zeros. */
  const countedAt = (slot: number): Uint8Array | undefined =>
    numberAt(slot).some((byte) => byte !== 0) ? numberAt(slot) : undefined

  const numberOf = (place: string): Uint8Array | undefined => {
    const slot = slots.get(place)
    return isThere(slot) ? countedAt(slot) : undefined
  }

  const numbered = (place: string): readonly Numbered[] => {
    const number = numberOf(place)
    return number === undefined ? [] : [{ place, number: number.slice() }]
  }

  let size = 0
  return {
    get size() {
      return size
    },
    digest: () => digest,
    has: (place) => isThere(slots.get(place)),
    revisionOf: (place) => {
      const slot = slots.get(place)
      return isThere(slot) ? revisions[slot] : undefined
    },
    numberOf,
    *places() {
      for (const [place, slot] of slots) if (isThere(slot)) yield place
    },
    note: (found, gone) => {
      const before = [...found.map(({ place }) => place), ...gone].flatMap(numbered)
      for (const place of gone) {
        const slot = slots.get(place)
        if (!isThere(slot)) continue
        revisions[slot] = 0
        size -= 1
      }
      for (const { place, revision, number } of found) {
        const slot = slotOf(place)
        if (revisions[slot] === 0) size += 1
        revisions[slot] = revision
        numberAt(slot).fill(0)
        if (number !== undefined) numberAt(slot).set(number)
      }
      digest = recounted(
        digest,
        found.flatMap(({ place }) => numbered(place)),
        before,
      )
    },
  }
}
