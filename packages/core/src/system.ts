import type { Clock } from "./ports/clock.js"
import type { Timer } from "./ports/timer.js"

// Every JavaScript runtime has these; the language's own library of types does not.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown
declare const clearTimeout: (timeout: unknown) => void

/** The clock of the machine: the one place where the core asks it. */
export const systemClock: Clock = () => Date.now()

/** Waits by the clock of the machine; a process lives as long as somebody waits. */
export const systemTimer: Timer = (timeoutMs) => {
  const running: { timeout?: unknown } = {}
  const over = new Promise<void>((resolve) => {
    running.timeout = setTimeout(resolve, timeoutMs)
  })
  return { over, stop: () => clearTimeout(running.timeout) }
}
