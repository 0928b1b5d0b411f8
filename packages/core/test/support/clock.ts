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

/** A moment, and as many turns of the event loop as regions at work may take on a busy machine. */
async function moment(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** A timer that is soon over. */
export const impatient: Timer = () => ({ over: moment(), stop: () => undefined })
