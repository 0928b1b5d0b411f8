import { type Change, createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { DecidedWrite } from "../../src/engine/records/pending.js"
import { createRecordReader } from "../../src/engine/records/record-reader.js"
import { createWriteDesk } from "../../src/engine/records/write-desk.js"
import { keyCountFormat, keyCountKey } from "../../src/formats/stored/key-count-record.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account } from "../support/accounts.js"

const bytes = (value: number) => Uint8Array.of(value)
const write = (members: Partial<DecidedWrite>): DecidedWrite => ({
  expect: [],
  relied: new Map(),
  put: [],
  remove: [],
  tallies: [],
  ...members,
})
const putting = (key: string, value = 1) => write({ put: [{ key, value: bytes(value) }] })

interface DeskParts {
  /** Instead of the commit of the storage; `next` is that. */
  readonly commit?: (change: Change, next: Storage["commit"]) => Promise<boolean>
  readonly draw?: number
  readonly rest?: () => undefined
}

/** A desk on a storage in memory, with what it has committed and for how long it has paused. */
function openDesk({ commit, draw = 0, rest = () => undefined }: DeskParts = {}) {
  const memory = createMemoryStorage()
  const commits: Change[] = []
  const pausesMs: number[] = []
  const storage: Storage = {
    ...memory,
    commit: (change) => {
      commits.push(change)
      return commit === undefined ? memory.commit(change) : commit(change, memory.commit)
    },
  }
  const desk = createWriteDesk({
    storage,
    reader: createRecordReader(storage, 1_000_000, () => undefined),
    timer: (ms) => {
      pausesMs.push(ms)
      return { over: Promise.resolve(), stop: () => undefined }
    },
    entropy: (target) => target.fill(draw),
    rest,
  })
  const valueAt = async (key: string) => (await memory.get([key]))[0]?.value
  const keysOf = () => commits.map(({ put }) => put.map(({ key }) => key))
  return { desk, memory, commits, pausesMs, valueAt, keysOf }
}

describe("a write that was decided", () => {
  it("is durable when it is told to be so, and pending until then", async () => {
    const { desk, valueAt } = openDesk()
    const end = desk.deciding()
    const submitted = desk.submit(putting("a", 7))
    expect(desk.pending.find("a")?.value).toEqual(bytes(7))
    expect(await valueAt("a")).toBeUndefined()
    end()
    expect(await submitted).toBe(true)
    expect(await valueAt("a")).toEqual(bytes(7))
    expect(desk.pending.find("a")).toBeUndefined()
  })

  it("leaves at once where nobody is deciding, and else with what those decide", async () => {
    const { desk, keysOf } = openDesk()
    await Promise.all([desk.submit(putting("a")), desk.submit(putting("b"))])
    expect(keysOf()).toEqual([["a"], ["b"]])
    const ends = [desk.deciding(), desk.deciding()]
    const both = [desk.submit(putting("c"))]
    ends[0]?.()
    ends[0]?.()
    both.push(desk.submit(putting("d")))
    ends[1]?.()
    expect(await Promise.all(both)).toEqual([true, true])
    expect(keysOf().slice(2)).toEqual([["c", "d"]])
  })

  it("does not wait for ever for a call that goes on deciding", async () => {
    const { desk } = openDesk()
    desk.deciding()
    expect(await desk.submit(putting("a"))).toBe(true)
  })

  it("is pending under its key and its prefix for those that decide", async () => {
    const { desk } = openDesk()
    const end = desk.deciding()
    const submitted = [
      desk.submit(putting("key/a", 1)),
      desk.submit(write({ remove: ["key/b"] })),
      desk.submit(putting("other", 2)),
    ]
    expect(desk.pending.find("key/a")?.value).toEqual(bytes(1))
    expect(desk.pending.find("key/b")).toMatchObject({ value: undefined })
    expect(desk.pending.find("none")).toBeUndefined()
    const within = (after?: string) =>
      desk.pending.within({ prefix: "key/", after }).map(({ key }) => key)
    expect(within()).toEqual(["key/a", "key/b"])
    expect(within("key/a")).toEqual(["key/b"])
    expect(within("key/b")).toEqual([])
    end()
    await Promise.all(submitted)
  })

  it("says when other calls can read it, and also when they never will", async () => {
    const { desk } = openDesk()
    const told: string[] = []
    const end = desk.deciding()
    const decided = () => void told.push("decided")
    const first = desk.submit({ ...putting("a"), decided })
    expect(told).toEqual(["decided"])
    const second = desk.submit({ ...write({ expect: [{ key: "a", revision: 1 }] }), decided })
    end()
    expect(await first).toBe(true)
    expect(await second).toBe(false)
    expect(told.length).toBeGreaterThan(2)
  })

  it("is refused when it expects what is being changed, and decided anew when that is done", async () => {
    const { desk, valueAt } = openDesk()
    const end = desk.deciding()
    const first = desk.submit(putting("a", 1))
    const second = desk.submit({ ...putting("a", 2), expect: [{ key: "a", revision: undefined }] })
    let isFirstDone = false
    void first.then(() => {
      isFirstDone = true
    })
    end()
    expect(await second).toBe(false)
    expect(isFirstDone).toBe(true)
    expect(await valueAt("a")).toEqual(bytes(1))
  })

  it("is refused when it expects what a commit under way is about", async () => {
    let letGo = () => {}
    const { desk } = openDesk({
      commit: async (change, next) => {
        await new Promise<void>((resolve) => {
          letGo = resolve
        })
        return next(change)
      },
    })
    const first = desk.submit(putting("a"))
    await new Promise((resolve) => setImmediate(resolve))
    const late = desk.submit({ ...putting("b"), expect: [{ key: "a", revision: undefined }] })
    letGo()
    expect([await first, await late]).toEqual([true, false])
  })

  it("that relies on one of a batch that has left is refused with room for no more", async () => {
    const { desk, keysOf } = openDesk()
    const end = desk.deciding()
    const big = write({
      put: Array.from({ length: 90 }, (_, i) => ({ key: `k${i}`, value: bytes(1) })),
    })
    const first = desk.submit(big)
    const entry = desk.pending.find("k0")
    if (entry === undefined) throw new Error("it is pending")
    const more = Array.from({ length: 20 }, (_, i) => ({ key: `m${i}`, value: bytes(1) }))
    const relying = desk.submit(write({ put: more, relied: new Map([["k0", entry]]) }))
    const alone = desk.submit(write({ put: more }))
    end()
    expect([await first, await relying, await alone]).toEqual([true, false, true])
    expect(keysOf().map((keys) => keys.length)).toEqual([90, 20])
  })
})

describe("writes of one commit", () => {
  const together = async (
    desk: ReturnType<typeof openDesk>["desk"],
    writes: readonly DecidedWrite[],
  ) => {
    const end = desk.deciding()
    const all = Promise.allSettled(writes.map((one) => desk.submit(one)))
    end()
    return (await all).map((one) =>
      one.status === "fulfilled" ? one.value : `${one.reason.message}`,
    )
  }

  it("are parted when another host has changed what one of them expects", async () => {
    const { desk, memory, pausesMs, valueAt } = openDesk()
    await memory.commit({ expect: [], put: [{ key: "x", value: bytes(1) }], remove: [] })
    const outdated = { ...putting("b"), expect: [{ key: "x", revision: undefined }] }
    expect(await together(desk, [putting("a"), outdated, putting("c")])).toEqual([
      true,
      false,
      true,
    ])
    expect(await valueAt("b")).toBeUndefined()
    expect(pausesMs).toEqual([1])
  })

  it("fail together when the storage fails", async () => {
    const { desk } = openDesk({ commit: () => Promise.reject(new Error("the disk is full")) })
    expect(await together(desk, [putting("a"), putting("b")])).toEqual([
      "the disk is full",
      "the disk is full",
    ])
  })

  it("go alone when the storage takes them for a wrong call, and those decided on others anew", async () => {
    const { desk, keysOf } = openDesk({
      commit: async (change, next) => {
        if (change.put.some(({ key }) => key === "wrong")) throw new TypeError("a wrong call")
        return next(change)
      },
    })
    const end = desk.deciding()
    const first = desk.submit(putting("a"))
    const entry = desk.pending.find("a")
    const all = Promise.allSettled([
      first,
      desk.submit(putting("wrong")),
      desk.submit(
        write({ ...putting("c"), relied: new Map([["a", entry as NonNullable<typeof entry>]]) }),
      ),
      desk.submit(putting("d")),
    ])
    end()
    expect((await all).map((one) => (one.status === "fulfilled" ? one.value : "failed"))).toEqual([
      true,
      "failed",
      false,
      true,
    ])
    expect(keysOf()).toEqual([["a", "wrong", "c", "d"], ["a"], ["wrong"], ["d"]])
  })

  it("are given up when the storage says no, and nothing has changed", async () => {
    const { desk, commits, pausesMs } = openDesk({ commit: async () => false })
    expect(await together(desk, [putting("a"), putting("b")])).toEqual([false, false])
    expect(commits).toHaveLength(limits.commitAttemptsMax + 1)
    expect(pausesMs).toHaveLength(limits.commitAttemptsMax - 1)
  })
})

describe("a write that meets those of other hosts", () => {
  it("pauses for longer from time to time, within a bound, and begins anew when it got through", async () => {
    let isMet = true
    const { desk, pausesMs } = openDesk({
      commit: async (change, next) => (isMet ? false : next(change)),
      draw: 255,
    })
    for (let i = 0; i < 12; i += 1) expect(await desk.submit(putting("a"))).toBe(false)
    expect(pausesMs).toEqual([2, 4, 8, 16, 32, 50, 50, 50, 50, 50, 50, 50])
    isMet = false
    expect(await desk.submit(putting("a"))).toBe(true)
    isMet = true
    await desk.submit(putting("a"))
    expect(pausesMs.at(-1)).toBe(2)
  })

  it("pauses for a moment at random", async () => {
    for (const [draw, ms] of [
      [0, 1],
      [127, 1],
      [128, 2],
    ] as const) {
      const { desk, pausesMs } = openDesk({ commit: async () => false, draw })
      await desk.submit(putting("a"))
      expect([draw, pausesMs]).toEqual([draw, [ms]])
    }
  })
})

describe("keys that are counted when they are written", () => {
  const making = (key: string, more = 1, max?: number) => ({
    ...putting(key),
    tallies: [{ account, more, max }],
  })
  const countOf = async (memory: Storage) => {
    const [entry] = await memory.get([keyCountKey(account)])
    return entry && keyCountFormat.decode(entry.value, keyCountKey(account)).keys
  }

  it("are as many as there are, and none has no count", async () => {
    const { desk, memory } = openDesk()
    await desk.submit(making("a"))
    await desk.submit(making("b"))
    expect(await countOf(memory)).toBe(2)
    await desk.submit(making("a", -1))
    expect(await countOf(memory)).toBe(1)
    await desk.submit(making("b", -1))
    expect(await countOf(memory)).toBeUndefined()
    // It is never below none.
    await desk.submit(making("b", -1))
    expect(await countOf(memory)).toBeUndefined()
  })

  it("are within their quota, also of those that one commit carries", async () => {
    const { desk, memory, commits } = openDesk()
    const end = desk.deciding()
    const all = Promise.all([
      desk.submit(making("a", 1, 2)),
      desk.submit(making("b", 1, 2)),
      desk.submit(making("c", 1, 2)),
      desk.submit(making("d", 1, undefined)),
      desk.submit(making("e", -2, 2)),
      desk.submit(making("f", 1, 2)),
    ])
    end()
    expect(await all).toEqual([true, true, false, true, true, true])
    expect(await countOf(memory)).toBe(2)
    expect(commits).toHaveLength(1)
  })

  it("are counted anew when another host has counted meanwhile", async () => {
    let met = 0
    const { desk, memory } = openDesk({
      commit: async (change, next) => {
        met += 1
        if (met > 1) return next(change)
        const value = keyCountFormat.encode({ account, keys: 5 })
        await next({ expect: [], put: [{ key: keyCountKey(account), value }], remove: [] })
        return next(change)
      },
    })
    expect(await desk.submit(making("a"))).toBe(true)
    expect(await countOf(memory)).toBe(6)
  })
})

describe("a desk", () => {
  it("has landed when no commit is under way, and is idle when nobody decides either", async () => {
    let letGo = () => {}
    const { desk } = openDesk({
      commit: async (change, next) => {
        await new Promise<void>((resolve) => {
          letGo = resolve
        })
        return next(change)
      },
    })
    expect(desk.landed()).toBeUndefined()
    await desk.idle()
    const submitted = desk.submit(putting("a"))
    await new Promise((resolve) => setImmediate(resolve))
    const order: string[] = []
    const all = Promise.all([
      Promise.resolve(desk.landed()).then(() => order.push("landed")),
      desk.idle().then(() => order.push("idle")),
      submitted.then(() => order.push("written")),
    ])
    await new Promise((resolve) => setImmediate(resolve))
    expect(order).toEqual([])
    letGo()
    await all
    expect(order[0]).toBe("written")
    expect(desk.landed()).toBeUndefined()
  })

  it("writes although its rest fails", async () => {
    const rest = () => {
      throw new Error("no rest")
    }
    const { desk, keysOf } = openDesk({ rest })
    const end = desk.deciding()
    const many = Array.from({ length: limits.writesTogetherMax + 1 }, (_, i) =>
      desk.submit(putting(`k${i}`)),
    )
    end()
    expect(new Set(await Promise.all(many))).toEqual(new Set([true]))
    expect(keysOf().map((keys) => keys.length)).toEqual([limits.writesTogetherMax, 1])
  })
})
