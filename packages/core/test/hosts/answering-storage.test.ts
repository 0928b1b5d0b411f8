import { createMemoryStorage, type Stamp, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { answeringStorage } from "../../src/engine/host/answering-storage.js"
import { limits } from "../../src/vocabulary/limits.js"
import { handTimer } from "../support/hand-timer.js"

const silence = "the storage has not answered"

/** Timers and turns of the event loop that are over when a test says so. */
function handMade() {
  const { timers, timer } = handTimer()
  const turns: (() => void)[] = []
  const turn = () => new Promise<void>((resolve) => turns.push(resolve))
  return { timers, turns, timer, turn }
}

/** A storage whose lists are answered by hand. */
function silentStorage(parts: ReturnType<typeof handMade>) {
  const asked: { answer: () => void; fail: (error: Error) => void }[] = []
  const page = { entries: [], more: false }
  const list: Storage["list"] = () =>
    new Promise((resolve, reject) => asked.push({ answer: () => resolve(page), fail: reject }))
  const storage = answeringStorage({ ...createMemoryStorage(), list }, parts)
  const outcomes: string[] = []
  const ask = (): void => {
    const at = outcomes.push("none yet") - 1
    const told = (outcome: string): void => {
      outcomes[at] = outcome
    }
    storage.list({ prefix: "", limit: 1 }).then(
      (answer) => told(answer === page ? "the answer" : "another"),
      (error: Error) => told(error.message),
    )
  }
  return { asked, outcomes, ask }
}

/** All that promises do by themselves. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe("a storage that is waited for", () => {
  it("costs no timer where it answers before anything else has its turn", async () => {
    const hand = handMade()
    const { asked, outcomes, ask } = silentStorage(hand)
    ask()
    ask()
    asked[0]?.answer()
    asked[1]?.fail(new Error("the disk is on fire"))
    await settled()
    expect(outcomes).toEqual(["the answer", "the disk is on fire"])
    expect(hand.turns).toHaveLength(1)
    hand.turns[0]?.()
    await settled()
    expect(hand.timers).toEqual([])
    // And the next is watched again.
    ask()
    await settled()
    expect(hand.turns).toHaveLength(2)
  })

  it("fails what is not answered in the time of one timer, or of the next", async () => {
    const hand = handMade()
    const { outcomes, ask } = silentStorage(hand)
    ask()
    ask()
    hand.turns[0]?.()
    await settled()
    expect(hand.timers.map(({ ms }) => ms)).toEqual([limits.storageTimeoutMs])
    ask()
    await settled()
    expect(hand.turns).toHaveLength(1)
    hand.timers[0]?.end()
    await settled()
    expect(outcomes).toEqual([silence, silence, "none yet"])
    expect(hand.timers).toHaveLength(2)
    hand.timers[1]?.end()
    await settled()
    expect(outcomes).toEqual([silence, silence, silence])
    // Nobody waits, so no timer runs.
    expect(hand.timers).toHaveLength(2)
  })

  it("stops the timer when the last is answered, and no sooner", async () => {
    const hand = handMade()
    const { asked, outcomes, ask } = silentStorage(hand)
    ask()
    ask()
    hand.turns[0]?.()
    await settled()
    asked[0]?.answer()
    await settled()
    expect(hand.timers[0]?.isStopped).toBe(false)
    asked[1]?.fail(new Error("the disk is on fire"))
    await settled()
    expect(hand.timers[0]?.isStopped).toBe(true)
    expect(outcomes).toEqual(["the answer", "the disk is on fire"])
    ask()
    hand.turns[1]?.()
    await settled()
    expect(hand.timers).toHaveLength(2)
  })

  it("is not given up for a timer that was stopped, and is over all the same", async () => {
    const hand = handMade()
    const { asked, outcomes, ask } = silentStorage(hand)
    ask()
    hand.turns[0]?.()
    await settled()
    asked[0]?.answer()
    await settled()
    ask()
    hand.turns[1]?.()
    await settled()
    hand.timers[0]?.end()
    await settled()
    expect(outcomes).toEqual(["the answer", "none yet"])
    expect(hand.timers).toHaveLength(2)
    hand.timers[1]?.end()
    await settled()
    expect(outcomes).toEqual(["the answer", silence])
  })

  it("is answered for good: what comes too late, or from a broken timer, changes nothing", async () => {
    const hand = handMade()
    const { asked, outcomes, ask } = silentStorage(hand)
    ask()
    hand.turns[0]?.()
    await settled()
    hand.timers[0]?.end()
    await settled()
    asked[0]?.answer()
    await settled()
    expect(outcomes).toEqual([silence])
    ask()
    hand.turns[1]?.()
    await settled()
    hand.timers[1]?.fail()
    await settled()
    asked[1]?.answer()
    await settled()
    expect(outcomes).toEqual([silence, "the answer"])
  })

  it("is the same storage otherwise, and its stamp comes at once where it can", async () => {
    const inner = createMemoryStorage()
    const { timer, turn } = handMade()
    const storage = answeringStorage(inner, { timer, turn })
    const value = Uint8Array.of(1)
    expect(await storage.commit({ expect: [], put: [{ key: "a", value }], remove: [] })).toBe(true)
    expect(await storage.get(["a"])).toEqual(await inner.get(["a"]))
    expect(storage.stamp()).toBe(inner.stamp())
    const later: Storage["stamp"] = async () => "7" as unknown as Stamp
    expect(await answeringStorage({ ...inner, stamp: later }, { timer, turn }).stamp()).toBe("7")
    let isClosed = false
    const close = async () => {
      isClosed = true
    }
    await answeringStorage({ ...inner, close }, { timer, turn }).close()
    expect(isClosed).toBe(true)
  })

  it("fails a commit, a read and a stamp in the same way", async () => {
    const never = () => new Promise<never>(() => undefined)
    const inner = { ...createMemoryStorage(), get: never, commit: never, stamp: never }
    const hand = handMade()
    const storage = answeringStorage(inner, hand)
    const asked = [
      storage.get(["a"]),
      storage.commit({ expect: [], put: [], remove: [] }),
      Promise.resolve(storage.stamp()),
    ]
    const all = Promise.allSettled(asked)
    hand.turns[0]?.()
    await settled()
    hand.timers[0]?.end()
    const error = new Error(silence)
    expect((await all).map((one) => one.status === "rejected" && one.reason)).toEqual([
      error,
      error,
      error,
    ])
  })
})
