/** Waits for a while, until it has passed or is stopped. The timer port of the engine is one. */
export type Timer = (timeoutMs: number) => {
  readonly over: Promise<void>
  /** Lets go of it: `over` may then stay open for ever. */
  stop(): void
}

/** Tells the time in milliseconds, from any moment on. It never goes back. */
export type SteadyClock = () => number

// Every JavaScript runtime has these; the language's own library of types does not.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown
declare const clearTimeout: (timeout: unknown) => void
declare const performance: { now(): number }
declare const crypto: { randomUUID(): string }

/** Waits by the clock of the machine. */
export const systemTimer: Timer = (timeoutMs) => {
  const running: { timeout?: unknown } = {}
  const over = new Promise<void>((resolve) => {
    running.timeout = setTimeout(resolve, timeoutMs)
  })
  return { over, stop: () => clearTimeout(running.timeout) }
}

export const steadyClock: SteadyClock = () => performance.now()

/** A name that nobody else has. */
export const newName = (): string => crypto.randomUUID()
