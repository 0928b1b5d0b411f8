import { describe, expect, it } from "vitest"
import { base64Of, bytesOfBase64 } from "../src/base64.js"
import { createBoundedStamps, createFreshStamps } from "../src/bounded-stamp.js"
import type { Change, Entry, Page } from "../src/contract.js"
import { askPatiently } from "../src/patience.js"
import { checkDurations, createRemoteStorage, type RemoteStore } from "../src/remote-storage.js"
import { closedError, StorageError } from "../src/storage-error.js"
import type { Timer } from "../src/system.js"

const entry = (key: string): Entry => ({ key, value: new Uint8Array(1), revision: 1 })
const nothing: Change = { expect: [], put: [], remove: [] }

/** A store that answers what it is told to, and notes what it was asked. */
function noted(answers: Partial<RemoteStore> = {}) {
  const asked: unknown[] = []
  const page: Page = { entries: [], more: false }
  const store: RemoteStore = {
    read: async (keys) => {
      asked.push(["read", keys])
      return keys
        .filter((key) => key !== "gone")
        .toReversed()
        .map(entry)
    },
    readInterval: async (...range) => {
      asked.push(["interval", ...range])
      return page
    },
    commit: async (change) => {
      asked.push(["commit", change])
      return true
    },
    state: async () => "state",
    end: async () => {
      asked.push("end")
    },
    ...answers,
  }
  return { store, asked }
}

const now = { stalenessMs: 0, clock: () => 0 }

describe("a store over a network", () => {
  it("is asked for each key once, and answers in the order of the call", async () => {
    const { store, asked } = noted()
    const storage = createRemoteStorage(store, now)
    expect(await storage.get(["a", "gone", "b", "a"])).toEqual([
      entry("a"),
      undefined,
      entry("b"),
      entry("a"),
    ])
    expect(asked).toEqual([["read", ["a", "gone", "b"]]])
    expect(await storage.get([])).toEqual([])
    expect(asked).toHaveLength(1)
    expect(await storage.list({ prefix: "a", after: "ab", limit: 5 })).toEqual({
      entries: [],
      more: false,
    })
    expect(asked.at(-1)).toEqual(["interval", "ab ", "b", 5])
    expect(Object.isFrozen(storage)).toBe(true)
  })

  it("is not asked what no store may be asked", async () => {
    const { store, asked } = noted()
    const storage = createRemoteStorage(store, now)
    await expect(storage.get([""])).rejects.toThrow(TypeError)
    await expect(storage.list({ prefix: "", limit: 0 })).rejects.toThrow(TypeError)
    await expect(storage.commit({} as Change)).rejects.toThrow(TypeError)
    expect(asked).toEqual([])
  })

  it("is left when its handle is closed, once what is under way has ended", async () => {
    let finish: (done: boolean) => void = () => undefined
    const { store, asked } = noted({
      commit: () => new Promise((resolve) => (finish = resolve)),
    })
    const storage = createRemoteStorage(store, now)
    const committed = storage.commit(nothing)
    const closed = storage.close()
    await expect(storage.get(["a"])).rejects.toMatchObject({ name: "StorageError", code: "closed" })
    await expect(storage.list({ prefix: "", limit: 1 })).rejects.toMatchObject({ code: "closed" })
    await expect(storage.commit(nothing)).rejects.toMatchObject({ code: "closed" })
    expect(() => storage.stamp()).toThrow(closedError())
    expect(asked).toEqual([])
    finish(true)
    expect(await committed).toBe(true)
    await closed
    await storage.close()
    expect(asked).toEqual(["end"])
  })

  it("is left although what was under way has failed", async () => {
    const failure = new Error("no")
    const { store, asked } = noted({ commit: () => Promise.reject(failure) })
    const storage = createRemoteStorage(store, now)
    const committed = expect(storage.commit(nothing)).rejects.toBe(failure)
    await storage.close()
    await committed
    expect(asked).toEqual(["end"])
  })

  it("has another stamp after each commit that is not quiet, held or not", async () => {
    let held = true
    const { store } = noted({ commit: async () => held })
    const storage = createRemoteStorage(store, { stalenessMs: 10, clock: () => 0 })
    const first = await storage.stamp()
    expect(await storage.stamp()).toBe(first)
    await storage.commit({ ...nothing, quiet: true })
    expect(await storage.stamp()).toBe(first)
    await storage.commit(nothing)
    const second = await storage.stamp()
    expect(second).not.toBe(first)
    held = false
    expect(await storage.commit({ ...nothing, quiet: false })).toBe(false)
    expect(await storage.stamp()).not.toBe(second)
    const fresh = createRemoteStorage(store, now)
    expect(await fresh.stamp()).not.toBe(await fresh.stamp())
  })
})

