import process from "node:process"
import { createTestKms } from "@keywright/testing"
import { median } from "./figures.js"

/*
 * Times of the test kit, each the median of many, in a process of its own; printed as JSON.
 */

const keys = 1000

/** Wall time of one, in ms: what a test waits for. */
async function medianMs(times: number, act: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let time = 0; time < times; time += 1) {
    const start = performance.now()
    await act()
    taken.push(performance.now() - start)
  }
  return median(taken)
}

const start = performance.now()
const kit = await createTestKms()
const firstMs = performance.now() - start
const createMs = await medianMs(200, () => createTestKms())
const seededMs = await medianMs(200, () => createTestKms({ seed: "bench" }))

const app = kit.client()
for (let key = 0; key < keys; key += 1) await app.createKey({})
const forkMs = await medianMs(500, () => kit.fork())
const backs: number[] = []
for (let time = 0; time < 200; time += 1) {
  const before = performance.now()
  const snapshot = kit.snapshot()
  const taken = performance.now() - before
  // There is something to come back from.
  await app.createKey({})
  const later = performance.now()
  await kit.restore(snapshot)
  backs.push(taken + performance.now() - later)
}
const backMs = median(backs)
process.stdout.write(JSON.stringify({ firstMs, createMs, seededMs, forkMs, backMs }))
