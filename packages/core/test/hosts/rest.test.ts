import { createRest } from "@keywright/core"
import { expect, it } from "vitest"

/** A stretch that is never over by the clock, as for calls that have yet to begin their work. */
const timeless = { begin: () => undefined, isOver: () => false }
const callsCount = 300

it("lets a few of many calls at once begin, and the next when others had their turn", async () => {
  const rest = createRest(timeless)
  const begun: string[] = []
  const begin = async (): Promise<void> => {
    await rest()
    begun.push("call")
  }
  setImmediate(() => begun.push("other"))
  const calls = Array.from({ length: callsCount }, begin)
  await Promise.all(calls)
  expect(begun.filter((who) => who === "call")).toHaveLength(callsCount)
  expect(begun.indexOf("other")).toBeGreaterThan(0)
  expect(begun.indexOf("other")).toBeLessThan(callsCount / 2)
})

it("gives a loop of calls its rest, too, however quick they are", async () => {
  const rest = createRest(timeless)
  let turns = 0
  for (let i = 0; i < callsCount; i += 1) {
    const needed = rest()
    if (needed !== undefined) turns += 1
    await needed
  }
  expect(turns).toBeGreaterThan(1)
  expect(turns).toBeLessThan(callsCount / 10)
})
