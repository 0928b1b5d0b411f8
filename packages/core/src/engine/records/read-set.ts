import type { Entry, Expectation, Page, Stamp, Storage } from "@keywright/storage"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import type { RecordPage, Records, Wanted } from "../../operations/call.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import type { Pending, PendingEntry } from "./pending.js"

/** A record as it was at one stamp; no revision means that there was none. */
export interface RecordAtStamp {
  readonly revision: number | undefined
  readonly value: unknown
  stamp: Stamp
}

/** The records that a host remembers, and where it reads the others. */
export interface RecordCache {
  readonly storage: Storage
  find(key: string): RecordAtStamp | undefined
  /** Remembers what was read: an entry whose revision is the same is not parsed again. */
  remember<Value>(
    wanted: Wanted<Value>,
    entry: Pick<Entry, "value" | "revision"> | undefined,
    stamp: Stamp,
  ): RecordAtStamp
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
  /** How often the storage was asked. */
  storeReads(): number
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

/** A class: its methods as closures would be a kilobyte of garbage for every attempt of a call. */
export class StampedReads implements ReadSet {
  readonly fence: Expectation | undefined
  private readonly cache: RecordCache
  private readonly stamp: Stamp
  private readonly pending: Pending | undefined
  private readonly known = new Map<string, Pick<RecordAtStamp, "revision" | "value">>()
  // Most calls only read, and make do without these.
  private reliedOn: Map<string, PendingEntry> | undefined = undefined
  private unwritten: Set<string> | undefined = undefined
  private asked = 0

  /** `pending` is read before what is stored. */
  constructor(cache: RecordCache, stamp: Stamp, fence?: Expectation, pending?: Pending) {
    this.cache = cache
    this.stamp = stamp
    this.fence = fence
    this.pending = pending
  }

  read<Value>(format: RecordFormat<Value>, key: string): Eventually<Value | undefined> {
    const wanted = { format, key }
    return this.isAtHand(wanted) ? this.seen<Value>(key) : this.readOne(wanted)
  }

  async prefetch(wanted: readonly Wanted<unknown>[]): Promise<void> {
    const missing = wanted.filter((one) => !this.isAtHand(one))
    if (missing.length === 0) return
    this.asked += 1
    const entries = await this.cache.storage.get(missing.map(({ key }) => key))
    for (const [i, one] of missing.entries()) {
      this.known.set(one.key, this.cache.remember(one, entries[i], this.stamp))
    }
  }

  async readMany<Value>(format: RecordFormat<Value>, keys: readonly string[]) {
    await this.prefetch(keys.map((key) => ({ format, key })))
    return keys.map((key) => this.seen<Value>(key))
  }

  /** What is pending is relied on; what is stored, nobody expects. */
  async lookAt<Value>(format: RecordFormat<Value>, keys: readonly string[]) {
    const isKnown = (key: string) => this.known.has(key) || this.isPending({ format, key })
    const others = keys.filter((key) => !isKnown(key))
    const looking = new StampedReads(this.cache, this.stamp)
    const stored = await looking.readMany(format, others)
    this.asked += looking.asked
    const found = new Map(others.map((key, i) => [key, stored[i]]))
    return keys.map((key) => this.seen<Value>(key) ?? found.get(key))
  }

  async together<A, B>(one: Wanted<A>, other: Wanted<B>) {
    this.asked += 1
    const entries = await this.cache.storage.get([one.key, other.key])
    const first = this.cache.remember(one, entries[0], this.stamp).value
    const second = this.cache.remember(other, entries[1], this.stamp).value
    return [first as A | undefined, second as B | undefined] as const
  }

  recall<Value>(key: string): Value | undefined {
    return this.cache.find(key)?.value as Value | undefined
  }

  seen<Value>(key: string): Value | undefined {
    return this.known.get(key)?.value as Value | undefined
  }

  async list<Value>(
    format: RecordFormat<Value>,
    range: { prefix: string; after?: string | undefined; limit: number },
  ): Promise<RecordPage<Value>> {
    this.asked += 1
    const stored = await this.cache.storage.list(range)
    const changed = this.pending?.within(range) ?? []
    for (const entry of changed) this.rely(entry)
    const { entries, more } = changed.length === 0 ? stored : overlaid(stored, changed, range.limit)
    const records = entries.map(({ key, value }) => format.decode(value, key))
    return { records, more }
  }

  keys(): readonly string[] {
    return [...this.known.keys()]
  }

  expectations(): readonly Expectation[] {
    const stored = [...this.known].filter(([key]) => this.unwritten?.has(key) !== true)
    const read = stored.map(([key, { revision }]) => ({ key, revision }))
    return this.fence === undefined ? read : [...read, this.fence]
  }

  relied(): ReadonlyMap<string, PendingEntry> {
    return this.reliedOn ?? nothing
  }

  storeReads(): number {
    return this.asked
  }

  private rely(entry: PendingEntry): void {
    this.reliedOn ??= new Map()
    this.reliedOn.set(entry.key, entry)
  }

  private isPending<Value>({ format, key }: Wanted<Value>): boolean {
    const entry = this.pending?.find(key)
    if (entry === undefined) return false
    if (entry.value !== undefined) entry.record ??= format.decode(entry.value, key)
    this.known.set(key, { revision: undefined, value: entry.record })
    this.unwritten ??= new Set()
    this.unwritten.add(key)
    this.rely(entry)
    return true
  }

  private isAtHand(wanted: Wanted<unknown>): boolean {
    const { key } = wanted
    if (this.known.has(key) || this.isPending(wanted)) return true
    const remembered = this.cache.find(key)
    if (remembered === undefined || remembered.stamp !== this.stamp) return false
    this.known.set(key, remembered)
    return true
  }

  private async readOne<Value>(wanted: Wanted<Value>): Promise<Value | undefined> {
    this.asked += 1
    const [entry] = await this.cache.storage.get([wanted.key])
    const remembered = this.cache.remember(wanted, entry, this.stamp)
    this.known.set(wanted.key, remembered)
    return remembered.value as Value | undefined
  }
}
