import { createMemoryStorage, listLimitMax, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsEvent } from "../../src/ports/events.js"
import { limits } from "../../src/vocabulary/limits.js"
import { tamper } from "../support/records.js"
import { openWorld } from "../support/world.js"

const hourMs = 3_600_000
const idleMs = limits.domainKeyIdleHours * hourMs
const nothing = { recordsRewrapped: 0, recordsToRewrap: 0, domainKeysRetired: 0, domainKeysLeft: 0 }

/** A world in which so many records are under one domain key, and its news of domain keys. */
async function openWalked(keysCount = 1) {
  const told: unknown[] = []
  const events = (event: KmsEvent) => {
    if (event["detail-type"] === "Keywright Domain Key") told.push(event.detail)
  }
  const world = await openWorld({ events })
  for (let i = 0; i < keysCount; i += 1) await world.newKey()
  const keysOf = async (prefix: string) =>
    (await world.storage.list({ prefix, limit: 1000 })).entries.map(({ key }) => key)
  const rotate = async () => {
    await world.kms.rotateDomainKey()
    const { "domain-key-ids": ids } = told.at(-1) as { "domain-key-ids": readonly string[] }
    return ids[0] ?? ""
  }
  return { ...world, told, keysOf, rotate }
}

describe("after a rotation of the domain key, a sweep", () => {
  it("puts all under it, and drops the former one when nothing needs it any more", async () => {
    const { kms, rotate, keysOf, told, clock } = await openWalked()
    expect(await kms.sweep()).toMatchObject(nothing)
    const [before] = await keysOf("uses/")
    const current = await rotate()
    expect(told).toEqual([{ change: "rotated", "domain-key-ids": [current] }])
    const first = await kms.sweep()
    expect(first).toMatchObject({
      ...nothing,
      recordsRewrapped: expect.any(Number),
      domainKeysLeft: 1,
    })
    expect(first.recordsRewrapped).toBeGreaterThan(0)
    expect(first.next).toBeUndefined()
    expect(await kms.sweep()).toMatchObject({ ...nothing, domainKeysLeft: 1 })
    clock.advanceMs(idleMs - 1)
    expect(await kms.sweep()).toMatchObject({ ...nothing, domainKeysLeft: 1 })
    clock.advanceMs(1)
    expect(await kms.sweep()).toMatchObject({ ...nothing, domainKeysRetired: 1 })
    expect(await kms.sweep()).toMatchObject(nothing)
    expect(told.at(-1)).toEqual({
      change: "retired",
      "domain-key-ids": [before?.slice("uses/".length)],
    })
    expect(told).toHaveLength(2)
    expect(await keysOf("rewrapping")).toEqual([])
    expect(await keysOf("uses/")).toEqual([`uses/${current}`])
  })

  it("says how many records it has not come to, and goes on where it has stopped", async () => {
    const { kms, rotate } = await openWalked(3)
    await rotate()
    const whole = await openWalked(3)
    await whole.rotate()
    const { recordsRewrapped: all } = await whole.kms.sweep()
    let rewrapped = 0
    const left: number[] = []
    let report = await kms.sweep({ itemsMax: 2 })
    for (let sweeps = 0; report.next !== undefined && sweeps < 99; sweeps += 1) {
      rewrapped += report.recordsRewrapped
      left.push(report.recordsToRewrap)
      expect(report.recordsRewrapped).toBeLessThanOrEqual(2)
      report = await kms.sweep({ itemsMax: 2, after: report.next })
    }
    expect(rewrapped + report.recordsRewrapped).toBe(all)
    expect(report).toMatchObject({ recordsToRewrap: 0, domainKeysLeft: 1 })
    expect(left.length).toBeGreaterThan(2)
    expect(left.every((count, i) => i === 0 || count < (left[i - 1] ?? 0))).toBe(true)
  })

  it("makes a new one where the current one was used as often as it should be", async () => {
    const { kms, keysOf, storage, told } = await openWalked()
    const [at = ""] = await keysOf("uses/")
    const id = at.slice("uses/".length)
    const worn = (wraps: number) => tamper(storage, at, { v: 1, value: { id, wraps, seals: 0 } })
    await worn(limits.domainKeyWrapsDue - 1)
    await kms.sweep()
    expect(told).toEqual([])
    await worn(limits.domainKeyWrapsDue)
    expect(await kms.sweep()).toMatchObject({ domainKeysLeft: 1 })
    expect(told).toEqual([{ change: "rotated", "domain-key-ids": [expect.any(String)] }])
  })

  it("writes down how far it is only where nobody has gone further", async () => {
    const inner = createMemoryStorage()
    const expected: (readonly string[])[] = []
    const commit: Storage["commit"] = (change) => {
      const isProgress = change.put.some(({ key }) => key === "rewrapping")
      if (isProgress) expected.push(change.expect.map(({ key }) => key))
      return inner.commit(change)
    }
    const { kms } = await openWorld({ storage: { ...inner, commit } })
    await kms.rotateDomainKey()
    await kms.sweep()
    expect(expected.length).toBeGreaterThan(0)
    for (const keys of expected)
      expect(keys).toEqual(expect.arrayContaining(["domain", "rewrapping"]))
  })

  it("counts no more than ten thousand records that it has not come to", async () => {
    const inner = createMemoryStorage()
    let pages = 0
    const list: Storage["list"] = async (range) => {
      const page = await inner.list(range)
      if (range.limit !== listLimitMax) return page
      pages += 1
      return { ...page, more: pages < 99 }
    }
    const { kms, newKey } = await openWorld({ storage: { ...inner, list } })
    await newKey()
    await kms.rotateDomainKey()
    const { recordsToRewrap } = await kms.sweep({ itemsMax: 1 })
    expect(pages).toBe(10)
    expect(recordsToRewrap).toBeGreaterThan(0)
  })

  it("fails where its storage does", async () => {
    const inner = createMemoryStorage()
    let isBroken = false
    const commit: Storage["commit"] = (change) =>
      isBroken && change.put.some(({ key }) => key === "rewrapping")
        ? Promise.reject(new Error("the disk is full"))
        : inner.commit(change)
    const { kms } = await openWorld({ storage: { ...inner, commit } })
    await kms.rotateDomainKey()
    isBroken = true
    await expect(kms.sweep()).rejects.toThrow("the storage failed")
  })

  it("drops each former key when its own time has come", async () => {
    const { kms, rotate, clock, told } = await openWalked()
    const first = await rotate()
    await kms.sweep()
    clock.advanceMs(10 * hourMs)
    await rotate()
    expect(await kms.sweep()).toMatchObject({ domainKeysLeft: 2, domainKeysRetired: 0 })
    clock.advanceMs(15 * hourMs)
    expect(await kms.sweep()).toMatchObject({ domainKeysLeft: 1, domainKeysRetired: 1 })
    clock.advanceMs(10 * hourMs)
    expect(await kms.sweep()).toMatchObject({ domainKeysLeft: 0, domainKeysRetired: 1 })
    expect(told.at(-1)).toEqual({ change: "retired", "domain-key-ids": [first] })
  })

  it("walks again when a record could not be renewed, and keeps the former key for it", async () => {
    const { kms, rotate, storage, keysOf, clock } = await openWalked()
    const [at = ""] = await keysOf("key/")
    await rotate()
    const [entry] = await storage.get([at])
    const whole = entry?.value ?? new Uint8Array()
    const damaged = whole.map((byte, i) => (i === whole.length - 1 ? byte ^ 1 : byte))
    const write = (value: Uint8Array) =>
      storage.commit({ expect: [], put: [{ key: at, value }], remove: [] })
    await write(damaged)
    const report = await kms.sweep()
    expect(report).toMatchObject({ domainKeysLeft: 1, domainKeysRetired: 0 })
    expect(report.unreadable).toEqual([expect.stringContaining(at)])
    expect(report.next).toBeUndefined()
    clock.advanceMs(idleMs)
    expect(await kms.sweep()).toMatchObject({ domainKeysLeft: 1, domainKeysRetired: 0 })
    await write(whole)
    expect(await kms.sweep()).toMatchObject({ recordsRewrapped: 1, unreadable: [] })
    clock.advanceMs(idleMs)
    expect(await kms.sweep()).toMatchObject({ domainKeysLeft: 0, domainKeysRetired: 1 })
  })

  it.each(["rewrapping", "uses/"])("does all else although `%s` cannot be read", async (prefix) => {
    const { kms, rotate, storage, keysOf, root, newKey, clock } = await openWalked()
    const KeyId = await newKey()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await rotate()
    await kms.sweep()
    clock.advanceDays(8)
    const put = (await keysOf(prefix)).map((key) => ({ key, value: Uint8Array.of(1) }))
    expect(put.length).toBeGreaterThan(0)
    await storage.commit({ expect: [], put, remove: [] })
    const report = await kms.sweep()
    expect(report).toMatchObject({ ...nothing, domainKeysLeft: 1, keysDeleted: 1 })
    expect(report.unreadable[0]).toContain(prefix)
    expect(report.next).toBeUndefined()
  })
})
