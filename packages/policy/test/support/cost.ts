import process from "node:process"
import { expect } from "vitest"

/** Processor time, the least of a few runs, so that a busy machine does not decide. */
export function leastMilliseconds(work: () => void, runs = 12): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run += 1) {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1_000)
  }
  return least
}

const text = "a".repeat(1_000)

/** A million steps that a compiler cannot leave out. */
function millionSteps(): void {
  let sum = 1
  for (let step = 0; step < 1_000_000; step += 1) {
    sum = (Math.imul(sum, 31) + text.charCodeAt(step % text.length)) | 0
  }
  if (sum === 0) throw new Error("the sum is not zero")
}

/**
 * Work costs at most so many millions of steps on the same machine and in the same moment. It may
 * try often: a busy machine, and a compiler that lags behind on it, only ever add to a cost.
 */
export function expectMillionsOfSteps(work: () => void, most: number): void {
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 30 && least >= most; tries += 1) {
    least = Math.min(least, leastMilliseconds(work, 2) / leastMilliseconds(millionSteps, 2))
  }
  expect(least).toBeLessThan(most)
}
