import type { Hits, Measured } from "../messages.js"
import type { FileRunner } from "./file-runner.js"
import { takeHits } from "./switches.js"

const beyond = (some: Hits, others: Hits): readonly string[] =>
  Object.keys(some).filter((id) => (some[id] ?? 0) > (others[id] ?? 0))

const without = (some: Hits, others: Hits): readonly string[] =>
  Object.keys(some).filter((id) => others[id] === undefined)

/** So long a file is listened to; a test that has not begun by then would end no trial either. */
const fileMs = 30_000

/**
 * Runs a file twice: what only the first run does is done once in a process, as what is done while
 * modules load, and what the first one to ask has made for all.
 */
export async function measure(runner: FileRunner, file: string): Promise<Measured> {
  const once = await runner.run(file, undefined, fileMs)
  const first = takeHits()
  const again = await runner.run(file, [...once.durations.keys()])
  const then = takeHits()
  const tests = [...again.durations].map(([id, ms]) => ({ id, ms, hits: then.ofTest(id) }))
  const testsMs = tests.reduce((sum, { ms }) => sum + ms, 0)
  return {
    kind: "measured",
    isPassing: once.failed === undefined && again.failed === undefined,
    once: [
      ...beyond(first.outside, then.outside),
      ...tests.flatMap(({ id, hits }) => without(first.ofTest(id), hits)),
    ],
    outside: then.outside,
    outsideMs: Math.max(0, again.allMs - testsMs),
    tests,
  }
}
