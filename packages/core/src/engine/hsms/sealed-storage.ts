import type { Change, Entry, Expectation, Page, Range, Storage } from "@keywright/storage"
import { domainRecordKey } from "../../formats/stored/key-records.js"
import { RecordError } from "../../formats/stored/record-format.js"
import {
  isStamped,
  stamped,
  type WriteStamp,
  withoutStamp,
} from "../../formats/stored/write-stamp.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import type { Domain } from "./domain.js"
import { createOpenedRecords, type OpenedRecords } from "./opened-records.js"
import { type DomainUse, notOurs, openedOrNot } from "./record-batches.js"

/** Whether a page holds nothing but entries of its range, in order: the store may be hostile. */
export function isPageOf({ prefix, after = "" }: Range, entries: readonly Entry[]): boolean {
  let last = after
  return entries.every(({ key }) => {
    const isNext = key > last && key.startsWith(prefix)
    last = key
    return isNext
  })
}

/** An HSM that opens records, reached through its domain. */
interface Sealer extends DomainUse, Pick<Domain<RegionHsm>, "refresh"> {
  /** Undefined where nobody else changes the domain. */
  fence(): Expectation | undefined
  /** Told before so many records are sealed; it may write by itself before it answers. */
  count(seals: number): Eventually<void>
}

/** An HSM by itself, whose domain stays as it is, and whose uses nobody counts. */
export const sealerOf = (hsm: RegionHsm): Sealer => ({
  use: (work) => work(hsm),
  refresh: async () => undefined,
  fence: () => undefined,
  count: () => undefined,
})

/** Seals records, which say as which commit they are written. */
export type Seal = (put: Change["put"], stamp: WriteStamp) => Promise<Change["put"]>

/** A storage that knows as which commit records are written before they are sealed. */
export interface StampingStorage extends Omit<Storage, "commit"> {
  /** Commits a change as `seal` makes it. */
  commitSealed(change: Change, seal: Seal): Promise<boolean>
}

/** A storage without a digest. For tests. */
export const withoutStamps = (storage: Storage): StampingStorage => ({
  ...storage,
  commitSealed: async (change, seal) => {
    const put = await seal(change.put, { lane: 0, counter: 0, restoredMs: 0 })
    return storage.commit({ ...change, put })
  },
})

/**
 * The storage of a region, behind its HSM: what is put is sealed, and what is read was sealed by
 * this region for that very key. The same contract, so nobody above it knows the difference. Only
 * the domain itself is not sealed.
 *
 * A commit is written only while the domain is as this host has it open, and as it was when what
 * the commit writes was decided, if it expects that: a domain key can be dropped once nothing is
 * under it, because nothing comes under it any more.
 */
export function sealedStorage(storage: StampingStorage, domain: Sealer): Storage {
  let remembered = createOpenedRecords(limits.openedRecordsBytesMax)
  let rememberedAt: number | undefined

  /** What was opened in the domain as it is now: a domain key that is gone opens nothing. */
  const rememberedNow = (): OpenedRecords => {
    const revision = domain.fence()?.revision
    if (revision !== rememberedAt) remembered = createOpenedRecords(limits.openedRecordsBytesMax)
    rememberedAt = revision
    return remembered
  }

  /** Opens entries under the keys that were asked for, whatever the entries say of themselves. */
  const open = (
    keys: readonly string[],
    entries: readonly (Entry | undefined)[],
  ): Eventually<readonly (Entry | undefined)[]> => {
    const known = rememberedNow()
    const sealed: PlacedBytes[] = []
    /** Which of the entries these are. */
    const places: number[] = []
    const all: (Entry | undefined)[] = []
    for (let i = 0; i < keys.length; i += 1) {
      const key = keys[i] as string
      const entry = entries[i]
      const isPlain = entry === undefined || key === domainRecordKey
      const value = isPlain ? entry?.value : known.find(key, entry.value)
      all.push(entry && value && { key, value, revision: entry.revision })
      if (entry === undefined || value !== undefined) continue
      sealed.push({ place: key, bytes: entry.value })
      places.push(i)
    }
    if (sealed.length === 0) return all
    return andThen(openedOrNot(domain, sealed), (opened) => {
      for (let next = 0; next < places.length; next += 1) {
        const { place: key, bytes } = sealed[next] as PlacedBytes
        const whole = opened[next]
        if (whole === undefined) throw notOurs(key)
        const value = isStamped(key) ? withoutStamp(whole, key) : whole
        known.note(key, bytes, value)
        const i = places[next] as number
        all[i] = { key, value, revision: (entries[i] as Entry).revision }
      }
      return all
    })
  }

  /** Reads again what does not open because its domain key was dropped in between. */
  const steadily = async <Found, Result>(
    read: () => Promise<Found>,
    opened: (found: Found) => Eventually<Result>,
  ): Promise<Result> => {
    for (;;) {
      const before = domain.fence()?.revision
      try {
        const result = opened(await read())
        return result instanceof Promise ? await result : result
      } catch (error) {
        const isSame = domain.fence()?.revision === before
        if (isSame || !(error instanceof RecordError)) throw error
      }
    }
  }

  const openPage = (range: Range, { entries, more }: Page): Eventually<Page> => {
    if (!isPageOf(range, entries)) throw notOurs(`${range.prefix}…`)
    const keys = entries.map(({ key }) => key)
    return andThen(open(keys, entries), (opened) => ({
      entries: opened as readonly Entry[],
      more,
    }))
  }

  const seal: Seal = async (put, stamp) => {
    if (put.length === 0) return put
    const plain = put.map(({ key, value }) => ({
      place: key,
      bytes: isStamped(key) ? stamped(value, stamp) : value,
    }))
    const sealed = await domain.use((hsm) => hsm.sealRecords(plain))
    const known = rememberedNow()
    return put.map(({ key, value: opened }, i) => {
      const value = sealed[i] as Uint8Array
      known.note(key, value, opened)
      return { key, value }
    })
  }

  const commit = async (change: Change): Promise<boolean> => {
    // Before anything is sealed: the HSM may open a newer state meanwhile, and never an older one.
    const fence = domain.fence()
    const decided = change.expect.find(({ key }) => key === fence?.key)
    if (decided !== undefined && decided.revision !== fence?.revision) return false
    const expect = fence && !decided ? [...change.expect, fence] : change.expect
    await domain.count(change.put.length)
    if (await storage.commitSealed({ ...change, expect }, seal)) return true
    await domain.refresh()
    return false
  }

  return {
    get: (keys) =>
      steadily(
        () => storage.get(keys),
        (entries) => open(keys, entries),
      ),
    list: (range) =>
      steadily(
        () => storage.list(range),
        (page) => openPage(range, page),
      ),
    commit,
    stamp: () => storage.stamp(),
    close: () => storage.close(),
  }
}
