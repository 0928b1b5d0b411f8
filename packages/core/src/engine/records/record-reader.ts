import type { Expectation, Stamp, Storage } from "@keywright/storage"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import type { RecordPage, Records } from "../../operations/call.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"

/** A record as it was at one stamp; no revision means that there was none. */
interface Cached {
  readonly revision: number | undefined
  readonly value: unknown
  stamp: Stamp
}

export interface Wanted<Value> {
  readonly format: RecordFormat<Value>
  readonly key: string
}

/**
 * What one attempt of a call reads. All that is read is remembered, so that a commit can expect
 * it unchanged.
 */
export interface ReadSet extends Records {
  /** Reads several records in one go, because the call is about to ask for them. */
  prefetch(wanted: readonly Wanted<unknown>[]): Promise<void>
  /** The record as this host knew it last, which may be outdated: a hint and no answer. */
  recall<Value>(key: string): Value | undefined
  /** The record as this attempt has read it, untouched by what followed from it. */
  seen<Value>(key: string): Value | undefined
  expectations(): readonly Expectation[]
}

/**
 * Reads records through a cache of decoded ones. As long as the store's stamp is the same,
 * nothing is read; when it is not, an entry whose revision is the same is not parsed again.
 */
export interface RecordReader {
  begin(): Eventually<ReadSet>
}

export function createRecordReader(storage: Storage, recordsMax: number): RecordReader {
  const cache = createRecentMap<Cached>(recordsMax)

  const remember = <Value>(
    format: RecordFormat<Value>,
    key: string,
    entry: { readonly value: Uint8Array; readonly revision: number } | undefined,
    stamp: Stamp,
  ): Cached => {
    const known = cache.get(key)
    if (known !== undefined && known.revision === entry?.revision) {
      known.stamp = stamp
      return known
    }
    const value = entry === undefined ? undefined : format.decode(entry.value, key)
    const cached = { revision: entry?.revision, value, stamp }
    cache.set(key, cached)
    return cached
  }

  const readSetAt = (stamp: Stamp): ReadSet => {
    const seen = new Map<string, Cached>()

    const isFresh = (key: string): boolean => {
      if (seen.has(key)) return true
      const known = cache.get(key)
      if (known === undefined || known.stamp !== stamp) return false
      seen.set(key, known)
      return true
    }

    const prefetch = async (wanted: readonly Wanted<unknown>[]): Promise<void> => {
      const missing = wanted.filter(({ key }) => !isFresh(key))
      if (missing.length === 0) return
      const entries = await storage.get(missing.map(({ key }) => key))
      for (const [i, { format, key }] of missing.entries()) {
        seen.set(key, remember(format, key, entries[i], stamp))
      }
    }

    return {
      prefetch,
      read: <Value>(format: RecordFormat<Value>, key: string) => {
        const value = () => seen.get(key)?.value as Value | undefined
        return isFresh(key) ? value() : prefetch([{ format, key }]).then(value)
      },
      readMany: async <Value>(format: RecordFormat<Value>, keys: readonly string[]) => {
        await prefetch(keys.map((key) => ({ format, key })))
        return keys.map((key) => seen.get(key)?.value as Value | undefined)
      },
      lookAt: (format, keys) => readSetAt(stamp).readMany(format, keys),
      recall: <Value>(key: string) => cache.get(key)?.value as Value | undefined,
      seen: <Value>(key: string) => seen.get(key)?.value as Value | undefined,
      list: async <Value>(
        format: RecordFormat<Value>,
        range: { prefix: string; after?: string | undefined; limit: number },
      ): Promise<RecordPage<Value>> => {
        const { entries, more } = await storage.list(range)
        const records = entries.map(({ key, value }) => format.decode(value, key))
        return { records, more }
      },
      expectations: () => [...seen].map(([key, { revision }]) => ({ key, revision })),
    }
  }

  return { begin: () => andThen(storage.stamp(), readSetAt) }
}
