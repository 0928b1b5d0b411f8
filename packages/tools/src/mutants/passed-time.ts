import { performance } from "node:perf_hooks"

const tickMs = 1000
const stillMs = 5000

/**
 * Answers whether time passed as it should: not just after this process stood still for a while,
 * which ends tests for their time that did not hang.
 */
export function watchTime(): () => boolean {
  let tickedMs = performance.now()
  let stoodStillMs = Number.NEGATIVE_INFINITY
  const look = (): void => {
    const nowMs = performance.now()
    if (nowMs - tickedMs > stillMs) stoodStillMs = nowMs
    tickedMs = nowMs
  }
  setInterval(look, tickMs).unref()
  return () => {
    look()
    return performance.now() - stoodStillMs > stillMs
  }
}
