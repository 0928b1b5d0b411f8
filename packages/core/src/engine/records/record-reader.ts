import type { Expectation, Storage } from "@keywright/storage"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"
import type { Pending } from "./pending.js"
import { type ReadSet, type RecordAtStamp, type RecordCache, StampedReads } from "./read-set.js"

interface Cached extends RecordAtStamp {
  /** Of the entry. */
  readonly bytes: number
  /** In the lists of the record. */
  readonly items: number
}

/**
 * Reads records through a cache of decoded ones. As long as the store's stamp is the same,
 * nothing is read; when it is not, an entry whose revision is the same is not parsed again.
 */
export interface RecordReader {
  /** `pending` is read before what is stored; without it, only what is stored is read. */
  begin(pending?: Pending): Eventually<ReadSet>
}

/**
 * What a remembered record takes of memory, in bytes. Measured: one and a third times its entry,
 * more where lists have many short items, and some hundred bytes for objects, the map and its key.
 */
const weightOf = ({ bytes, items }: Cached, key: string): number =>
  900 + key.length + bytes * 1.5 + items * 150

/** How many items there are in the lists of a record. */
function itemsIn(record: unknown): number {
  let items = 0
  if (typeof record !== "object" || record === null) return items
  for (const name in record) {
    const member = record[name as keyof typeof record] as unknown
    if (Array.isArray(member)) items += member.length
  }
  return items
}

/** `fence` is what every change expects besides what it was decided by, if anything. */
export function createRecordReader(
  storage: Storage,
  bytesMax: number,
  fence: () => Expectation | undefined,
): RecordReader {
  const remembered = createRecentMap<Cached>(bytesMax, weightOf)

  const remember: RecordCache["remember"] = ({ format, key }, entry, stamp) => {
    const known = remembered.get(key)
    if (known !== undefined && known.revision === entry?.revision) {
      known.stamp = stamp
      return known
    }
    const value = entry === undefined ? undefined : format.decode(entry.value, key)
    const bytes = entry?.value.length ?? 0
    const cached = { revision: entry?.revision, value, stamp, bytes, items: itemsIn(value) }
    remembered.set(key, cached)
    return cached
  }

  const cache: RecordCache = { storage, find: remembered.get, remember }
  return {
    begin: (pending) =>
      andThen(storage.stamp(), (stamp) => new StampedReads(cache, stamp, fence(), pending)),
  }
}
