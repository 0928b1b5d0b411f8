import type { Timer } from "../../src/ports/timer.js"

export const dayMs = 86_400_000
export const startMs = Date.UTC(2026, 0, 15, 12)

/** A clock that stands still until the test moves it. */
export function createClock(nowMs = startMs) {
  const clock = Object.assign(() => clock.nowMs, {
    nowMs,
    advanceMs: (ms: number) => {
      clock.nowMs += ms
    },
    advanceDays: (days: number) => {
      clock.nowMs += days * dayMs
    },
  })
  return clock
}
export type TestClock = ReturnType<typeof createClock>

/*
 * Who waits for somebody who waits for a third has to wait longer than they do, so the lengths keep
 * their order; and a busy machine gets as many turns of the event loop as regions at work may take.
 */
async function moment(timeoutMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.min(timeoutMs / 5, 400)))
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A timer that is soon over. */
export const impatient: Timer = (timeoutMs) => ({ over: moment(timeoutMs), stop: () => undefined })
