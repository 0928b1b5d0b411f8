import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import { account, roleOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { turnsDuring } from "../support/loop-turns.js"
import { recordingStorage } from "../support/storages.js"
import { openWorld, type World } from "../support/world.js"

/** A host with keys that are all due: to be deleted, or to be rotated. */
async function openDue(kind: "delete" | "rotate", keysCount: number, storage?: Storage) {
  const world = await openWorld({ storage: storage ?? createMemoryStorage() })
  const ids: string[] = []
  for (let i = 0; i < keysCount; i += 1) {
    const KeyId = await world.newKey()
    ids.push(KeyId)
    if (kind === "rotate") await world.root.enableKeyRotation({ KeyId })
    else await world.root.scheduleKeyDeletion({ KeyId })
  }
  world.clock.advanceDays(kind === "rotate" ? 366 : 31)
  return { ...world, ids }
}

/** A storage that writes only once the event loop has turned, and counts how often it wrote. */
function flushingStorage(inner: Storage) {
  const flushes = { count: 0 }
  let flush: Promise<void> | undefined
  const commit = async (change: Change): Promise<boolean> => {
    flush ??= new Promise((resolve) => {
      setImmediate(() => {
        flush = undefined
        flushes.count += 1
        resolve()
      })
    })
    await flush
    return inner.commit(change)
  }
  return { flushes, storage: { ...inner, commit } }
}

async function addGrants({ root }: World, KeyId: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const GranteePrincipal = roleOf(account, `r${i}`)
    await root.createGrant({ KeyId, GranteePrincipal, Operations: ["Decrypt"] })
  }
}

/** Sweeps until nothing is left, and answers every report. */
async function sweepAll(kms: Kms, itemsMax: number) {
  const reports = [await kms.sweep({ itemsMax })]
  for (let next = reports[0]?.next; next !== undefined; next = reports.at(-1)?.next) {
    reports.push(await kms.sweep({ itemsMax, after: next }))
  }
  return reports
}

