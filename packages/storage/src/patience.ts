import { StorageError } from "./storage-error.js"
import type { SteadyClock, Timer } from "./system.js"

/** How long a call goes on asking. */
export interface Waiting {
  /** How long one attempt waits for its answer. */
  readonly deadlineMs: number
  /** How long attempts go on. */
  readonly patienceMs: number
  readonly timer: Timer
  readonly clock: SteadyClock
}

interface Asked<Answer> {
  /** One attempt. `giveUp` rejects when its time is over. */
  readonly attempt: (giveUp: Promise<never>) => Promise<Answer>
  /** Whether it may go better the next time. */
  readonly isPassing: (error: unknown) => boolean
  /** What the caller is told of the last failure. */
  readonly toStorageError: (error: unknown) => unknown
  /** Who does not answer. */
  readonly name: string
}

const pauseMsMin = 10
const pauseMsMax = 250

/** Asks for something that does no harm when it is done twice, until there is an answer. */
export async function askPatiently<Answer>(
  { deadlineMs, patienceMs, timer, clock }: Waiting,
  { attempt, isPassing, toStorageError, name }: Asked<Answer>,
): Promise<Answer> {
  const endMs = clock() + patienceMs
  const giveUpAfter = async (over: Promise<void>): Promise<never> => {
    await over
    throw new StorageError("failed", `${name} has not answered in time; what was sent may be done`)
  }
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
    const { over, stop } = timer(Math.min(deadlineMs, Math.max(1, endMs - clock())))
    const giveUp = giveUpAfter(over)
    giveUp.catch(() => undefined)
    try {
      return await Promise.race([attempt(giveUp), giveUp])
    } catch (error) {
      if (!isPassing(error) || clock() + pauseMs >= endMs) throw toStorageError(error)
    } finally {
      stop()
    }
    await timer(pauseMs).over
  }
}
