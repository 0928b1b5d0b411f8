import type { Storage } from "@keywright/storage"
import type { Running, Timer } from "../../ports/timer.js"
import { limits } from "../../vocabulary/limits.js"
import { isThenable } from "./guard-ports.js"

interface Waiting {
  readonly fail: (error: Error) => void
  /** Whether it has waited since the timer began that runs. */
  isCounted: boolean
}

interface LimitParts {
  readonly timer: Timer
  /** Resolves when everything else that is ready had its turn. */
  readonly turn: () => Promise<void>
}

type Limited = <Answer>(answer: Answer | Promise<Answer>) => Promise<Answer>

/**
 * Lets fail what is not answered in time, or in twice that at most. Most storages answer before
 * anything else has its turn, so a timer runs only where one does not: one for all that wait.
 */
function createLimit({ timer, turn }: LimitParts): Limited {
  const waiting = new Set<Waiting>()
  let running: Running | undefined
  let isWatching = false

  const failCounted = (): void => {
    running = undefined
    for (const one of waiting) {
      if (!one.isCounted) continue
      waiting.delete(one)
      one.fail(new Error("the storage has not answered"))
    }
    count()
  }

  const count = (): void => {
    if (waiting.size === 0 || running !== undefined) return
    for (const one of waiting) one.isCounted = true
    const begun = timer(limits.storageTimeoutMs)
    running = begun
    // One that was stopped may be over all the same.
    const expire = (): void => {
      if (running === begun) failCounted()
    }
    begun.over.then(expire).catch(() => undefined)
  }

  const watch = async (): Promise<void> => {
    isWatching = true
    await turn()
    isWatching = false
    count()
  }

  const leave = (one: Waiting): void => {
    waiting.delete(one)
    if (waiting.size > 0 || running === undefined) return
    running.stop()
    running = undefined
  }

  return (answer) =>
    new Promise((resolve, reject) => {
      const one = { fail: reject, isCounted: false }
      waiting.add(one)
      if (running === undefined && !isWatching) watch().catch(() => undefined)
      Promise.resolve(answer).then(
        (value) => {
          leave(one)
          resolve(value)
        },
        (error: unknown) => {
          leave(one)
          reject(error)
        },
      )
    })
}

/**
 * The same storage, of which no call waits for good: what one host waits for in vain holds up all
 * that follows. As with every failure, a commit may be written all the same.
 */
export function answeringStorage(storage: Storage, parts: LimitParts): Storage {
  const limited = createLimit(parts)
  return {
    get: (keys) => limited(storage.get(keys)),
    list: (range) => limited(storage.list(range)),
    commit: (change) => limited(storage.commit(change)),
    stamp: () => {
      const stamp = storage.stamp()
      return isThenable(stamp) ? limited(stamp) : stamp
    },
    close: () => storage.close(),
  }
}
