import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { digestedStorage } from "../../src/engine/hsms/digested-storage.js"
import { createLanes } from "../../src/engine/hsms/lanes.js"
import { emptyDigest, laneFormat, laneKey, laneKeys } from "../../src/formats/stored/lane-record.js"
import { laneAfter, newLane } from "../../src/model/lanes.js"
import { differences, recounted } from "../../src/model/store-digest.js"
import { limits } from "../../src/vocabulary/limits.js"
import { openerOf, plainSealer, sealPlainly } from "../support/plain-sealer.js"

const opener = openerOf()
const sealed = (key: string, text = "x") => ({
  key,
  value: sealPlainly({ place: key, bytes: new TextEncoder().encode(text) }),
})
const putting = (...puts: readonly { key: string; value: Uint8Array }[]): Change => ({
  expect: [],
  put: puts,
  remove: [],
})

/** A storage with a digest; `before` is done before each commit of the store beneath. */
function digestedOn(
  inner: Storage,
  before: (change: Change) => Promise<unknown> | undefined = () => undefined,
  draw = 0,
) {
  const commits: Change[] = []
  const commit: Storage["commit"] = async (change) => {
    commits.push(change)
    await before(change)
    return inner.commit(change)
  }
  const lanes = createLanes(opener)
  const entropy = (target: Uint8Array) => target.fill(draw)
  let written = 0
  const storage = digestedStorage({
    storage: { ...inner, commit },
    opener,
    lanes,
    entropy,
    written: async () => {
      written += 1
    },
  })
  return { storage, lanes, commits, written: () => written }
}

/** The lanes of a store, as they stand there. */
const lanesIn = (inner: Storage) => createLanes(opener).readAll(inner)

/** Whether the lanes together say what there is. */
async function isTold(inner: Storage): Promise<boolean> {
  const { entries } = await inner.list({ prefix: "", limit: 1000 })
  const records = entries.filter(({ key }) => !laneKeys.includes(key) && key !== "domain")
  const placed = records.map(({ key, value }) => ({ place: key, bytes: value }))
  const numbers = (await plainSealer().digestRecords(placed)) as readonly Uint8Array[]
  const come = placed.map(({ place }, i) => ({ place, number: numbers[i] as Uint8Array }))
  const is = recounted(emptyDigest(), come, [])
  let should = emptyDigest()
  for (const lane of await lanesIn(inner)) {
    const { combined } = await import("../../src/model/store-digest.js")
    should = combined(should, lane, 1)
  }
  return should.records === is.records && differences(is, should).length === 0
}

