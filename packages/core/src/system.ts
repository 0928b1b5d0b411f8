import type { Clock } from "./ports/clock.js"
import type { Timer } from "./ports/timer.js"

// Every JavaScript runtime has these; the language's own library of types does not.
declare const AbortSignal: {
  timeout(timeoutMs: number): {
    addEventListener(type: "abort", listener: () => void): void
    removeEventListener(type: "abort", listener: () => void): void
  }
}

/** The clock of the machine: the one place where the core asks it. */
export const systemClock: Clock = () => Date.now()

/** Waits by the clock of the machine; does not keep a process alive by itself. */
export const systemTimer: Timer = (timeoutMs) => {
  const signal = AbortSignal.timeout(timeoutMs)
  const listening = { listener: () => {} }
  const over = new Promise<void>((resolve) => {
    listening.listener = resolve
    signal.addEventListener("abort", resolve)
  })
  return { over, stop: () => signal.removeEventListener("abort", listening.listener) }
}
