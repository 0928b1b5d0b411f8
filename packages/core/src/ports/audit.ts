import type { Decision } from "@keywright/policy"
import type { Eventually } from "../vocabulary/eventually.js"

/**
 * What happened in one call, allowed or refused. Never holds plaintext, ciphertext, messages,
 * signatures, tokens or key material.
 *
 * Source: the AWS CloudTrail record of an AWS KMS API call.
 */
export interface AuditEvent {
  readonly eventId: string
  readonly requestId: string
  readonly eventTime: Date
  readonly eventName: string
  readonly region: string
  readonly userIdentity: {
    readonly type: string
    readonly arn: string
    readonly accountId: string
  }
  readonly sourceIp?: string | undefined
  readonly vpcEndpointId?: string | undefined
  /** What the host said of the connection; absent where it said nothing. */
  readonly tlsDetails?:
    | {
        readonly tlsVersion: string
        readonly cipherSuite: string
        readonly keyExchange?: string
      }
    | undefined
  readonly readOnly: boolean
  /** The members that the operation may show, in lower camel case. */
  readonly requestParameters: Readonly<Record<string, unknown>>
  readonly resources: readonly { readonly arn: string; readonly accountId: string }[]
  /** The key materials that were used. */
  readonly keyMaterialIds: readonly string[]
  readonly errorCode?: string | undefined
  readonly errorMessage?: string | undefined
  /** Why the call was allowed or refused, one for each permission that it needs. */
  readonly decisions: readonly Decision[]
}

/**
 * Where audit events go. A sink that fails makes the call fail with `KMSInternalException`,
 * although what the call did stands: nothing is answered that was not recorded.
 */
export type AuditSink = (event: AuditEvent) => Eventually<void>