describe("the digest of a storage", () => {
  it("changes with every commit, and says what there is", async () => {
    const inner = createMemoryStorage()
    const { storage, commits, written } = digestedOn(inner)
    expect(await storage.commit(putting(sealed("a"), sealed("b")))).toBe(true)
    expect(commits[0]?.put.map(({ key }) => key)).toEqual(["a", "b", laneKey(0)])
    expect(await storage.commit(putting(sealed("a", "new")))).toBe(true)
    expect(await storage.commit({ expect: [], put: [], remove: ["b", "none"] })).toBe(true)
    expect(await isTold(inner)).toBe(true)
    const [lane] = await lanesIn(inner)
    expect(lane).toMatchObject({ lane: 0, counter: 3, records: 1, restoredMs: 0 })
    expect(lane?.recent).toEqual([["b", "none"], ["a"], ["a", "b"]])
    expect(written()).toBe(3)
  })

  it("reads what a commit replaces, and not what it expects not to be there", async () => {
    const inner = createMemoryStorage()
    const asked: string[] = []
    const get: Storage["get"] = (keys) => {
      asked.push(keys.join(" "))
      return inner.get(keys)
    }
    const { storage } = digestedOn({ ...inner, get })
    const expected = [{ key: "a", revision: undefined }]
    await storage.commit({ ...putting(sealed("a"), sealed("b")), expect: expected, remove: ["c"] })
    expect(asked).toEqual([`${laneKey(0)} b c`])
  })

  it("counts neither the domain nor the lanes, and such a commit goes past it", async () => {
    const inner = createMemoryStorage()
    const { storage, commits, written } = digestedOn(inner)
    const domain = { key: "domain", value: Uint8Array.of(1) }
    expect(await storage.commit(putting(domain))).toBe(true)
    expect(commits[0]?.put.map(({ key }) => key)).toEqual(["domain"])
    expect(written()).toBe(0)
    expect(await storage.commit(putting(domain, sealed("a")))).toBe(true)
    expect((await lanesIn(inner))[0]?.recent).toEqual([["a"]])
    expect(await isTold(inner)).toBe(true)
  })

  it("says no when what was expected does not hold, and nothing was written", async () => {
    const inner = createMemoryStorage()
    const { storage, commits } = digestedOn(inner)
    await storage.commit(putting(sealed("a")))
    const [a] = await inner.get(["a"])
    const stale = (key: string, revision: number | undefined) =>
      storage.commit({ ...putting(sealed("a", "new")), expect: [{ key, revision }] })
    expect(await stale("a", (a?.revision ?? 0) + 1)).toBe(false)
    expect(await stale("a", undefined)).toBe(false)
    expect(await stale("b", 7)).toBe(false)
    expect(await stale(laneKey(0), 99)).toBe(false)
    expect(await inner.get(["a"])).toEqual([a])
    expect(await stale("a", a?.revision)).toBe(true)
    // What is known to be replaced is not even tried with another revision.
    expect(commits.length).toBeLessThan(5)
  })

  it("takes a lane that is expected, and written, for its own", async () => {
    const inner = createMemoryStorage()
    const { storage, commits } = digestedOn(inner)
    await storage.commit(putting(sealed("a")))
    const [lane] = await inner.get([laneKey(0)])
    const change = putting(sealed("b"), { key: laneKey(0), value: lane?.value ?? new Uint8Array() })
    const expected = [{ key: laneKey(0), revision: lane?.revision }]
    expect(await storage.commit({ ...change, expect: expected })).toBe(true)
    const names = (change: Change | undefined) => change?.put.map(({ key }) => key)
    expect(names(commits[1])).toEqual(["b", laneKey(0)])
    expect(commits[1]?.expect).toEqual([{ key: "b", revision: undefined }, ...expected])
    expect(await isTold(inner)).toBe(true)
  })

  it("names a record that it cannot count, and writes nothing", async () => {
    const inner = createMemoryStorage()
    const { storage } = digestedOn(inner)
    await inner.commit(putting({ key: "a", value: Uint8Array.of(9) }))
    await expect(storage.commit(putting(sealed("a")))).rejects.toThrow("`a`")
    await expect(storage.commit(putting({ key: "b", value: Uint8Array.of(9) }))).rejects.toThrow(
      "`b`",
    )
    expect(await lanesIn(inner)).toEqual([])
    expect(await storage.commit(putting(sealed("c")))).toBe(true)
  })
})

