import type { CallHead, KnownCaller } from "../../model/caller.js"
import { asKmsError } from "../../model/failures.js"
import { newUuid } from "../../model/uuids.js"
import { findRow } from "../../operations/catalogue.js"
import { TornReadError } from "../../operations/follow.js"
import type { KmsError } from "../../vocabulary/errors.js"
import { andThen } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import { internalFailure } from "../../vocabulary/refusals/requests.js"
import type { Host } from "../host/host.js"
import { attempt, inquiryOf, newWalk, type Walk } from "./attempt.js"
import { parseRequest } from "./parse-input.js"
import { record, resourcesOf } from "./record.js"
import { inWriteTurn } from "./write-turn.js"

export interface Answer {
  readonly requestId: string
  /** Made for this call: whoever gets it may add to it. */
  readonly reply: object
}

function newRequestId({ traceEntropy }: Host): string {
  try {
    return newUuid(traceEntropy)
  } catch (error) {
    throw internalFailure(error)
  }
}

/** The error that the caller gets, recorded. */
async function refuse(
  host: Host,
  head: CallHead,
  walk: Walk | undefined,
  thrown: unknown,
): Promise<KmsError> {
  let error = asKmsError(thrown, findRow(head.operation)?.tokenRefusal)
  try {
    await host.rest()
    host.noteRefusedRecord(thrown)
    await record(host, head, walk, error)
  } catch (unrecorded) {
    error = internalFailure(unrecorded)
  }
  error.requestId = head.requestId
  return error
}

/** A call that writes goes in turn with those of this host that are about the same. */
const attemptInTurn = (host: Host, walk: Walk): Promise<object> =>
  inWriteTurn(host, (turn) => {
    walk.turn = turn
    return andThen(attempt(host, walk), () => walk.outcome)
  })

/** Hears what a call came to. */
type Told = (requestId: string, walk: Walk | undefined, error?: KmsError) => void

/** Walks a call through the corridor. What is thrown is always a {@link KmsError}. */
export async function answer(
  host: Host,
  caller: KnownCaller,
  operation: string,
  rawInput: unknown,
  told?: Told,
): Promise<Answer> {
  const requestId = newRequestId(host)
  const scratch = host.scratches.borrow()
  let walk: Walk | undefined
  try {
    const { row, input } = parseRequest(operation, rawInput, scratch.allocate)
    walk = newWalk({ requestId, operation, caller, row, input, allocate: scratch.allocate })
    const counted = host.throttle?.count(walk.request)
    if (counted !== undefined) await counted
    const rest = host.rest()
    if (rest !== undefined) await rest
    if (row.effect === "write") await attemptInTurn(host, walk)
    for (let attempts = 0; walk.outcome === undefined; attempts += 1) {
      if (attempts === limits.commitAttemptsMax) throw internalFailure()
      try {
        const attempted = attempt(host, walk)
        if (attempted instanceof Promise) await attempted
      } catch (thrown) {
        if (!(thrown instanceof TornReadError)) throw thrown
      }
    }
    const eventId = host.audit && (await record(host, walk.request, walk))
    if (row.effect === "use") {
      const { nowMs: usedMs } = inquiryOf(walk)
      host.lastUsages.note({ operation, usedMs, requestId, eventId }, resourcesOf(walk))
    }
    told?.(requestId, walk)
    return { requestId, reply: walk.outcome.reply }
  } catch (thrown) {
    const error = await refuse(host, { requestId, operation, caller }, walk, thrown)
    told?.(requestId, walk, error)
    throw error
  } finally {
    host.scratches.giveBack(scratch)
  }
}
