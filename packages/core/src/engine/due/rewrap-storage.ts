import { type Change, listLimitMax } from "@keywright/storage"
import { domainKeyUsesKey } from "../../formats/stored/domain-key-uses-record.js"
import {
  type RewrappingRecord,
  rewrappingFormat,
  rewrappingKey,
} from "../../formats/stored/rewrapping-record.js"
import type { DomainKeyIds } from "../../ports/domain-hsm.js"
import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import type { Budget } from "../records/destroy-key.js"
import { isOfRecord, isSuspect, type Renewal, renewPage } from "./rewrap-page.js"

/*
 * After a rotation of the domain key everything that is stored is put under the new one, and the
 * old ones are dropped. All sweeps of all hosts walk one way through the storage, a page at a time,
 * and write down how far they are. Nothing can come under an old key behind them: a host writes
 * only while the domain is as it was when it decided what to write.
 */

/** What a sweep has done about domain keys, and what is left to do. */
export interface Rewrapped {
  /** Records that were put under the current domain key. */
  readonly recordsRewrapped: number
  /** Records that are still to be looked at. More than 10,000 are not counted. */
  readonly recordsToRewrap: number
  /** Domain keys that were dropped because nothing is under them any more. */
  readonly domainKeysRetired: number
  /**
   * Domain keys before the current one that are still there. The last records are done a day before
   * the key goes: an import token that is under it can be used for so long.
   */
  readonly domainKeysLeft: number
}

/** One sweep's part of the walk. */
interface Walk extends Renewal {
  readonly budget: Budget
}

const pageEntries = 100
/** Their counts go in one commit. */
const retiredMax = 50
/** What one sweep counts of what is left. */
const countedPagesMax = 10

/** How far the walk is, as it was read. */
interface Progress {
  readonly record: RewrappingRecord
  /** Under a domain of that fence. */
  readonly keys: DomainKeyIds
  readonly expect: Change["expect"]
  /** Whether nothing is under any former domain key. */
  readonly isDone: boolean
}

async function readProgress({ domain, storage }: Host): Promise<Progress> {
  const fence = domain.fence()
  const keys = await domain.use((hsm) => hsm.domainKeys())
  const [entry] = await storage.get([rewrappingKey])
  const stored = entry && rewrappingFormat.decode(entry.value, rewrappingKey)
  const { currentId, formerIds } = keys
  const unused = stored?.unused.filter(({ id }) => formerIds.includes(id)) ?? []
  const isOfNow = stored?.currentId === currentId
  return {
    record: isOfNow ? { ...stored, unused } : { currentId, skipped: 0, unused },
    keys,
    expect: [fence, { key: rewrappingKey, revision: entry?.revision }],
    isDone: formerIds.every((id) => unused.some((one) => one.id === id)),
  }
}

/** The end of a walk: nothing is under former keys, or it is walked again. */
function ended({ record, keys }: Progress, skipped: number, nowMs: number): RewrappingRecord {
  const { currentId, unused } = record
  if (skipped > 0) return { currentId, skipped: 0, unused }
  const known = new Set(unused.map(({ id }) => id))
  const news = keys.formerIds.filter((id) => !known.has(id)).map((id) => ({ id, sinceMs: nowMs }))
  return { currentId, skipped: 0, unused: [...unused, ...news] }
}

/** Walks on as far as the budget goes. Answers where it is, and whether that is all for now. */
async function walkOn(walk: Walk): Promise<{ progress: Progress; isAll: boolean }> {
  const { host, budget } = walk
  for (;;) {
    const progress = await readProgress(host)
    const { record, keys, expect, isDone } = progress
    if (isDone || budget.items <= 0) return { progress, isAll: isDone }
    const limit = Math.min(pageEntries, budget.items)
    const page = await host.bareStorage.list({ prefix: "", after: record.after, limit })
    const suspects = page.entries.filter((entry) => isSuspect(keys, entry))
    // To look at a page costs about as much as to renew a record.
    budget.items -= suspects.length + 1
    const skipped = record.skipped + (await renewPage(walk, keys, suspects))
    const after = page.entries.at(-1)?.key
    const next = page.more ? { ...record, after, skipped } : ended(progress, skipped, host.clock())
    const put = [{ key: rewrappingKey, value: rewrappingFormat.encode(next) }]
    const isWritten = await host.storage.commit({ expect, put, remove: [] })
    const isInVain = isWritten && !page.more && skipped > 0
    if (isInVain) return { progress: await readProgress(host), isAll: true }
  }
}

