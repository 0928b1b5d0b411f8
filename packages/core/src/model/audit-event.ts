import type { AuditEvent } from "../ports/audit.js"
import { parseArn } from "../vocabulary/arns.js"
import type { KmsError } from "../vocabulary/errors.js"

import { lowerFirst } from "../vocabulary/lower-first.js"
import type { CallHead, KnownCaller } from "./caller.js"

/** What is known of a call when it is over, whatever became of it. */
interface Happened
  extends Pick<AuditEvent, "eventId" | "region" | "readOnly" | "keyMaterialIds" | "decisions"> {
  readonly timeMs: number
  /** The members that an audit event may show, as parsed. */
  readonly shown: Readonly<Record<string, unknown>>
  /** The ARNs of keys. */
  readonly resources: readonly string[]
}

const principalTypes = {
  user: "IAMUser",
  "role-session": "AssumedRole",
  "federated-user": "FederatedUser",
  root: "Root",
  service: "AWSService",
} as const satisfies Readonly<Record<KnownCaller["type"], string>>

function tlsDetailsOf({ context: { tls } }: KnownCaller): Pick<AuditEvent, "tlsDetails"> {
  if (tls === undefined) return {}
  const { version: tlsVersion, cipher: cipherSuite, group } = tls
  return {
    tlsDetails: { tlsVersion, cipherSuite, ...(group !== undefined && { keyExchange: group }) },
  }
}

/**
 * The record of one call. Only members that the operation lists are shown.
 *
 * Source: AWS CloudTrail User Guide, "CloudTrail record contents for management events".
 */
export function auditEvent(
  { requestId, operation, caller }: CallHead,
  happened: Happened,
  error: KmsError | undefined,
): AuditEvent {
  const { shown, resources } = happened
  const parameters: Record<string, unknown> = {}
  for (const name of Object.keys(shown)) parameters[lowerFirst(name)] = shown[name]
  return {
    eventId: happened.eventId,
    requestId,
    eventTime: new Date(happened.timeMs),
    eventName: operation,
    region: happened.region,
    userIdentity: {
      type: principalTypes[caller.type],
      arn: caller.arn,
      accountId: caller.account,
    },
    sourceIp: caller.context.sourceIp,
    vpcEndpointId: caller.context.sourceVpce,
    ...tlsDetailsOf(caller),
    readOnly: happened.readOnly,
    requestParameters: parameters,
    resources: resources.map((arn) => ({
      arn,
      accountId: parseArn(arn)?.account ?? caller.account,
    })),
    keyMaterialIds: happened.keyMaterialIds,
    errorCode: error?.name,
    errorMessage: error?.message,
    decisions: happened.decisions,
  }
}
