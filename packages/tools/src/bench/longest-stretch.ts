import { readFileSync } from "node:fs"
import { PerformanceObserver } from "node:perf_hooks"
import process from "node:process"

/** How long other things in the process had to wait beside some work. */
export interface Stretch {
  /** Processor time of the whole. */
  readonly allMs: number
  /** The longest stretch of work between two turns of the event loop, without pauses of the GC. */
  readonly longestMs: number
  /** The same with these pauses. */
  readonly withGarbageMs: number
}

/** A turn of the event loop: when it came, and how much the thread had worked by then. */
interface Look {
  readonly atMs: number
  readonly usedMs: number
}

const threadFile = `/proc/self/task/${process.pid}/schedstat`

/**
 * Processor time of this thread alone: neither what the machine does besides nor what V8 compiles
 * and collects beside it is a stretch of ours. Where Linux does not tell, that of the process.
 */
function usedMs(): number {
  if (process.platform === "linux")
    return Number.parseInt(readFileSync(threadFile, "utf8"), 10) / 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const look = (): Look => ({ atMs: performance.now(), usedMs: usedMs() })

/** Looks at the clock in each turn of the event loop, as long as some work takes. */
export async function stretchOf(act: () => Promise<unknown>): Promise<Stretch> {
  const pauses: { readonly atMs: number; readonly ms: number }[] = []
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      pauses.push({ atMs: startTime, ms: duration })
    }
  })
  observer.observe({ entryTypes: ["gc"] })
  const looks = [look()]
  let isOver = false
  const watch = (): void => {
    looks.push(look())
    if (!isOver) setImmediate(watch)
  }
  setImmediate(watch)
  await act()
  isOver = true
  looks.push(look())
  // What the observer has to tell comes in a later turn.
  await new Promise((resolve) => setTimeout(resolve, 50))
  observer.disconnect()
  let longestMs = 0
  let withGarbageMs = 0
  for (const [i, { atMs, usedMs: used }] of looks.entries()) {
    const next = looks[i + 1]
    if (next === undefined) break
    const ms = next.usedMs - used
    const within = pauses.filter((pause) => pause.atMs >= atMs && pause.atMs < next.atMs)
    const garbageMs = within.reduce((sum, pause) => sum + pause.ms, 0)
    longestMs = Math.max(longestMs, ms - garbageMs)
    withGarbageMs = Math.max(withGarbageMs, ms)
  }
  const allMs = (looks.at(-1)?.usedMs ?? 0) - (looks[0]?.usedMs ?? 0)
  return { allMs, longestMs, withGarbageMs }
}
