import { TornReadError } from "../../operations/follow.js"
import type { Running } from "../../ports/timer.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import { tooManyRequests } from "../../vocabulary/refusals/requests.js"
import type { Host } from "../host/host.js"
import type { ReadSet } from "../records/read-set.js"
import type { Turn, Waiting } from "../records/turns.js"

/** How an attempt of a call that writes goes in turn with others of this host. */
export interface WriteTurn {
  /** Begins to read: what others are about to write before what is stored. */
  begin(): Promise<ReadSet>
  /** Whether it is the call's turn for all that it has read. If not, it begins again later. */
  isHeld(reads: ReadSet): boolean
  /** To be called once the call has decided: then others may. */
  readonly decided: () => void
}

/** Whether all that was relied on is on the disk by now. */
async function isWritten(reads: ReadSet | undefined): Promise<boolean> {
  for (const { written } of reads?.relied().values() ?? []) {
    if (!(await written.catch(() => false))) return false
  }
  return true
}

/** A bound on the waiting of one call, which begins when it first waits. */
function createPatience({ timer }: Host) {
  let running: Running | undefined
  let isOver = false
  const over = (): Promise<void> => {
    if (running === undefined) {
      running = timer(limits.writeTimeoutMs)
      running.over.then(
        () => {
          isOver = true
        },
        () => undefined,
      )
    }
    return running.over
  }
  return {
    /** Resolves when the call has waited for too long. */
    over,
    check: (): void => {
      if (isOver) throw tooManyRequests()
    },
    /** Nothing is decided yet: it may end here. */
    waitFor: async (event: Promise<void>): Promise<void> => {
      await Promise.race([event, over()])
      if (isOver) throw tooManyRequests()
    },
    stop: (): void => running?.stop(),
  }
}

/**
 * Decides a call that writes, in turn with those that are about the same entries, until nothing
 * that it relies on has changed meanwhile. Throws `ThrottlingException` when that takes too long.
 */
export async function inWriteTurn<Result>(
  host: Host,
  attempt: (turn: WriteTurn) => Eventually<Result | undefined>,
): Promise<Result> {
  const { desk, turns, reader, timer } = host
  const place = turns.newPlace()
  const patience = createPatience(host)
  const keys = new Set<string>()

  const waitFor = async ({ turn, leave }: Waiting): Promise<Turn> => {
    const first = await Promise.race([turn, patience.over()])
    if (first !== undefined) return first
    leave()
    throw tooManyRequests()
  }

  const attemptOnce = async (held: Turn | undefined): Promise<Result | undefined> => {
    let turn = held
    let reads: ReadSet | undefined
    let isDecided = false
    const endDeciding = desk.deciding()
    const decided = (): void => {
      isDecided = true
      turn?.release()
      endDeciding()
    }
    const isHeld = (now: ReadSet): boolean => {
      const wanted = now.keys()
      turn ??= turns.take(wanted, place)
      const mine = turn?.keys
      return mine !== undefined && wanted.every((key) => mine.has(key))
    }
    const begin = async (): Promise<ReadSet> => {
      const landed = desk.landed()
      if (landed instanceof Promise) await patience.waitFor(landed)
      reads = await reader.begin(desk.pending)
      return reads
    }
    try {
      const result = await attempt({ begin, isHeld, decided })
      return (await isWritten(reads)) ? result : undefined
    } catch (refusal) {
      if (refusal instanceof TornReadError) return undefined
      // What was never written must not be the reason of a refusal. A write that has failed is no
      // refusal: it may be on the disk, and decided again it would meet itself, or be made twice.
      if (isDecided || (await isWritten(reads))) throw refusal
      return undefined
    } finally {
      decided()
      for (const key of reads?.keys() ?? []) keys.add(key)
    }
  }

  try {
    for (let attempts = 1; ; attempts += 1) {
      const held = keys.size === 0 ? undefined : await waitFor(turns.queue([...keys], place))
      const result = await attemptOnce(held)
      if (result !== undefined) return result
      void patience.over()
      // However stores and ports are made: the timer must have a chance.
      if (attempts % limits.commitAttemptsMax === 0) await timer(1).over
      patience.check()
    }
  } finally {
    patience.stop()
  }
}
