import type { ContextValue, PolicyDocument } from "@keywright/policy"
import type { Eventually } from "../vocabulary/eventually.js"

/** What a principal may do by identity, and what is known of it. */
export interface Identity {
  /** Of the principal itself and of its groups. */
  readonly policies?: readonly PolicyDocument[]
  readonly permissionsBoundary?: PolicyDocument
  readonly sessionPolicies?: readonly PolicyDocument[]
  /** Tags of the principal with those of the session on top: `aws:PrincipalTag/…`. */
  readonly tags?: Readonly<Record<string, string>>
  /** Further condition keys that hold for every request of the principal. */
  readonly conditionKeys?: Readonly<Record<string, ContextValue>>
}

/**
 * Who a principal is. `undefined` means that the directory does not know it: such a principal
 * has no identity policies and is no error. A directory that cannot answer throws, and the call
 * fails without being decided.
 *
 * A session is asked for as well as its role, and a federated user as well as its issuer; what is
 * known of both is joined. The policies and the boundary of the role always bind; session policies,
 * tags and condition keys of the session come on top. A boundary, or session policies, must not be
 * said of both.
 *
 * The answer is asked for on every call and is cached by object identity: return the same object
 * as long as nothing has changed.
 */
export type Identities = (principalArn: string) => Eventually<Identity | undefined>
