import type { Timer } from "../../src/ports/timer.js"

/** A timer as a test sees it: over when the test says so. */
export interface HeldTimer {
  readonly ms: number
  end(): void
  fail(): void
  isStopped: boolean
}

/** Timers that are over when a test says so, in the order in which they were begun. */
export function handTimer() {
  const timers: HeldTimer[] = []
  const timer: Timer = (ms) => {
    const held: HeldTimer = { ms, end: () => {}, fail: () => {}, isStopped: false }
    const over = new Promise<void>((resolve, reject) => {
      held.end = resolve
      held.fail = () => reject(new Error("the timer is broken"))
    })
    const stop = (): void => {
      held.isStopped = true
    }
    timers.push(held)
    return { over, stop }
  }
  return { timers, timer }
}
