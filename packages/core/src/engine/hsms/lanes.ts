import type { Entry, Storage } from "@keywright/storage"
import { type LaneRecord, laneFormat, laneKey, laneKeys } from "../../formats/stored/lane-record.js"
import { StaleStoreError } from "../../ports/anchor.js"
import { equalBytes } from "../../vocabulary/bytes.js"
import { type DomainUse, notOurs, openedOrNot } from "./record-batches.js"

/** A lane as a host saw it last. */
interface Seen {
  readonly record: LaneRecord
  readonly sealed: Uint8Array
}

/** What a host had seen at one moment, by lane. Taken before the storage is read. */
export type Sight = readonly (Seen | undefined)[]

/**
 * The lanes of a store as one host knows them. It remembers the newest of each, and notices a
 * store that goes back under it.
 */
export interface Lanes {
  sight(): Sight
  /** Opens a lane that was read after `sight`. Throws when it is not genuine, or was seen newer. */
  open(lane: number, entry: Entry | undefined, sight: Sight): Promise<LaneRecord | undefined>
  /** When the store was restored on purpose, as far as its lanes were read; 0: never. */
  restoredMs(): number
  /** The newest of each that this host has seen. */
  known(): readonly LaneRecord[]
  /** Reads all lanes of a storage. */
  readAll(storage: Storage): Promise<readonly LaneRecord[]>
  /** What the host has noticed of the storage, once it has: it uses it no more. */
  fault(): StaleStoreError | undefined
  /** Remembers what this host has written. */
  wrote(record: LaneRecord, sealed: Uint8Array): void
}

const wentBack = (lane: number, { counter }: LaneRecord, found: number | undefined) =>
  new StaleStoreError(
    `the storage has gone back: this host has seen ${counter} commits in \`${laneKey(lane)}\`, ` +
      `and the storage has ${found ?? "none"}. Put the newest copy back, and open it anew`,
  )

export function createLanes(opener: DomainUse): Lanes {
  const newest: (Seen | undefined)[] = []
  let fault: StaleStoreError | undefined

  const remember = (record: LaneRecord, sealed: Uint8Array): void => {
    const known = newest[record.lane]?.record.counter ?? 0
    if (record.counter >= known) newest[record.lane] = { record, sealed }
  }

  /** From now on nothing of the storage is used. */
  const fail = (lane: number, record: LaneRecord, found: number | undefined): never => {
    fault ??= wentBack(lane, record, found)
    throw fault
  }

  const open: Lanes["open"] = async (lane, entry, sight) => {
    const known = sight[lane]
    if (entry === undefined) {
      if (known !== undefined) fail(lane, known.record, undefined)
      return undefined
    }
    if (known !== undefined && equalBytes(known.sealed, entry.value)) return known.record
    const key = laneKey(lane)
    // The store may show it as a view of its own memory.
    const sealed = entry.value.slice()
    const [bytes] = await openedOrNot(opener, [{ place: key, bytes: sealed }])
    if (bytes === undefined) throw notOurs(key)
    const record = laneFormat.decode(bytes, key)
    if (known !== undefined && record.counter <= known.record.counter) {
      // The same under another domain key, as a sweep seals it.
      if (!equalBytes(laneFormat.encode(known.record), bytes)) {
        fail(lane, known.record, record.counter)
      }
    }
    remember(record, sealed)
    return record
  }

  return {
    sight: () => [...newest],
    open,
    known: () => newest.flatMap((seen) => seen?.record ?? []),
    readAll: async (storage) => {
      const sight = [...newest]
      const entries = await storage.get(laneKeys)
      const all = await Promise.all(entries.map((entry, lane) => open(lane, entry, sight)))
      return all.filter((one) => one !== undefined)
    },
    fault: () => fault,
    restoredMs: () => newest.find((seen) => seen !== undefined)?.record.restoredMs ?? 0,
    wrote: remember,
  }
}