describe("stamps", () => {
  it("of a handle that cannot know what others write are never equal", () => {
    const { stamp, advance } = createFreshStamps()
    const stamps = [stamp(), stamp()]
    advance()
    stamps.push(stamp())
    expect(new Set(stamps).size).toBe(3)
  })

  it("are trusted for as long as they may be stale, counted from when the store was asked", async () => {
    let nowMs = 0
    let state = "a"
    let polls = 0
    const { stamp, advance } = createBoundedStamps(
      async () => {
        polls += 1
        nowMs += 4
        return state
      },
      10,
      () => nowMs,
    )
    const first = await stamp()
    nowMs = 10
    expect(stamp()).toBe(first)
    nowMs = 11
    expect(await stamp()).toBe(first)
    expect(polls).toBe(2)
    state = "b"
    nowMs = 22
    const second = await stamp()
    expect(second).not.toBe(first)
    advance()
    expect(stamp()).not.toBe(second)
    expect(polls).toBe(3)
  })

  it("are asked for once by all who wait for the same answer, and again after a failure", async () => {
    let fail = true
    let polls = 0
    const { stamp } = createBoundedStamps(
      async () => {
        polls += 1
        if (fail) throw new Error("no")
        return "a"
      },
      10,
      () => 0,
    )
    const both = [stamp(), stamp()]
    await Promise.all(both.map((one) => expect(one).rejects.toThrow("no")))
    expect(polls).toBe(1)
    fail = false
    expect(await stamp()).toBe(1)
  })
})

describe("who asks patiently", () => {
  /** Time passes only where somebody waits for it. */
  function script(attempts: readonly ("fails" | "refuses" | "hangs" | "answers")[], options = {}) {
    const { deadlineMs = 100, patienceMs = 1000 } = options as Partial<Record<string, number>>
    let nowMs = 0
    let index = 0
    const waits: number[] = []
    const given: unknown[] = []
    const timer: Timer = (timeoutMs) => {
      waits.push(timeoutMs)
      const isAttempt = waits.length % 2 === 1
      const isHanging = isAttempt && attempts[index] === "hangs"
      const over =
        isAttempt && !isHanging
          ? new Promise<void>(() => undefined)
          : Promise.resolve().then(() => {
              nowMs += timeoutMs
            })
      return { over, stop: () => undefined }
    }
    const answer = askPatiently(
      { deadlineMs, patienceMs, timer, clock: () => nowMs },
      {
        attempt: async (giveUp) => {
          giveUp.catch((error) => given.push(error))
          const what = attempts[index]
          index += 1
          if (what === "hangs") return new Promise<string>(() => undefined)
          if (what === "answers") return "answer"
          throw new Error(what)
        },
        isPassing: (error) => (error as Error).message !== "refuses",
        toStorageError: (error) => ({ told: (error as Error).message }),
        name: "the store",
      },
    )
    return { answer, waits, given, tried: () => index }
  }

  it("pauses longer from one failure to the next", async () => {
    const asked = script([...Array(8).fill("fails"), "answers"], { patienceMs: 10_000 })
    expect(await asked.answer).toBe("answer")
    expect(asked.waits.filter((_, i) => i % 2 === 1)).toEqual([10, 20, 40, 80, 160, 250, 250, 250])
    expect(asked.waits.filter((_, i) => i % 2 === 0)).toEqual(Array(9).fill(100))
  })

  it("gives up at once what is refused", async () => {
    const asked = script(["fails", "refuses", "answers"])
    await expect(asked.answer).rejects.toEqual({ told: "refuses" })
    expect(asked.tried()).toBe(2)
  })

  it("gives up when its patience would be over", async () => {
    // 10 + 20 ms of pauses leave 5 of 35, and the next pause would be 40.
    const asked = script(Array(9).fill("fails"), { patienceMs: 35 })
    await expect(asked.answer).rejects.toEqual({ told: "fails" })
    expect(asked.tried()).toBe(3)
    expect(asked.waits.filter((_, i) => i % 2 === 0)).toEqual([35, 25, 5])
    const none = script(["fails"], { patienceMs: 0 })
    await expect(none.answer).rejects.toEqual({ told: "fails" })
    expect(none.waits).toEqual([1])
  })

  it("leaves who does not answer in time, and asks again", async () => {
    const asked = script(["hangs", "answers"])
    expect(await asked.answer).toBe("answer")
    expect(asked.given).toHaveLength(1)
    expect(asked.given[0]).toBeInstanceOf(StorageError)
    expect(asked.given[0]).toMatchObject({
      code: "failed",
      message: "the store has not answered in time; what was sent may be done",
    })
  })
})

describe("options that are durations", () => {
  it.each([0, 0.5, 3_600_000])("may be %s", (ms) => {
    expect(() => checkDurations({ a: 1, deadlineMs: ms })).not.toThrow()
  })

  it.each([-1, 3_600_001, Number.NaN, Number.POSITIVE_INFINITY])("may not be %s", (ms) => {
    expect(() => checkDurations({ a: 1, deadlineMs: ms })).toThrow(
      new TypeError("options.deadlineMs must be from 0 to 3,600,000"),
    )
  })
})

describe("Base64", () => {
  it.each([0, 1, 2, 3, 0x1fff, 0x2000, 0x2001, 0x4001])(
    "of %i bytes is as elsewhere, and back",
    (length) => {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) & 0xff)
      expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString("base64"))
      expect(bytesOfBase64(base64Of(bytes))).toEqual(bytes)
    },
  )

  it("is nothing else", () => {
    expect(() => bytesOfBase64("*")).toThrow()
  })
})
