import { describe, expect, it } from "vitest"
import { systemTimer } from "../../src/system.js"

describe("the timer of the machine", () => {
  it("is over after a shorter one, and before a longer one", async () => {
    const ended: number[] = []
    const times = [60, 30, 90]
    await Promise.all(times.map((ms) => systemTimer(ms).over.then(() => ended.push(ms))))
    expect(ended).toEqual([30, 60, 90])
  })

  it("that was stopped is never over", async () => {
    const { over, stop } = systemTimer(10)
    stop()
    const later = systemTimer(40).over.then(() => "later")
    expect(await Promise.race([over.then(() => "over"), later])).toBe("later")
  })
})
