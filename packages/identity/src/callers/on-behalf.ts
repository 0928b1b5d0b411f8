import type { ContextValue } from "@keywright/policy"
import type { VerifiedCaller } from "../sessions/caller.js"
import type { IdentifiedCaller } from "./identify.js"

/** Services that a call has come through before, the first one first. */
function calledVia(keys: Readonly<Record<string, ContextValue>>): readonly string[] {
  const before = keys["aws:CalledVia"]
  return Array.isArray(before) ? (before as readonly string[]) : []
}

/** Condition keys that tell of a connection, which is not that of the service. */
const isOfConnection = (name: string): boolean =>
  /^(?:keywright:Tls|aws:(?:SourceIp|SourceVpc|VpcSourceIp|Vpce|Referer|UserAgent))/i.test(name)

/**
 * The caller as which a service goes on calling for whoever has called it: the same principal and
 * session, and none of the facts of the network, because it is the service that calls from now on.
 * `service` is its name, such as `orders.eu-central-1.amazonaws.com`.
 *
 * A policy that lets a principal in through a VPC endpoint alone keeps such calls out, unless it
 * excepts them by `aws:ViaAWSService` or `aws:CalledVia`.
 *
 * Source: IAM User Guide, "Forward access sessions", "aws:CalledVia".
 */
export function onBehalf({ principal, context }: IdentifiedCaller, service: string) {
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(service)) {
    throw new TypeError(
      "`service` must be the name of a service: orders.eu-central-1.amazonaws.com",
    )
  }
  const { conditionKeys } = context
  const own = Object.entries(conditionKeys).filter(([name]) => !isOfConnection(name))
  const services = [...calledVia(conditionKeys), service]
  const { roleArn, issuerUserArn, session } = context
  const kept: VerifiedCaller["context"] = {
    ...(roleArn !== undefined && { roleArn }),
    ...(issuerUserArn !== undefined && { issuerUserArn }),
    ...(session !== undefined && { session }),
    conditionKeys: {
      ...Object.fromEntries(own),
      "aws:CalledVia": services,
      "aws:CalledViaFirst": services[0] as string,
      "aws:CalledViaLast": service,
    },
  }
  return { principal, context: { ...kept, viaService: service } }
}
