/** Waits for a while; `over` resolves when it has passed. Like the timer port of the engine. */
export type Timer = (timeoutMs: number) => { readonly over: Promise<void> }

// Every JavaScript runtime has this; the language's own library of types does not.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown

/** Waits by the clock of the machine. */
export const systemTimer: Timer = (timeoutMs) => ({
  over: new Promise((resolve) => void setTimeout(resolve, timeoutMs)),
})
