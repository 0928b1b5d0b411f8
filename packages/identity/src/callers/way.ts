import type { ContextValue } from "@keywright/policy"
import type { VerifiedCaller } from "../sessions/caller.js"
import { accessDenied } from "../vocabulary/identity-error.js"
import type { RawRequest } from "./request.js"

/** What a request must be meant for. */
export interface Wanted {
  readonly region: string
}

/**
 * One way to tell who calls. `undefined`: the request brings nothing of the kind, and the next way
 * is asked. Throws `SigV4Error` or `IdentityError` for what it brings and is not genuine: then no
 * other way is asked.
 */
export type Way = (request: RawRequest, wanted: Wanted) => Promise<VerifiedCaller | undefined>

/** Whom the host takes somebody for: a principal, or a caller; `undefined` for nobody. */
export type Named = string | { readonly principal: string } | undefined

/** The caller that a host has named, with what was verified. Throws `AccessDenied` for nobody. */
export function namedCaller(
  named: Named,
  conditionKeys: Readonly<Record<string, ContextValue>>,
): VerifiedCaller {
  if (named === undefined) throw accessDenied("Nobody here is known by these credentials.")
  const given = typeof named === "string" ? { principal: named } : (named as VerifiedCaller)
  const { principal, context } = given as Partial<VerifiedCaller> & { principal: string }
  return {
    principal,
    context: { ...context, conditionKeys: { ...conditionKeys, ...context?.conditionKeys } },
  }
}

/** The token of `Authorization: Bearer`. Source: RFC 6750, section 2.1. */
export const bearerTokenOf = (authorization: string | undefined): string | undefined =>
  /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization ?? "")?.[1]
