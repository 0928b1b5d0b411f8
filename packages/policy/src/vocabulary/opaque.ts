import type { DocumentKind, DocumentProblem } from "./documents.js"

/** Holds what only the evaluator reads. Not exported from the package. */
export const inside: unique symbol = Symbol("inside")

/**
 * A document read and compiled once. Opaque and frozen; give it wherever a document is accepted.
 * One with a `problem` never allows anything and refuses every call that consults it.
 */
export interface CompiledDocument {
  readonly kind: DocumentKind
  readonly problem?: DocumentProblem
  readonly [inside]: unknown
}

/** Grants arranged by grantee, so that a decision reads only the few that can matter. */
export interface GrantIndex {
  readonly size: number
  readonly [inside]: unknown
}
