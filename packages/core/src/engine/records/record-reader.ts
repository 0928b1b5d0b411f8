import type { Entry, Expectation, Page, Stamp, Storage } from "@keywright/storage"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import type { RecordPage, Records, Wanted } from "../../operations/call.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"
import type { Pending, PendingEntry } from "./pending.js"

/** A record as it was at one stamp; no revision means that there was none. */
interface Cached {
  readonly revision: number | undefined
  readonly value: unknown
  /** Of the entry. */
  readonly bytes: number
  /** In the lists of the record. */
  readonly items: number
  stamp: Stamp
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
  /** The domain of the region as it was when the attempt began. */
  readonly fence: Expectation | undefined
  /** The storage keys of all that was read. */
  keys(): readonly string[]
  /** What was read of the storage, and the fence when the attempt began. */
  expectations(): readonly Expectation[]
  /** What was read of what this host is about to write. */
  relied(): ReadonlyMap<string, PendingEntry>
}

/**
 * Reads records through a cache of decoded ones. As long as the store's stamp is the same,
 * nothing is read; when it is not, an entry whose revision is the same is not parsed again.
 */
export interface RecordReader {
  /** `pending` is read before what is stored; without it, only what is stored is read. */
  begin(pending?: Pending): Eventually<ReadSet>
}

/** A page of what is stored as it will be once what is pending is written. */
function overlaid(
  { entries, more }: Page,
  pending: readonly PendingEntry[],
  limit: number,
): { readonly entries: readonly Listed[]; readonly more: boolean } {
  const last = more ? entries.at(-1)?.key : undefined
  const within = pending.filter(({ key }) => last === undefined || key <= last)
  const changed = new Set(within.map(({ key }) => key))
  const put = within.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]))
  const all = [...entries.filter(({ key }) => !changed.has(key)), ...put]
  all.sort((a, b) => (a.key < b.key ? -1 : 1))
  return { entries: all.slice(0, limit), more: more || all.length > limit }
}

type Listed = Pick<Entry, "key" | "value">

const nothing: ReadonlyMap<string, PendingEntry> = new Map()

/**
 * What a remembered record takes of memory, in bytes. Measured: one and a third times its entry,
 * more where lists have many short items, and some hundred bytes for objects, the map and its key.
 */
const weightOf = ({ bytes, items }: Cached, key: string): number =>
  600 + key.length + bytes * 1.5 + items * 150

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
  const cache = createRecentMap<Cached>(bytesMax, weightOf)

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
    const bytes = entry?.value.length ?? 0
    const cached = { revision: entry?.revision, value, bytes, items: itemsIn(value), stamp }
    cache.set(key, cached)
    return cached
  }

  const readSetAt = (stamp: Stamp, pending?: Pending): ReadSet => {
    const seen = new Map<string, Pick<Cached, "revision" | "value">>()
    const begun = fence()
    // Most calls only read, and make do without these.
    let relied: Map<string, PendingEntry> | undefined
    let unwritten: Set<string> | undefined

    const rely = (entry: PendingEntry): void => {
      relied ??= new Map()
      relied.set(entry.key, entry)
    }

    const isPending = <Value>({ format, key }: Wanted<Value>): boolean => {
      const entry = pending?.find(key)
      if (entry === undefined) return false
      if (entry.value !== undefined) entry.record ??= format.decode(entry.value, key)
      seen.set(key, { revision: undefined, value: entry.record })
      unwritten ??= new Set()
      unwritten.add(key)
      rely(entry)
      return true
    }

    const isAtHand = (wanted: Wanted<unknown>): boolean => {
      const { key } = wanted
      if (seen.has(key) || isPending(wanted)) return true
      const known = cache.get(key)
      if (known === undefined || known.stamp !== stamp) return false
      seen.set(key, known)
      return true
    }

    const readOne = async <Value>(
      format: RecordFormat<Value>,
      key: string,
    ): Promise<Value | undefined> => {
      const [entry] = await storage.get([key])
      const cached = remember(format, key, entry, stamp)
      seen.set(key, cached)
      return cached.value as Value | undefined
    }

    const prefetch = async (wanted: readonly Wanted<unknown>[]): Promise<void> => {
      const missing = wanted.filter((one) => !isAtHand(one))
      if (missing.length === 0) return
      const entries = await storage.get(missing.map(({ key }) => key))
      for (const [i, { format, key }] of missing.entries()) {
        seen.set(key, remember(format, key, entries[i], stamp))
      }
    }

    /** What is pending is relied on; what is stored, nobody expects. */
    const lookAt: Records["lookAt"] = async <Value>(
      format: RecordFormat<Value>,
      keys: readonly string[],
    ) => {
      const isKnown = (key: string) => seen.has(key) || isPending({ format, key })
      const others = keys.filter((key) => !isKnown(key))
      const stored = await readSetAt(stamp).readMany(format, others)
      const found = new Map(others.map((key, i) => [key, stored[i]]))
      return keys.map((key) => (seen.get(key)?.value as Value | undefined) ?? found.get(key))
    }

    return {
      prefetch,
      read: <Value>(format: RecordFormat<Value>, key: string) =>
        isAtHand({ format, key })
          ? (seen.get(key)?.value as Value | undefined)
          : readOne(format, key),
      readMany: async <Value>(format: RecordFormat<Value>, keys: readonly string[]) => {
        await prefetch(keys.map((key) => ({ format, key })))
        return keys.map((key) => seen.get(key)?.value as Value | undefined)
      },
      lookAt,
      together: async <A, B>(one: Wanted<A>, other: Wanted<B>) => {
        const entries = await storage.get([one.key, other.key])
        const first = remember(one.format, one.key, entries[0], stamp).value
        const second = remember(other.format, other.key, entries[1], stamp).value
        return [first as A | undefined, second as B | undefined] as const
      },
      recall: <Value>(key: string) => cache.get(key)?.value as Value | undefined,
      seen: <Value>(key: string) => seen.get(key)?.value as Value | undefined,
      list: async <Value>(
        format: RecordFormat<Value>,
        range: { prefix: string; after?: string | undefined; limit: number },
      ): Promise<RecordPage<Value>> => {
        const stored = await storage.list(range)
        const changed = pending?.within(range) ?? []
        for (const entry of changed) rely(entry)
        const { entries, more } =
          changed.length === 0 ? stored : overlaid(stored, changed, range.limit)
        const records = entries.map(({ key, value }) => format.decode(value, key))
        return { records, more }
      },
      fence: begun,
      keys: () => [...seen.keys()],
      expectations: () => {
        const stored = [...seen].filter(([key]) => unwritten?.has(key) !== true)
        const read = stored.map(([key, { revision }]) => ({ key, revision }))
        return begun === undefined ? read : [...read, begun]
      },
      relied: () => relied ?? nothing,
    }
  }

  return { begin: (pending) => andThen(storage.stamp(), (stamp) => readSetAt(stamp, pending)) }
}
