import { StorageError } from "../storage-error.js"
import type { SteadyClock, Timer } from "../system.js"
import type { Row, Session } from "./database.js"
import { givenUp, isPassing, toStorageError } from "./failures.js"

/** Runs statements, again and again while no primary answers. */
export interface Client {
  /**
   * Runs a statement that does no harm when it runs twice. Throws a `StorageError` when there was
   * no answer within the patience of the host.
   */
  run(text: string, parameters: (string | number | readonly string[])[]): Promise<readonly Row[]>
}

export interface Waiting {
  /** How long one attempt waits for its answer. */
  readonly deadlineMs: number
  /** How long attempts go on. */
  readonly patienceMs: number
  readonly timer: Timer
  readonly clock: SteadyClock
}

const pauseMsMin = 10
const pauseMsMax = 250

/** A standby answers like a primary, and may be behind. */
const isOfStandby = (rows: readonly Row[]): boolean => rows[0]?.["standby"] === true

export function createClient(session: Session, waiting: Waiting): Client {
  const { deadlineMs, patienceMs, timer, clock } = waiting

  const attempt = async (
    text: string,
    parameters: (string | number | readonly string[])[],
    restMs: number,
  ): Promise<readonly Row[]> => {
    let isOver = false
    const giveUp = timer(Math.min(deadlineMs, restMs)).over.then((): never => {
      isOver = true
      throw givenUp()
    })
    giveUp.catch(() => undefined)
    const rows = await session.run(text, parameters, giveUp)
    if (isOver) throw givenUp()
    return rows
  }

  return {
    run: async (text, parameters) => {
      const endMs = clock() + patienceMs
      for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
        let failure: unknown
        try {
          const rows = await attempt(text, parameters, Math.max(1, endMs - clock()))
          if (!isOfStandby(rows)) return rows
          failure = new StorageError("failed", "PostgreSQL is a standby: no primary was found")
        } catch (error) {
          if (!isPassing(error)) throw toStorageError(error)
          failure = error
        }
        if (clock() + pauseMs >= endMs) throw toStorageError(failure)
        await timer(pauseMs).over
      }
    },
  }
}