/** Makes a new domain key where the current one was used for as often as it should be. */
async function rotateWorn(host: Host): Promise<void> {
  if (await host.domainKeyUses.isDue()) await rotateDomainKey(host)
}

export async function tellOfNewKey({ domain, toldKeys }: Host): Promise<void> {
  const { currentId } = await domain.use((hsm) => hsm.domainKeys())
  toldKeys("rotated", [currentId])
}

export async function rotateDomainKey(host: Host): Promise<void> {
  await host.domain.rotateDomainKey()
  await tellOfNewKey(host)
}

/** Drops the domain keys that nothing needs any more. Answers how many. */
async function retire(host: Host, { record }: Progress): Promise<number> {
  const { domain, storage, clock } = host
  const untilMs = clock() - limits.domainKeyIdleHours * 3_600_000
  const isDue = ({ sinceMs }: RewrappingRecord["unused"][number]) => sinceMs <= untilMs
  const due = record.unused.filter(isDue).slice(0, retiredMax)
  const ids = due.map(({ id }) => id)
  if (ids.length === 0) return 0
  await storage.commit({ expect: [], put: [], remove: ids.map(domainKeyUsesKey) })
  if (!(await domain.retireKeys(ids))) return 0
  host.toldKeys("retired", ids)
  // What it says of keys that are gone says nothing, so another sweep may tidy it up as well.
  const progress = await readProgress(host)
  if (progress.keys.formerIds.length === 0) {
    await storage.commit({ expect: progress.expect, put: [], remove: [rewrappingKey] })
  }
  return ids.length
}

/** The entries that the walk has not come to. */
async function countLeft({ bareStorage, rest }: Host, { record }: Progress): Promise<number> {
  let count = 0
  let { after } = record
  for (let pages = 0; pages < countedPagesMax; pages += 1) {
    await rest()
    const page = await bareStorage.list({ prefix: "", after, limit: listLimitMax })
    count += page.entries.length
    after = page.entries.at(-1)?.key
    if (!page.more) break
  }
  return count
}

interface SweptDomain extends Rewrapped {
  /** False when another sweep can go on at once. */
  readonly isAll: boolean
  readonly unreadable: readonly string[]
}

/**
 * Puts what is stored under the current domain key, as far as the budget goes, and drops the former
 * ones when nothing needs them any more.
 */
export async function rewrapStorage(host: Host, budget: Budget): Promise<SweptDomain> {
  await host.domain.refresh()
  const { formerIds } = await host.domain.use((hsm) => hsm.domainKeys())
  const walk: Walk = { host, budget, unreadable: [], recordsRewrapped: 0 }
  const { unreadable } = walk
  try {
    await rotateWorn(host)
    return { ...(await rewrapAll(walk)), unreadable }
  } catch (error) {
    // What the walk itself is written down in must not keep a sweep from all else.
    if (!isOfRecord(error)) throw error
    unreadable.push(error.message)
    const { recordsRewrapped } = walk
    return { ...none, recordsRewrapped, domainKeysLeft: formerIds.length, isAll: true, unreadable }
  }
}

async function rewrapAll(walk: Walk): Promise<Rewrapped & Pick<SweptDomain, "isAll">> {
  const { host } = walk
  const { formerIds } = await host.domain.use((hsm) => hsm.domainKeys())
  if (formerIds.length === 0) return { ...none, isAll: true }
  const { progress, isAll } = await walkOn(walk)
  const domainKeysRetired = await retire(host, progress)
  return {
    recordsRewrapped: walk.recordsRewrapped,
    recordsToRewrap: progress.isDone ? 0 : await countLeft(host, progress),
    domainKeysRetired,
    domainKeysLeft: progress.keys.formerIds.length - domainKeysRetired,
    isAll,
  }
}

const none: Rewrapped = {
  recordsRewrapped: 0,
  recordsToRewrap: 0,
  domainKeysRetired: 0,
  domainKeysLeft: 0,
}
