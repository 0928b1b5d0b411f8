import type { Decision } from "@keywright/policy"
import type { AuditEvent } from "../ports/audit.js"
import { parseArn } from "../vocabulary/arns.js"
import type { KmsError } from "../vocabulary/errors.js"
import type { KnownCaller } from "./caller.js"

/** What is known of a call when it is over, whatever became of it. */
export interface Trace {
  readonly requestId: string
  readonly operation: string
  readonly caller: KnownCaller
  readonly readOnly: boolean
  /** The members that an audit event may show, as parsed. */
  readonly shown: Readonly<Record<string, unknown>>
  readonly decisions: readonly Decision[]
  readonly resources: readonly string[]
  readonly keyMaterialIds: readonly string[]
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

const principalTypes = {
  user: "IAMUser",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  root: "Root",
  service: "AWSService",
} as const satisfies Readonly<Record<KnownCaller["type"], string>>

/**
 * The record of one call. Only members that the operation lists are shown.
 *
 * Source: AWS CloudTrail User Guide, "CloudTrail record contents for management events".
 */
export function auditEvent(
  trace: Trace,
  at: { readonly eventId: string; readonly timeMs: number; readonly region: string },
  error: KmsError | undefined,
): AuditEvent {
  const { caller, shown } = trace
  const parameters: Record<string, unknown> = {}
  for (const name of Object.keys(shown)) parameters[lowerFirst(name)] = shown[name]
  return {
    eventId: at.eventId,
    requestId: trace.requestId,
    eventTime: new Date(at.timeMs),
    eventName: trace.operation,
    region: at.region,
    userIdentity: {
      type: principalTypes[caller.type],
      arn: caller.arn,
      accountId: caller.account,
    },
    sourceIp: caller.context.sourceIp,
    vpcEndpointId: caller.context.sourceVpce,
    readOnly: trace.readOnly,
    requestParameters: parameters,
    resources: trace.resources.map((arn) => ({
      arn,
      accountId: parseArn(arn)?.account ?? caller.account,
    })),
    keyMaterialIds: trace.keyMaterialIds,
    errorCode: error?.name,
    errorMessage: error?.message,
    decisions: trace.decisions,
  }
}
