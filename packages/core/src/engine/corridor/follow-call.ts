import type { KnownCaller } from "../../model/caller.js"
import type { CallTrace, TracedCall } from "../../ports/call-trace.js"
import type { KmsError } from "../../vocabulary/errors.js"
import type { Host } from "../host/host.js"
import { type Answer, answer } from "./answer.js"
import type { Walk } from "./attempt.js"

/** Writes down what a walk came to; one that was refused at the door has found nothing out. */
function describe(
  call: TracedCall,
  requestId: string,
  walk: Walk | undefined,
  error: KmsError | undefined,
): void {
  call.requestId = requestId
  call.errorName = error?.name
  if (walk === undefined) return
  const { inquiry, outcome } = walk
  const keys = inquiry?.keyList.filter(({ isDraft }) => isDraft !== true) ?? []
  call.keys = keys.map(({ arn, record }) => ({ arn, keySpec: record.keySpec }))
  call.decisions = inquiry?.decisions ?? []
  call.keyMaterialIds = outcome?.keyMaterialIds ?? []
  call.storeReads = inquiry?.reads.storeReads() ?? 0
}

/** A call that somebody follows. Whatever becomes of that, the call is made at once, and once. */
export function followedAnswer(
  host: Host,
  trace: CallTrace,
  caller: KnownCaller,
  operation: string,
  input: unknown,
): Promise<Answer> {
  const call: TracedCall = {
    operation,
    region: host.place.region,
    principal: caller.arn,
    keys: [],
    keyMaterialIds: [],
    decisions: [],
    storeReads: 0,
  }
  let answered: Promise<Answer> | undefined
  const make = (): Promise<Answer> => {
    answered ??= answer(host, caller, operation, input, (requestId, walk, error) => {
      try {
        describe(call, requestId, walk, error)
      } catch {
        // Who follows has made it read-only. The call is done all the same.
      }
    })
    return answered
  }
  try {
    const followed = trace.run(call, () => make().then(() => undefined))
    // Of the call, its own promise tells.
    Promise.resolve(followed).catch(() => undefined)
  } catch {
    return make()
  }
  return make()
}

/** Whether a call is followed. Who fails to say does not follow. */
export function isFollowed(trace: CallTrace | undefined, operation: string): trace is CallTrace {
  try {
    return trace?.follows(operation) === true
  } catch {
    return false
  }
}
