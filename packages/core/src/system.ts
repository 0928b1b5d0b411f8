import type { Clock } from "./ports/clock.js"
import type { Rest } from "./ports/rest.js"
import type { Timer } from "./ports/timer.js"

// Every JavaScript runtime has these; the language's own library of types does not.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown
declare const clearTimeout: (timeout: unknown) => void
declare const performance: { now(): number }
// Node, Bun and Deno have it; elsewhere a timer does.
declare const setImmediate: typeof setTimeout | undefined

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

/*
 * Taken when this file is loaded: a test that puts fake timers in their place later means its own
 * time and not ours. Fakes that were there before never fire by themselves, so nothing waits for
 * them.
 */
const later = typeof setImmediate === "function" ? setImmediate : setTimeout
const isFake = Object.hasOwn(later, "clock")
const stopwatchMs = performance.now.bind(performance)

/** Waits until everything else that is ready had its turn. Who waits together, goes on so. */
export function createTurns(): () => Promise<void> {
  let coming: Promise<void> | undefined
  const begin = async (): Promise<void> => {
    if (!isFake) await new Promise<void>((resolve) => later(resolve, 0))
    coming = undefined
  }
  return () => {
    coming ??= begin()
    return coming
  }
}

/** In so many turns of the microtask queue most calls that need not wait come to their end. */
const stepsOfCall = 32

/** So many may begin in one stretch: what a thousand would do later is not over before it began. */
const beginnersMax = 64

/** A stretch of work between two turns of the event loop. */
export interface Stretch {
  begin(): void
  /** Asked once for each step. */
  isOver(): boolean
}

/**
 * Rests whenever a stretch of work is over. Those that wait go on one after another, for one
 * stretch in each turn: a thousand that went on together would be one long stretch again.
 */
export function createRest({ begin, isOver }: Stretch): Rest {
  const turn = createTurns()
  let waiting: (() => void)[] = []
  let isServing = false
  let beginners = 0

  /** Lets go on whoever waited first; what each does until it waits again is done in between. */
  const serveAll = async (): Promise<void> => {
    let served = 0
    for (const goOn of waiting) {
      if (served > 0 && isOver()) break
      served += 1
      goOn()
      for (let step = 0; step < stepsOfCall; step += 1) await undefined
    }
    waiting = waiting.slice(served)
  }

  const serve = async (): Promise<void> => {
    isServing = true
    do {
      await turn()
      begin()
      beginners = 0
      // One alone, such as a loop of calls, is no burst.
      if (waiting.length === 1) waiting.pop()?.()
      else await serveAll()
    } while (waiting.length > 0)
    isServing = false
  }

  const wait = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (!isServing) void serve()
    })

  return () => {
    if (isServing || beginners === beginnersMax || isOver()) return wait()
    beginners += 1
    return undefined
  }
}

/** So long may work go on before everything else has its turn. */
const stretchMs = 5

/** Rests when a stretch of work has lasted a few milliseconds by the clock of the machine. */
export function systemRest(): Rest {
  let beganMs = stopwatchMs()
  return createRest({
    begin: () => {
      beganMs = stopwatchMs()
    },
    isOver: () => stopwatchMs() - beganMs >= stretchMs,
  })
}