describe("hosts that write at once", () => {
  it("go on in lanes of their own when they have met in one", async () => {
    const inner = createMemoryStorage()
    const other = digestedOn(inner)
    let meetings = 1
    const { storage, commits } = digestedOn(inner, async () => {
      meetings -= 1
      if (meetings >= 0) await other.storage.commit(putting(sealed(`o${meetings}`)))
    })
    expect(await storage.commit(putting(sealed("a")))).toBe(true)
    expect(commits.map(({ put }) => put.at(-1)?.key)).toEqual([laneKey(0), laneKey(1)])
    expect(await storage.commit(putting(sealed("b")))).toBe(true)
    expect((await lanesIn(inner)).map(({ lane, counter }) => [lane, counter])).toEqual([
      [0, 1],
      [1, 2],
    ])
    expect(await isTold(inner)).toBe(true)
  })

  it("draw the next lane: any but the one in which they have met", async () => {
    for (const [draw, lane] of [
      [0, 1],
      [13, 14],
      [14, 15],
      [15, 1],
      [255, 1],
    ] as const) {
      const inner = createMemoryStorage()
      const other = digestedOn(inner)
      let isFirst = true
      const meet = async () => {
        if (isFirst) await other.storage.commit(putting(sealed("o")))
        isFirst = false
      }
      const { storage, commits } = digestedOn(inner, meet, draw)
      await storage.commit(putting(sealed("a")))
      expect([draw, commits.at(-1)?.put.at(-1)?.key]).toEqual([draw, laneKey(lane)])
    }
  })

  it("try again in the same lane when it is something else that has changed", async () => {
    const inner = createMemoryStorage()
    let isFirst = true
    const { storage, commits } = digestedOn(inner, async () => {
      if (isFirst) await inner.commit(putting(sealed("a", "other")))
      isFirst = false
    })
    expect(await storage.commit(putting(sealed("a")))).toBe(true)
    expect(commits.map(({ put }) => put.at(-1)?.key)).toEqual([laneKey(0), laneKey(0)])
  })

  it("leave it to others to look again when the storage goes on saying no", async () => {
    const inner = createMemoryStorage()
    const refusing = { ...inner, commit: async () => false }
    const { storage, commits } = digestedOn(refusing)
    expect(await storage.commit(putting(sealed("a")))).toBe(false)
    expect(commits).toHaveLength(1)
    let meetings = 0
    const busy = digestedOn(inner, async ({ put }) => {
      meetings += 1
      const key = put.at(-1)?.key ?? ""
      const lane = laneKeys.indexOf(key)
      const record = laneAfter(newLane(lane, 0), { come: [], gone: [], places: [`m${meetings}`] })
      const value = sealPlainly({ place: key, bytes: laneFormat.encode(record) })
      await inner.commit(putting({ key, value }))
    })
    await busy.storage.commit(putting(sealed("a"))).catch(() => undefined)
    expect(busy.commits.length).toBeLessThanOrEqual(limits.laneAttemptsMax)
  })

  it("write one after another, and a failure is that of one", async () => {
    const inner = createMemoryStorage()
    let isFirst = true
    const { storage } = digestedOn(inner, async () => {
      const wasFirst = isFirst
      isFirst = false
      if (wasFirst) throw new Error("the disk is full")
    })
    const all = await Promise.allSettled(
      ["a", "b", "c"].map((key) => storage.commit(putting(sealed(key)))),
    )
    expect(all.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"])
    expect(await isTold(inner)).toBe(true)
  })
})

describe("a storage with a digest", () => {
  it("tells of every commit of its host, until it is told to stop", async () => {
    const { storage } = digestedOn(createMemoryStorage())
    const told: unknown[] = []
    const stop = storage.watch((...news) => told.push(news))
    await storage.commit(putting(sealed("a")))
    await storage.commit({ expect: [{ key: "x", revision: 1 }], put: [sealed("b")], remove: [] })
    await storage.commit({ expect: [], put: [sealed("c")], remove: ["a"] })
    stop()
    await storage.commit(putting(sealed("d")))
    expect(told).toEqual([
      [0, 1, ["a"]],
      [0, 2, ["c", "a"]],
    ])
  })

  it("seals what comes once for each lane, as the commit that it is", async () => {
    const inner = createMemoryStorage()
    const other = digestedOn(inner)
    let isFirst = true
    const { storage } = digestedOn(inner, async () => {
      if (isFirst) await other.storage.commit(putting(sealed("o")))
      isFirst = false
    })
    const stamps: unknown[] = []
    await storage.commitSealed(
      putting({ key: "a", value: new Uint8Array() }),
      async (put, stamp) => {
        stamps.push(stamp)
        return put.map(({ key }) => sealed(key))
      },
    )
    expect(stamps).toEqual([
      { lane: 0, counter: 1, restoredMs: 0 },
      { lane: 1, counter: 1, restoredMs: 0 },
    ])
    await storage.commitSealed(
      putting({ key: "domain", value: new Uint8Array() }),
      async (put, stamp) => {
        stamps.push(stamp)
        return put
      },
    )
    expect(stamps.at(-1)).toEqual({ lane: 0, counter: 0, restoredMs: 0 })
  })

  it("that has gone back is neither read nor written any more", async () => {
    const inner = createMemoryStorage()
    const { storage } = digestedOn(inner)
    await storage.commit(putting(sealed("a")))
    await storage.commit(putting(sealed("b")))
    expect(await storage.get(["a"])).toEqual(await inner.get(["a"]))
    expect(await storage.list({ prefix: "", limit: 9 })).toEqual(
      await inner.list({ prefix: "", limit: 9 }),
    )
    expect(storage.stamp()).toEqual(inner.stamp())
    await inner.commit({ expect: [], put: [], remove: [laneKey(0)] })
    const stale = { name: "StaleStoreError" }
    await expect(storage.commit(putting(sealed("c")))).rejects.toMatchObject(stale)
    await expect(storage.get(["a"])).rejects.toMatchObject(stale)
    await expect(storage.list({ prefix: "", limit: 9 })).rejects.toMatchObject(stale)
    await expect(storage.commit(putting(sealed("c")))).rejects.toMatchObject(stale)
    expect(() => storage.stamp()).toThrow(expect.objectContaining(stale))
  })

  it("is closed when what was begun is written", async () => {
    const inner = createMemoryStorage()
    const order: string[] = []
    const close = async () => void order.push("closed")
    const { storage } = digestedOn({ ...inner, close }, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push("written")
    })
    const writing = storage.commit(putting(sealed("a")))
    await storage.close()
    expect(order).toEqual(["written", "closed"])
    expect(await writing).toBe(true)
  })
})