describe("a sweep", () => {
  it.each(["delete", "rotate"] as const)("lets everything else have its turn: %s", async (kind) => {
    const { kms } = await openDue(kind, 200)
    expect(await turnsDuring(() => kms.sweep())).toBeGreaterThan(2)
  })

  it("of one key with many grants lets everything else have its turn", async () => {
    const world = await openWorld()
    const KeyId = await world.newKey()
    await addGrants(world, KeyId, 600)
    await world.root.scheduleKeyDeletion({ KeyId })
    world.clock.advanceDays(31)
    expect(await turnsDuring(() => world.kms.sweep())).toBeGreaterThan(2)
    expect(await world.storage.list({ prefix: "grant", limit: 10 })).toMatchObject({ entries: [] })
  })

  it("writes keys that are due together: one flush to the disk for many", async () => {
    const { flushes, storage } = flushingStorage(createMemoryStorage())
    const { kms } = await openDue("rotate", 200, storage)
    flushes.count = 0
    expect(await kms.sweep()).toMatchObject({ keysRotated: 200 })
    expect(flushes.count).toBeLessThanOrEqual(20)
  })

  it("settles 32 keys in one commit, the first of them among the others", async () => {
    const storage = recordingStorage(createMemoryStorage())
    const { kms } = await openDue("rotate", 96, storage)
    storage.counts()
    expect(await kms.sweep()).toMatchObject({ keysRotated: 96, unsettled: [] })
    expect(storage.counts().commit).toBe(3)
  })

  it("reads keys that are due together in one go", async () => {
    const storage = recordingStorage(createMemoryStorage())
    const { kms, clock } = await openDue("rotate", 64, storage)
    // The first key that a host makes also sets aside how many it may make.
    await kms.sweep()
    clock.advanceDays(366)
    storage.counts()
    expect((await kms.sweep()).keysRotated).toBe(64)
    const isKey = (key: string): boolean => key.startsWith("key/")
    const alone = storage.calls.filter(({ method, keys }) => method === "get" && keys.every(isKey))
    expect(alone.map(({ keys }) => keys.length)).toEqual([32, 32])
  })

  it("says by how much the oldest key was late, and nothing of what was settled in time", async () => {
    const { kms, root, clock, newKey } = await openWorld()
    const [first, second] = [await newKey(), await newKey()]
    await root.scheduleKeyDeletion({ KeyId: first, PendingWindowInDays: 7 })
    await root.scheduleKeyDeletion({ KeyId: second, PendingWindowInDays: 9 })
    expect(await kms.sweep()).toMatchObject({ keysDeleted: 0, lateMs: 0 })
    clock.advanceDays(10)
    const dayMs = 86_400_000
    const some = await kms.sweep({ itemsMax: 1 })
    expect(some).toMatchObject({ keysDeleted: 1, lateMs: 3 * dayMs })
    expect(await kms.sweep()).toMatchObject({ keysDeleted: 1, lateMs: dayMs })
    expect(await kms.sweep()).toMatchObject({ keysDeleted: 0, lateMs: 0 })
  })

  it("does as much as it is told to, says where to go on, and comes to the end", async () => {
    const { kms } = await openDue("rotate", 70)
    const reports = await sweepAll(kms, 30)
    expect(reports.map(({ keysRotated }) => keysRotated)).toEqual([30, 30, 10])
    expect(await kms.sweep()).toMatchObject({ keysRotated: 0 })
  })

  it("counts grants too, and leaves the key until they are gone", async () => {
    const world = await openWorld()
    const { kms, root, clock } = world
    const KeyId = await world.newKey()
    const other = await world.newKey()
    await addGrants(world, KeyId, 45)
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await root.scheduleKeyDeletion({ KeyId: other, PendingWindowInDays: 8 })
    clock.advanceDays(31)
    const reports = await sweepAll(kms, 20)
    expect(reports.map(({ keysDeleted }) => keysDeleted)).toEqual([0, 0, 2])
  })

  it.each([
    ["short ones", {}, 3],
    ["with a name and a retiring principal", { Name: "n", RetiringPrincipal: roleOf(account) }, 5],
  ])("destroys as many grants at once as a commit has room for: %s", async (_, more, commits) => {
    const storage = recordingStorage(createMemoryStorage())
    const { kms, root, clock, newKey } = await openWorld({ storage })
    const KeyId = await newKey()
    for (let i = 0; i < 100; i += 1) {
      const GranteePrincipal = roleOf(account, `r${i}`)
      await root.createGrant({ ...more, KeyId, GranteePrincipal, Operations: ["Decrypt"] })
    }
    await root.scheduleKeyDeletion({ KeyId })
    clock.advanceDays(31)
    storage.counts()
    expect(await kms.sweep()).toMatchObject({ keysDeleted: 1, unsettled: [] })
    // And one for the key itself.
    expect(storage.counts().commit).toBe(commits + 1)
    expect(await storage.list({ prefix: "grant", limit: 10 })).toMatchObject({ entries: [] })
  })

  it("goes on past a key that cannot be settled, and names it", async () => {
    const inner = createMemoryStorage()
    let broken = ""
    const cause = new Error("the page is worn out")
    const commit = async (change: Change): Promise<boolean> => {
      if (broken !== "" && change.put.some(({ key }) => key.endsWith(broken))) throw cause
      return inner.commit(change)
    }
    const { kms, ids } = await openDue("rotate", 40, { ...inner, commit })
    broken = ids[3] ?? ""
    const report = await kms.sweep()
    expect(report).toMatchObject({ keysRotated: 39, unsettled: [{ account, keyId: broken }] })
    expect(report.unsettled[0]?.cause).toMatchObject({ cause })
    expect(report.next).toBeUndefined()
    broken = ""
    expect(await kms.sweep()).toMatchObject({ keysRotated: 1, unsettled: [] })
  })

  it("gives up soon when the storage takes nothing, and can go on behind", async () => {
    const inner = createMemoryStorage()
    let isFull = false
    const commit = async (change: Change): Promise<boolean> => {
      if (isFull) throw new Error("the disk is full")
      return inner.commit(change)
    }
    const { kms } = await openDue("rotate", 100, { ...inner, commit })
    isFull = true
    const report = await kms.sweep()
    expect(report.keysRotated).toBe(0)
    expect(report.unsettled.length).toBeLessThan(50)
    isFull = false
    expect((await sweepAll(kms, 1000)).map(({ keysRotated }) => keysRotated)).toEqual([100])
  })

  it.each([
    { itemsMax: 0 },
    { itemsMax: 1.5 },
    { itemsMax: Number.NaN },
    { after: "key/" },
    { after: "" },
    { after: 5 as unknown as string },
  ])("is refused with options that make no sense: %o", async (options) => {
    const { kms } = await openWorld()
    await expect(kms.sweep(options)).rejects.toThrow(TypeError)
  })
})

describe("a loop of calls", () => {
  it.each([
    ["that succeed", { KeyId: "alias/a" }],
    ["that are refused", { KeyId: "alias/b" }],
    ["that make no sense", { KeyId: 5 }],
  ])("lets timers run: %s", async (_, input) => {
    const { call, root, newKey } = await openWorld()
    await root.createAlias({ AliasName: "alias/a", TargetKeyId: await newKey() })
    const calls = async (): Promise<void> => {
      for (let i = 0; i < 3000; i += 1) await call("DescribeKey", input).catch(() => undefined)
    }
    expect(await turnsDuring(calls)).toBeGreaterThan(2)
  })

  it("rests when the rest of its host says so, and at no other time", async () => {
    const inner = recordingStorage(createMemoryStorage())
    const order: string[] = []
    const rest = async (): Promise<void> => void order.push("rest")
    const kms = await openHost({ storage: inner, rest })
    const root = kms.as(kms.administrator)
    order.length = 0
    await root.listKeys({})
    order.push("listed")
    await root.describeKey({ KeyId: "alias/none" }).catch(() => order.push("refused"))
    expect(order).toEqual(["rest", "listed", "rest", "rest", "refused"])
  })
})
