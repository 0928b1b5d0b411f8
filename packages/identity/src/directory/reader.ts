import type { Stamp, Storage } from "@keywright/storage"
import type { RecordFormat } from "../records/records.js"
import { andThen, type Eventually } from "./eventually.js"

/** A record as it was read, and as what. */
export interface Found<Value> {
  readonly key: string
  readonly revision: number | undefined
  /** The same object as long as the record is the same. */
  readonly value: Value | undefined
}

/** One record to read. */
export interface Wanted<Value> {
  readonly key: string
  readonly format: RecordFormat<Value>
}

/**
 * Reads records, and remembers them decoded: as long as the storage has not changed, reading costs
 * its stamp alone and waits for nothing.
 */
export interface Reader {
  read<Value>(wanted: readonly Wanted<Value>[]): Eventually<Found<Value>[]>
}

interface Remembered extends Found<unknown> {
  readonly stamp: Stamp
}

/** Source: the storage contract: so many keys in a `get` are certain to be taken. */
const keysMax = 100

export function createReader(storage: Storage, recordsMax: number): Reader {
  const known = new Map<string, Remembered>()

  const remember = (found: Remembered): void => {
    known.delete(found.key)
    known.set(found.key, found)
    if (known.size <= recordsMax) return
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }

  const fetch = async <Value>(
    wanted: readonly Wanted<Value>[],
    stamp: Stamp,
  ): Promise<Found<Value>[]> => {
    const all: Found<Value>[] = []
    for (let at = 0; at < wanted.length; at += keysMax) {
      const some = wanted.slice(at, at + keysMax)
      const entries = await storage.get(some.map(({ key }) => key))
      for (const [i, { key, format }] of some.entries()) {
        const entry = entries[i]
        const before = known.get(key)
        const isSame = before !== undefined && before.revision === entry?.revision
        const value = isSame ? before.value : entry && format.decode(entry.value, key)
        const found = { key, revision: entry?.revision, value }
        remember({ ...found, stamp })
        all.push(found as Found<Value>)
      }
    }
    return all
  }

  const readAt = <Value>(wanted: readonly Wanted<Value>[], stamp: Stamp) => {
    const found: Found<Value>[] = []
    for (const { key } of wanted) {
      const one = known.get(key)
      if (one === undefined || one.stamp !== stamp) return fetch(wanted, stamp)
      found.push(one as Found<Value>)
    }
    return found
  }

  return {
    read: (wanted) => {
      const stamp = storage.stamp()
      return andThen(stamp, (now) => readAt(wanted, now))
    },
  }
}
