import { describe, expect, it, test } from "vitest"
import { createTestClock, durationMs, momentMs } from "../src/clock.js"
import { keepLast } from "../src/keep-last.js"
import { createStreams } from "../src/seed/streams.js"
import { createMemorySeal } from "../src/world/memory-seal.js"

describe("a length of time", () => {
  it.each<[object, number]>([
    [{}, 0],
    [{ milliseconds: 1 }, 1],
    [{ seconds: 1 }, 1000],
    [{ minutes: 1 }, 60_000],
    [{ hours: 1 }, 3_600_000],
    [{ days: 1 }, 86_400_000],
    [{ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }, 93_784_005],
    [{ seconds: 0.0004 }, 0],
    [{ seconds: 0.0005 }, 1],
    [{ hours: 0 }, 0],
  ])("%j is %i milliseconds", (duration, ms) => {
    expect(durationMs(duration)).toBe(ms)
  })

  const object = "`duration` must be an object, as { days: 90 } or { milliseconds: 5000 }"
  it.each<[unknown, string]>([
    [5000, object],
    [null, object],
    [undefined, object],
    [{ weeks: 1 }, "`weeks` is no unit; there are days, hours, minutes, seconds, milliseconds"],
    [{ constructor: 1 }, "`constructor` is no unit; there are days,"],
    [{ days: -1 }, "`days` must be a number that is not negative"],
    [{ hours: Number.NaN }, "`hours` must be a number that is not negative"],
    [{ hours: Number.POSITIVE_INFINITY }, "`hours` must be a number that is not negative"],
    [{ days: 1, seconds: "1" }, "`seconds` must be a number that is not negative"],
  ])("%j is none", (duration, message) => {
    expect(() => durationMs(duration as object)).toThrow(TypeError)
    expect(() => durationMs(duration as object)).toThrow(message)
  })

  it.each([
    [new Date(0), 0],
    [new Date(253_402_300_799_999), 253_402_300_799_999],
  ])("begins and ends where an engine can keep it: %s", (moment, ms) => {
    expect(momentMs(moment, "moment")).toBe(ms)
  })

  it.each([[new Date(-1)], [new Date(253_402_300_800_000)], [new Date(Number.NaN)], [0], ["2026"]])(
    "has no moment %s",
    (moment) => {
      expect(() => momentMs(moment as Date, "now")).toThrow(
        new TypeError("`now` must be a Date, of 1970 to 9999"),
      )
    },
  )
})

describe("a clock", () => {
  /** Something happens at each of these moments; sweeps settle what is past. */
  function clockOf(events: readonly number[], coming: readonly (number | undefined)[] = events) {
    const asked: unknown[] = []
    let settled = 0
    let nowMs = (): number => 0
    const clock = createTestClock(100, {
      nextDueMs: async (afterMs) => {
        asked.push(["next", afterMs])
        return events.find((atMs) => atMs > afterMs)
      },
      comingMs: async (event, afterMs) => {
        asked.push([event, afterMs])
        return coming.find((atMs) => atMs === undefined || atMs > afterMs)
      },
      sweep: async () => {
        const past = events.filter((atMs) => atMs <= nowMs()).length
        const KeyDeletion = past - settled
        settled = past
        return { KeyRotation: 0, KeyDeletion, KeyMaterialExpiration: 0 }
      },
    })
    nowMs = () => clock.now().getTime()
    return { clock, asked }
  }

  test("stands where it is put, and moves as far as it is told", () => {
    const { clock } = clockOf([])
    expect(clock.now()).toEqual(new Date(100))
    clock.advance({ seconds: 1 })
    expect(clock.now()).toEqual(new Date(1100))
    clock.set(new Date(5))
    expect(clock.now()).toEqual(new Date(5))
    clock.now().setTime(0)
    expect(clock.now()).toEqual(new Date(5))
    expect(() => clock.set(new Date(-1))).toThrow("`moment` must be a Date, of 1970 to 9999")
    expect(() => clock.advance({ days: 4_000_000 })).toThrow("`moment` must be a Date")
    expect(clock.now()).toEqual(new Date(5))
  })

  test("runs to the next event, and to the one after it", async () => {
    const { clock, asked } = clockOf([200, 300])
    expect(await clock.runUntil("KeyDeletion")).toEqual(new Date(200))
    expect(await clock.runUntil("KeyDeletion")).toEqual(new Date(300))
    expect(clock.now()).toEqual(new Date(300))
    expect(asked).toEqual([
      ["KeyDeletion", 100],
      ["next", 100],
      ["KeyDeletion", 200],
      ["next", 200],
    ])
    await expect(clock.runUntil("KeyDeletion")).rejects.toThrow("no KeyDeletion is to come")
    expect(clock.now()).toEqual(new Date(300))
  })

  test("goes no farther than the moment that was sought, and looks anew there", async () => {
    const { clock, asked } = clockOf([200, 250, 300])
    await expect(clock.runUntil("KeyRotation")).rejects.toThrow("no KeyRotation is to come")
    expect(asked.map((one) => (one as unknown[])[1])).toEqual([
      100, 100, 200, 200, 250, 250, 300, 300,
    ])
  })

  test.each(["KeyDeletions", "", undefined])("does not run until %s", async (event) => {
    await expect(clockOf([]).clock.runUntil(event as never)).rejects.toThrow(
      new TypeError("`event` must be one of KeyRotation, KeyDeletion, KeyMaterialExpiration"),
    )
  })
})

describe("what belongs to a kit", () => {
  test("is a list of the last items", () => {
    const lists = [1, 2, 3, 9].map((max) => {
      const list: number[] = []
      for (let i = 0; i < 5; i += 1) keepLast(list, i, max)
      return list
    })
    expect(lists).toEqual([[4], [3, 4], [2, 3, 4], [0, 1, 2, 3, 4]])
  })

  test("are streams of a seed, each by its name, to which one comes back", () => {
    const streams = createStreams("seed")
    const draw = (...name: readonly string[]) => [...streams.stream(...name)(new Uint8Array(40))]
    const [a, b, joined] = [draw("a", "b"), draw("b"), draw("a,b")]
    expect(new Set([a, b, joined].map(String)).size).toBe(3)
    expect(createStreams("seed").stream("a", "b")(new Uint8Array(40))).toEqual(new Uint8Array(a))
    expect([...createStreams("other").stream("b")(new Uint8Array(40))]).not.toEqual(b)
    const states = streams.states()
    const next = draw("a", "b")
    const begun = draw("new")
    expect(next).not.toEqual(a)
    streams.restore(states)
    expect([draw("a", "b"), draw("new")]).toEqual([next, begun])
    expect([...createStreams("seed", states).stream("a", "b")(new Uint8Array(40))]).toEqual(next)
  })

  test("is a seal that keeps what it seals, and wipes it in the end", async () => {
    let drawn = 0
    const seal = createMemorySeal((target) => {
      drawn += 1
      return target.fill(drawn)
    })
    const [state, context] = [Uint8Array.of(1, 2), Uint8Array.of(3)]
    const handle = await seal.seal(state, context)
    state.fill(9)
    const opened = await seal.open(handle, context)
    expect([handle.length, opened]).toEqual([16, Uint8Array.of(1, 2)])
    opened?.fill(9)
    expect(await seal.open(handle, context)).toEqual(Uint8Array.of(1, 2))
    expect(await seal.open(handle, Uint8Array.of(4))).toBeUndefined()
    expect(await seal.open(new Uint8Array(16), context)).toBeUndefined()
    seal.close()
    expect(await seal.open(handle, context)).toBeUndefined()
  })
})
