/** Waits for a while; `over` resolves when it has passed. Like the timer port of the engine. */
export type Timer = (timeoutMs: number) => { readonly over: Promise<void> }

/** Tells the time in milliseconds, from any moment on. It never goes back. */
export type SteadyClock = () => number

// Every JavaScript runtime has these; the language's own library of types does not.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown
declare const performance: { now(): number }
declare const crypto: { randomUUID(): string }

/** Waits by the clock of the machine. */
export const systemTimer: Timer = (timeoutMs) => ({
  over: new Promise((resolve) => void setTimeout(resolve, timeoutMs)),
})

export const steadyClock: SteadyClock = () => performance.now()

/** A name that nobody else has. */
export const newName = (): string => crypto.randomUUID()
