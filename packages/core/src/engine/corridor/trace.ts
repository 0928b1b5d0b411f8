import type { Decision } from "@keywright/policy"
import { auditEvent } from "../../model/audit-event.js"
import type { KnownCaller } from "../../model/caller.js"
import { newUuid } from "../../model/uuids.js"
import type { AnyRow } from "../../operations/row.js"
import type { KmsError } from "../../vocabulary/errors.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { internalFailure } from "../../vocabulary/refusals/requests.js"
import type { Host } from "../host/host.js"
import type { Request } from "./inquire.js"

/** The trace of one call; it is kept also when the call fails. */
export interface CallTrace {
  /** The reply, the error and the audit event of a call share it. */
  readonly requestId: string
  readonly operation: string
  readonly caller: KnownCaller
  /** Absent until the operation was understood. */
  row: AnyRow | undefined
  /** Absent until the input was understood. */
  input: Request["input"] | undefined
  decisions: Decision[]
  resources: string[]
  keyMaterialIds: readonly string[]
  /** Whether the request counts in its quotas already: it does so once. */
  isCounted: boolean
  /** Of the audit event, once there is one. */
  eventId: string | undefined
}

function newRequestId({ traceEntropy }: Host): string {
  try {
    return newUuid(traceEntropy)
  } catch (error) {
    throw internalFailure(error)
  }
}

/** Of a call that has just come in. */
export const newTrace = (host: Host, caller: KnownCaller, operation: string): CallTrace => ({
  requestId: newRequestId(host),
  operation,
  caller,
  row: undefined,
  input: undefined,
  decisions: [],
  resources: [],
  keyMaterialIds: [],
  isCounted: false,
  eventId: undefined,
})

/** What the audit event may show of the input, algorithms also where they were defaulted. */
function shownOf({ row, input }: CallTrace): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = {}
  if (row === undefined || input === undefined) return shown
  for (const subject of row.subjects) {
    const algorithm = "use" in subject ? subject.use?.algorithm : undefined
    if (algorithm?.default !== undefined) shown[algorithm.member] = algorithm.default
  }
  for (const member of row.audit as readonly string[]) {
    if (input[member] !== undefined) shown[member] = input[member]
  }
  return shown
}

/** Step 8. A sink that fails makes the call fail: nothing is answered that was not recorded. */
export function record(host: Host, trace: CallTrace, error?: KmsError): Eventually<void> {
  if (host.audit === undefined) return
  const { clock, traceEntropy, place } = host
  trace.eventId = newUuid(traceEntropy)
  const at = { eventId: trace.eventId, timeMs: clock(), region: place.region }
  const { requestId, operation, caller, decisions, resources, keyMaterialIds } = trace
  const happened = {
    requestId,
    operation,
    caller,
    readOnly: trace.row?.effect !== "write",
    shown: shownOf(trace),
    decisions,
    resources,
    keyMaterialIds,
  }
  return host.audit(auditEvent(happened, at, error))
}
