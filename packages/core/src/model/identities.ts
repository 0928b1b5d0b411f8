import { lowerAscii } from "@keywright/policy"
import type { Identity } from "../ports/identities.js"

/*
 * What is known of a session, joined with what is known of its role; of a federated user, with what
 * is known of its issuer.
 *
 * Source: IAM User Guide, "Session policies" and "Permissions boundaries for IAM entities": a
 * session never has more than the policies and the boundary of its role give.
 */

type Named<Value> = Readonly<Record<string, Value>>

/** Both, and of names that policies cannot tell apart the one on top. */
function withOnTop<Value>(
  below: Named<Value> | undefined,
  above: Named<Value> | undefined,
): Named<Value> {
  const names = new Set(Object.keys(above ?? {}).map(lowerAscii))
  const kept = Object.entries(below ?? {}).filter(([name]) => !names.has(lowerAscii(name)))
  return Object.fromEntries([...kept, ...Object.entries(above ?? {})])
}

/** What limits a principal cannot be said twice: neither would be the limit of both. */
function oneOf<Value>(
  member: string,
  below: Value | undefined,
  above: Value | undefined,
): Value | undefined {
  if (below === undefined || below === above) return above
  if (above === undefined) return below
  throw new TypeError(`\`${member}\` must be said of a session or of its role, and not of both`)
}

/** An entry on top of the one that it never gets rid of. Throws `TypeError` for two limits. */
export function joined(below: Identity, above: Identity): Identity {
  const [ofBelow, ofAbove] = [below.permissionsBoundary, above.permissionsBoundary]
  const permissionsBoundary = oneOf("permissionsBoundary", ofBelow, ofAbove)
  const sessionPolicies = oneOf("sessionPolicies", below.sessionPolicies, above.sessionPolicies)
  return Object.freeze({
    policies: [...(below.policies ?? []), ...(above.policies ?? [])],
    ...(permissionsBoundary !== undefined && { permissionsBoundary }),
    ...(sessionPolicies !== undefined && { sessionPolicies }),
    tags: withOnTop(below.tags, above.tags),
    conditionKeys: withOnTop(below.conditionKeys, above.conditionKeys),
  })
}
