import type { Timer } from "../system.js"
import { isBusy } from "./driver.js"

/** Does work in the file, and waits outside of the driver while another connection holds it. */
export type Patience = <Result>(work: () => Result) => Promise<Result>

/** A write of another process takes a few milliseconds, most of them for its flush to the disk. */
const pauseMsMax = 8

/**
 * Waits in short pauses, so that whoever waits longest is not asked least; of uneven length, so
 * that connections do not meet again and again.
 */
export function createPatience(timer: Timer, busyTimeoutMs: number): Patience {
  let draw = 1
  const nextPauseMs = (): number => {
    draw = (draw * 5 + 3) % 16
    return 1 + (draw % pauseMsMax)
  }
  return async (work) => {
    for (let waitedMs = 0; ; ) {
      try {
        return work()
      } catch (cause) {
        if (!isBusy(cause) || waitedMs >= busyTimeoutMs) throw cause
      }
      const pauseMs = Math.min(nextPauseMs(), busyTimeoutMs - waitedMs)
      await timer(pauseMs).over
      waitedMs += pauseMs
    }
  }
}
