import { describe, expect, it } from "vitest"
import { systemTimer } from "../../src/system.js"

describe("the timer of the machine", () => {
  it("is over after its time, and not before", async () => {
    const beganMs = performance.now()
    await systemTimer(30).over
    expect(performance.now() - beganMs).toBeGreaterThan(25)
  })

  it("that was stopped is never over", async () => {
    const { over, stop } = systemTimer(10)
    stop()
    const later = systemTimer(40).over.then(() => "later")
    expect(await Promise.race([over.then(() => "over"), later])).toBe("later")
  })
})
