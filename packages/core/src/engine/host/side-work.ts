import type { Clock } from "../../ports/clock.js"
import type { Timer } from "../../ports/timer.js"
import { limits } from "../../vocabulary/limits.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"

/** Work that a call would like to be done first, and does without when it cannot be done now. */
export interface SideWork {
  /**
   * Does the work, or joins what is under way under that name. Answers what it has changed: false
   * also when it fails, when it takes too long, and for a while after it has failed.
   */
  attempt(name: string, work: () => Promise<boolean>): Promise<boolean>
}

/** `late` is told of work that has failed. */
export function createSideWork(clock: Clock, timer: Timer, late: () => void): SideWork {
  const underWay = new Map<string, Promise<boolean>>()
  const restsUntilMs = createRecentMap<number>(limits.restsMax)

  async function run(name: string, work: () => Promise<boolean>): Promise<boolean> {
    try {
      return await work()
    } catch {
      restsUntilMs.set(name, clock() + limits.restMs)
      late()
      return false
    } finally {
      underWay.delete(name)
    }
  }

  return {
    attempt: async (name, work) => {
      if (clock() < (restsUntilMs.get(name) ?? 0)) return false
      const running = underWay.get(name) ?? run(name, work)
      underWay.set(name, running)
      const { over, stop } = timer(limits.sideWorkMs)
      try {
        return await Promise.race([running, over.then(() => false)])
      } finally {
        stop()
      }
    },
  }
}
