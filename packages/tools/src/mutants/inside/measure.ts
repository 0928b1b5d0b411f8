import type { Hits, Measured } from "../messages.js"
import type { FileRunner } from "./file-runner.js"
import { takeHits } from "./switches.js"

const sumOf = (all: readonly Hits[]): Hits => {
  const sum: Record<string, number> = {}
  for (const hits of all) {
    for (const [id, count] of Object.entries(hits)) sum[id] = (sum[id] ?? 0) + count
  }
  return sum
}

/**
 * Runs a file twice: what only the first run does is done once in a process, as what is done while
 * modules load, and what the first one to ask has made for all.
 */
export async function measure(runner: FileRunner, file: string): Promise<Measured> {
  const once = await runner.run(file)
  const first = takeHits()
  const again = await runner.run(file)
  const { outside, ofTest } = takeHits()
  const tests = [...again.durations].map(([id, durationMs]) => ({
    id,
    durationMs,
    hits: ofTest(id),
  }))
  const testsMs = tests.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return {
    kind: "measured",
    isPassing: once.failed === undefined && again.failed === undefined,
    first: sumOf([first.outside, ...[...once.durations.keys()].map(first.ofTest)]),
    outside,
    outsideMs: Math.max(0, again.allMs - testsMs),
    tests,
  }
}
