import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { limits } from "../../src/vocabulary/limits.js"
import { account } from "../support/accounts.js"
import { createClock, dayMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { importMaterial } from "../support/importing.js"
import { readRecord, recordsIn, tamper } from "../support/records.js"
import { openWorld } from "../support/world.js"

/** A world whose store does what a test says when keys are written. */
async function openDue(keysCount: number) {
  const inner = createMemoryStorage()
  const state = {
    onCommit: undefined as ((ids: readonly string[]) => Promise<boolean> | undefined) | undefined,
  }
  const commits: (readonly string[])[] = []
  const keyIdsIn = ({ put, remove }: Change): readonly string[] => {
    const keys = [...put.map(({ key }) => key), ...remove]
    return keys.flatMap((key) => /^key\/\d+\/(.+)$/.exec(key)?.[1] ?? [])
  }
  const commit: Storage["commit"] = (change) => {
    const ids = keyIdsIn(change)
    if (ids.length > 0) commits.push(ids)
    return (ids.length > 0 && state.onCommit?.(ids)) || inner.commit(change)
  }
  const world = await openWorld({ storage: { ...inner, commit } })
  const ids: string[] = []
  for (let i = 0; i < keysCount; i += 1) {
    const KeyId = await world.newKey()
    await world.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    world.clock.advanceMs(1)
    ids.push(KeyId)
  }
  world.clock.advanceDays(8)
  commits.length = 0
  const agenda = async () =>
    (await inner.list({ prefix: "due/", limit: 1000 })).entries.map(({ key }) => key)
  return { ...world, inner, ids, commits, agenda, state }
}
const no = () => Promise.resolve(false)
const broken = () => Promise.reject(new Error("the disk is full"))

describe("a sweep of what is due", () => {
  it("deletes, expires and rotates keys, and leaves what is due later", async () => {
    const { kms, root, newKey, clock, agenda, storage } = await openDue(1)
    const imported = await newKey({ Origin: "EXTERNAL" })
    await importMaterial(root, imported, { ValidTo: new Date(clock() + dayMs) })
    const [rotating, related] = [await newKey(), await newKey({ MultiRegion: true })]
    for (const KeyId of [rotating, related]) {
      await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    }
    clock.advanceDays(91)
    const report = await kms.sweep()
    expect(report).toMatchObject({
      keysDeleted: 1,
      keysExpired: 1,
      keysRotated: 2,
      unsettled: [],
      unreadable: [],
    })
    expect(report.next).toBeUndefined()
    const { value } = await readRecord(storage, `key/${account}/${imported}`)
    expect(JSON.stringify(value)).not.toContain("token")
    const left = await agenda()
    expect([
      left.length,
      left.every((at) => at.includes(rotating) || at.includes(related)),
    ]).toEqual([2, true])
    expect(await kms.sweep()).toMatchObject({
      keysDeleted: 0,
      keysExpired: 0,
      keysRotated: 0,
      lateMs: 0,
    })
  })

  it("clears away entries of what is settled already, which were not late", async () => {
    const { kms, storage, agenda, newKey } = await openDue(0)
    const records = await recordsIn(storage)
    const KeyId = await newKey()
    const stray = [KeyId, "1234abcd-12ab-34cd-56ef-1234567890ab"].map(
      (id) => `due/${"1".padStart(15, "0")}/${account}/${id}`,
    )
    const put = [...stray, "due/nothing"].map((key) => ({ key, value: new Uint8Array() }))
    await records.commit({ expect: [], put, remove: [] })
    expect(await kms.sweep()).toMatchObject({
      keysDeleted: 0,
      keysExpired: 0,
      lateMs: 0,
      unsettled: [],
    })
    expect(await agenda()).toEqual(["due/nothing"])
  })

  it("names a key that cannot be read, which is late, and settles the others", async () => {
    const { kms, storage, ids, clock } = await openDue(3)
    const [first = ""] = ids
    const at = `key/${account}/${first}`
    await tamper(storage, at, "no record")
    const report = await kms.sweep()
    expect(report).toMatchObject({ keysDeleted: 2, unsettled: [], lateMs: expect.any(Number) })
    expect(report.unreadable).toEqual([expect.stringContaining(at)])
    expect(report.next).toBeUndefined()
    clock.advanceDays(1)
    const later = await kms.sweep()
    expect([later.unreadable.length, later.lateMs - report.lateMs]).toEqual([1, dayMs])
  })

  it("reads keys that are due together in one go, and writes them in one commit", async () => {
    const { root, newKey, inner, storage, clock } = await openDue(3)
    const rotating = [await newKey(), await newKey()]
    for (const KeyId of rotating) await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    clock.advanceDays(91)
    const [gets, commits]: number[][] = [[], []]
    const count = (keys: readonly string[]) => keys.filter((key) => key.startsWith("key/")).length
    const watched: Storage = {
      ...storage,
      get: (keys) => {
        if (count(keys) > 0) gets?.push(count(keys))
        return inner.get(keys)
      },
      commit: (change) => {
        const written = count([...change.put.map(({ key }) => key), ...change.remove])
        if (written > 0) commits?.push(written)
        return inner.commit(change)
      },
    }
    const watching = await openHost({ storage: watched, clock })
    expect(await watching.sweep()).toMatchObject({ keysDeleted: 3, keysRotated: 2 })
    expect([gets?.[0], commits]).toEqual([5, [5]])
  })

  it("does not look further than to what is not due yet", async () => {
    const { kms, root, newKey, inner, storage } = await openDue(0)
    for (let i = 0; i < 40; i += 1) await root.enableKeyRotation({ KeyId: await newKey() })
    let lists = 0
    const list: Storage["list"] = (range) => {
      if (range.prefix === "due/") lists += 1
      return inner.list(range)
    }
    const watching = await openHost({ storage: { ...storage, list }, clock: createClock() })
    await watching.sweep()
    expect([lists, (await kms.sweep()).lateMs]).toEqual([1, 0])
  })

  it("does so much, and goes on behind what it has done", async () => {
    const { kms, ids, agenda } = await openDue(5)
    const entries = await agenda()
    const first = await kms.sweep({ itemsMax: 2 })
    expect(first).toMatchObject({ keysDeleted: 2, next: entries[1] })
    const second = await kms.sweep({ itemsMax: 2, after: first.next })
    expect(second).toMatchObject({ keysDeleted: 2, next: entries[3] })
    expect(await kms.sweep({ after: second.next })).toMatchObject({ keysDeleted: 1 })
    expect([await agenda(), ids.length]).toEqual([[], 5])
  })

  it("does not look at what is before the place where it goes on", async () => {
    const { kms, agenda } = await openDue(3)
    const [, middle] = await agenda()
    expect(await kms.sweep({ after: middle })).toMatchObject({ keysDeleted: 1 })
    expect(await agenda()).toHaveLength(2)
  })

  it("stops before a key whose grants are too many, and goes on with them", async () => {
    const { kms, root, newKey, clock, agenda } = await openDue(1)
    const KeyId = await newKey()
    for (let i = 0; i < 6; i += 1) {
      const GranteePrincipal = `arn:aws:iam::${account}:role/r${i}`
      await root.createGrant({ KeyId, GranteePrincipal, Operations: ["Decrypt"] })
    }
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(8)
    const [before] = await agenda()
    const first = await kms.sweep({ itemsMax: 4 })
    expect(first).toMatchObject({ keysDeleted: 1, next: before })
    expect(await kms.sweep({ itemsMax: 4, after: first.next })).toMatchObject({ keysDeleted: 0 })
    const last = await kms.sweep()
    expect(last).toMatchObject({ keysDeleted: 1 })
    expect(last.next).toBeUndefined()
  })

  it("tries again what others were quicker with, and leaves it to them in the end", async () => {
    const { kms, state, commits, ids } = await openDue(1)
    let meetings = 2
    state.onCommit = () => {
      meetings -= 1
      return meetings >= 0 ? no() : undefined
    }
    expect(await kms.sweep()).toMatchObject({ keysDeleted: 1, unsettled: [] })
    const other = await openDue(1)
    other.state.onCommit = no
    expect(await other.kms.sweep()).toMatchObject({ keysDeleted: 0, unsettled: [], lateMs: 0 })
    // The desk itself tries again, and the sweep again with what that has given up.
    const { commitAttemptsMax } = limits
    expect(other.commits).toHaveLength(commitAttemptsMax * (commitAttemptsMax + 1))
    other.state.onCommit = undefined
    expect(await other.kms.sweep()).toMatchObject({ keysDeleted: 1 })
    expect([commits.length > 0, ids.length]).toEqual([true, 1])
  })
})

describe("keys that cannot be settled", () => {
  it("are tried alone, so that the others are settled, and named with what was wrong", async () => {
    const { kms, state, ids, commits } = await openDue(5)
    const bad = [ids[1] ?? "", ids[3] ?? ""]
    state.onCommit = (some) => (some.some((id) => bad.includes(id)) ? broken() : undefined)
    const report = await kms.sweep()
    expect(report).toMatchObject({ keysDeleted: 3 })
    expect(report.unsettled.map(({ keyId }) => keyId)).toEqual(bad)
    expect(report.unsettled[0]).toMatchObject({ account, cause: { message: "the storage failed" } })
    expect(report.next).toBeUndefined()
    expect(commits.map((some) => some.length)).toEqual([5, 1, 1, 1, 1, 1])
    expect(report.lateMs).toBeGreaterThan(0)
  })

  it.each([
    [7, 7, false],
    [8, 8, true],
    [10, 8, true],
  ])("of %d in a row, %d are tried alone", async (count, alone, isHopeless) => {
    const { kms, state, commits, agenda } = await openDue(count)
    state.onCommit = broken
    const report = await kms.sweep()
    expect(report.unsettled).toHaveLength(count)
    expect(commits.map((some) => some.length)).toEqual([count, ...new Array(alone).fill(1)])
    const last = (await agenda()).at(-1)
    expect(report.next).toBe(isHopeless ? last : undefined)
  })

  it("are no reason to give up when one among them was settled", async () => {
    const { kms, state, ids, commits } = await openDue(12)
    const good = ids[5] ?? ""
    state.onCommit = (some) => (some.length === 1 && some[0] === good ? undefined : broken())
    const report = await kms.sweep()
    expect([report.keysDeleted, report.unsettled.length, report.next]).toEqual([1, 11, undefined])
    expect(commits.map((some) => some.length)).toEqual([12, ...new Array(12).fill(1)])
  })

  it("alone are not tried twice", async () => {
    const { kms, state, commits } = await openDue(1)
    state.onCommit = broken
    const report = await kms.sweep()
    expect([report.unsettled.length, commits.length]).toEqual([1, 1])
  })
})
