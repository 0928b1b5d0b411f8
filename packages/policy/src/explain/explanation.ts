import type { MatchKind } from "../decide/match-kinds.js"
import type { Decision, DocumentReference, Reference } from "../vocabulary/decision.js"
import type { DocumentProblem } from "../vocabulary/documents.js"
import type { PrincipalType } from "../vocabulary/types.js"

/** Why a condition came out as it did. */
export type ConditionBecause =
  /** The value of the request was compared. */
  | "value"
  /** The key is absent (or an empty list), and the operator says what that means. */
  | "missing"
  /** The key is absent and the operator ends in IfExists. */
  | "ifExists"
  /** The key is absent or empty under a set operator. */
  | "emptySet"
  /** A policy variable has no value, so its entry matched nothing. */
  | "unresolvedVariable"
  /** Several values, and no set operator: an Allow needs all of them, a Deny any. */
  | "multivalued"
  /** The policy lists no values. */
  | "noPolicyValues"

export interface ConditionExplanation {
  readonly operator: string
  readonly key: string
  readonly policyValues: readonly string[]
  /** Absent when the key is not in the request. */
  readonly requestValues?: readonly string[]
  readonly result: boolean
  readonly because: ConditionBecause
  /** Variables without value, as written in the policy. */
  readonly unresolved?: readonly string[]
}

export interface StatementExplanation {
  readonly statement: number
  readonly sid?: string
  readonly effect: "Allow" | "Deny"
  readonly action: boolean
  /** Absent where the document has no principals. */
  readonly principal?: { readonly result: boolean; readonly kinds: readonly MatchKind[] }
  readonly resource: boolean
  readonly conditions: readonly ConditionExplanation[]
  readonly applies: boolean
}

export interface DocumentExplanation extends DocumentReference {
  /** Set when the document cannot be read. */
  readonly broken?: DocumentProblem
  readonly statements: readonly StatementExplanation[]
}

export interface ConstraintExplanation {
  readonly constraint: string
  readonly result: boolean
}

export interface GrantExplanation {
  readonly grantId: string
  /** How the grantee met the caller. */
  readonly kind: MatchKind
  readonly checks: readonly ConstraintExplanation[]
  readonly applies: boolean
}

export type LimitName =
  | "rcp"
  | "scp"
  | "vpcEndpointPolicy"
  | "permissionsBoundary"
  | "sessionPolicy"

export interface LimitExplanation {
  readonly limit: LimitName
  readonly level?: number
  readonly target?: string
  /** `notApplicable`: no such document binds this call. */
  readonly result: "passed" | "blocked" | "notApplicable"
}

/** What opened the door of the key, whether or not a limit closed it again. */
export interface Opening {
  readonly by: "direct" | "limited" | "delegation" | "identity"
  readonly reference: Reference
}

/** Everything that was asked and answered about one request: a plain value for JSON. */
export interface Explanation {
  readonly decision: Decision
  readonly request: {
    readonly principal: {
      readonly type: PrincipalType
      readonly arn: string
      readonly account: string
    }
    readonly action: string
    readonly resource: string
    readonly resourceAccount: string
    readonly sameAccount: boolean
    /** The key policy and the grants of the key have a say. */
    readonly onKey: boolean
  }
  /** In the order in which denials are reported. */
  readonly documents: readonly DocumentExplanation[]
  readonly grants: readonly GrantExplanation[]
  readonly grantsLeftOut: number
  readonly limits: readonly LimitExplanation[]
  readonly opened: readonly Opening[]
}
