import { describe, expect, it } from "vitest"
import { createSideWork, type Done, type Work } from "../../src/engine/host/side-work.js"
import { limits } from "../../src/vocabulary/limits.js"
import { createClock } from "../support/clock.js"
import { handTimer } from "../support/hand-timer.js"

/** Work that ends, and timers that are over, when a test says so. */
function atWork() {
  const clock = createClock()
  const { timers, timer } = handTimer()
  const late: string[] = []
  const begun: { end: (done: Done) => void; fail: () => void }[] = []
  const { attempt } = createSideWork(clock, timer, (write) => late.push(write))
  const ask = (name: string, members: Partial<Work> = {}): Promise<boolean> =>
    attempt({
      name,
      write: "rotation",
      waitMs: 250,
      run: () =>
        new Promise((resolve, reject) =>
          begun.push({ end: resolve, fail: () => reject(new Error("the disk is full")) }),
        ),
      ...members,
    })
  return { clock, timers, late, begun, ask }
}

const changed: Done = { hasChanged: true }
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe("work beside a call", () => {
  it("answers whether it has changed anything, and stops its timer", async () => {
    const { ask, begun, timers, late } = atWork()
    for (const hasChanged of [true, false]) {
      const asked = ask("a")
      begun.at(-1)?.end({ hasChanged })
      expect(await asked).toBe(hasChanged)
    }
    expect(timers).toMatchObject([
      { ms: 250, isStopped: true },
      { ms: 250, isStopped: true },
    ])
    expect(late).toEqual([])
  })

  it("of one name is joined by who comes while it is under way, and that of another is not", async () => {
    const { ask, begun } = atWork()
    const asked = [ask("a"), ask("a"), ask("b")]
    expect(begun).toHaveLength(2)
    for (const { end } of begun) end(changed)
    expect(await Promise.all(asked)).toEqual([true, true, true])
    const again = ask("a")
    expect(begun).toHaveLength(3)
    begun[2]?.end(changed)
    expect(await again).toBe(true)
  })

  it("that is slow holds up nobody, goes on, and is not begun a second time", async () => {
    const { ask, begun, timers } = atWork()
    const asked = ask("a")
    timers[0]?.end()
    expect(await asked).toBe(false)
    expect(timers[0]?.isStopped).toBe(true)
    expect(await ask("a")).toBe(false)
    expect([begun.length, timers.length]).toEqual([1, 1])
    begun[0]?.end(changed)
    await settled()
    const again = ask("a")
    expect(begun).toHaveLength(2)
    begun[1]?.end(changed)
    expect(await again).toBe(true)
  })

  it("that fails is told of, and left alone for a while", async () => {
    const { ask, begun, late, clock } = atWork()
    const asked = ask("a")
    begun[0]?.fail()
    expect(await asked).toBe(false)
    expect(late).toEqual(["rotation"])
    clock.advanceMs(limits.restMs - 1)
    expect(await ask("a")).toBe(false)
    expect(begun).toHaveLength(1)
    clock.advanceMs(1)
    const again = ask("a")
    begun[1]?.end(changed)
    expect(await again).toBe(true)
  })

  it("is not done again until there is something to be done, as it says itself", async () => {
    const { ask, begun, clock, late } = atWork()
    const asked = ask("a")
    begun[0]?.end({ hasChanged: true, quietUntilMs: clock() + 100 })
    expect(await asked).toBe(true)
    clock.advanceMs(99)
    expect(await ask("a")).toBe(false)
    const other = ask("b")
    begun[1]?.end(changed)
    expect(await other).toBe(true)
    clock.advanceMs(1)
    const again = ask("a")
    begun[2]?.end(changed)
    expect(await again).toBe(true)
    expect(late).toEqual([])
  })
})
