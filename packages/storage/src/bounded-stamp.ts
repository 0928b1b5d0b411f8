import type { Stamp } from "./contract.js"
import type { SteadyClock } from "./system.js"

/** The stamps of one handle on a store that others write to, too. */
export interface Stamps {
  stamp(): Stamp | Promise<Stamp>
  /** This handle has changed something. */
  advance(): void
}

/** A handle that cannot know what others write: no two of its stamps are equal. */
export function createFreshStamps(): Stamps {
  let count = 0
  const advance = (): void => {
    count += 1
  }
  const stamp = (): number => {
    advance()
    return count
  }
  return { stamp, advance }
}

/**
 * A handle whose host takes what is at most `stalenessMs` old: it asks the store for its state, and
 * trusts the answer for so long, counted from when it asked. What this handle writes it sees at
 * once. A store that does not answer has no stamp.
 */
export function createBoundedStamps(
  poll: () => Promise<string>,
  stalenessMs: number,
  clock: SteadyClock,
): Stamps {
  let state: string | undefined
  let count = 0
  let askedMs = Number.NEGATIVE_INFINITY
  let asking: Promise<Stamp> | undefined

  const ask = async (): Promise<Stamp> => {
    const beganMs = clock()
    const answer = await poll()
    if (answer !== state) count += 1
    state = answer
    askedMs = beganMs
    return count
  }

  return {
    stamp: () => {
      if (clock() - askedMs <= stalenessMs) return count
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
    advance: () => {
      count += 1
    },
  }
}
