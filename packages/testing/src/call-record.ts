import type { AuditEvent } from "@keywright/core"
import type { FaultName } from "./fault-row.js"

/** One API call that an engine of the kit was asked to make, whether or not it did. */
export interface CallRecord {
  /** By its AWS name, for example `GenerateDataKey`. */
  readonly operation: string
  /** The ARN of the principal, of a role session where a role called. */
  readonly caller: string
  readonly account: string
  readonly region: string
  /** The members of the input that may be shown, by their AWS names. */
  readonly input: Readonly<Record<string, unknown>>
  /** The keys that the call was about, as far as they were found. */
  readonly keyArns: readonly string[]
  /** The key materials that were used. */
  readonly keyMaterialIds: readonly string[]
  /** Why it was allowed or refused, one for each permission that it needed. */
  readonly decisions: AuditEvent["decisions"]
  /** The name of the error that the engine answered with. */
  readonly error?: string
  /** The planned fault that the call met. One that kept it from the engine left no audit event. */
  readonly fault?: FaultName
  readonly requestId: string
  /** By the clock of the kit. */
  readonly time: Date
}

/** Audit events have the names of CloudTrail, in lower camel case. */
function byAwsNames(parameters: AuditEvent["requestParameters"]): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const name in parameters) {
    input[name.charAt(0).toUpperCase() + name.slice(1)] = parameters[name]
  }
  return input
}

/** The call that an audit event tells of. */
export function callRecordOf(event: AuditEvent, fault?: FaultName): CallRecord {
  const { userIdentity, errorCode } = event
  return Object.freeze({
    operation: event.eventName,
    caller: userIdentity.arn,
    account: userIdentity.accountId,
    region: event.region,
    input: Object.freeze(byAwsNames(event.requestParameters)),
    keyArns: Object.freeze(event.resources.map(({ arn }) => arn)),
    keyMaterialIds: Object.freeze([...event.keyMaterialIds]),
    decisions: Object.freeze([...event.decisions]),
    requestId: event.requestId,
    time: event.eventTime,
    ...(errorCode !== undefined && { error: errorCode }),
    ...(fault !== undefined && { fault }),
  })
}
