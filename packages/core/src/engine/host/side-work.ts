import type { Clock } from "../../ports/clock.js"
import type { LateWrite } from "../../ports/events.js"
import type { Timer } from "../../ports/timer.js"
import { limits } from "../../vocabulary/limits.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"

/** What work has come to. */
export interface Done {
  /** Whether anything is not as it was before. */
  readonly hasChanged: boolean
  /** Until when there is nothing to be done again. */
  readonly quietUntilMs?: number | undefined
}

/** A piece of work that a call would like to be done first. */
export interface Work {
  /** Work under one name is the same work. */
  readonly name: string
  /** What will be written later when this fails. */
  readonly write: LateWrite
  /** How long a call waits for it. */
  readonly waitMs: number
  readonly run: () => Promise<Done>
}

/** Work that a call does without when it cannot be done now. */
export interface SideWork {
  /**
   * Does the work, or joins what is under way. Answers whether it has changed anything: false also
   * when it fails, when it takes too long, and for a while after it has failed. Work that somebody
   * has waited for in vain goes on, and nobody waits for it any more.
   */
  attempt(work: Work): Promise<boolean>
}

interface UnderWay {
  readonly done: Promise<boolean>
  isSlow: boolean
}

/** `late` is told of work that has failed. */
export function createSideWork(
  clock: Clock,
  timer: Timer,
  late: (write: LateWrite) => void,
): SideWork {
  const underWay = new Map<string, UnderWay>()
  const restsUntilMs = createRecentMap<number>(limits.restsMax)

  async function run({ name, write, run: work }: Work): Promise<boolean> {
    try {
      const { hasChanged, quietUntilMs } = await work()
      if (quietUntilMs !== undefined) restsUntilMs.set(name, quietUntilMs)
      return hasChanged
    } catch {
      restsUntilMs.set(name, clock() + limits.restMs)
      late(write)
      return false
    } finally {
      underWay.delete(name)
    }
  }

  return {
    attempt: async (work) => {
      const { name, waitMs } = work
      if (clock() < (restsUntilMs.get(name) ?? 0)) return false
      const running = underWay.get(name) ?? { done: run(work), isSlow: false }
      if (running.isSlow) return false
      underWay.set(name, running)
      const { over, stop } = timer(waitMs)
      try {
        const late = over.then(() => {
          running.isSlow = true
          return false
        })
        return await Promise.race([running.done, late])
      } finally {
        stop()
      }
    },
  }
}
