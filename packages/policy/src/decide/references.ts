import type { Slot } from "../compile/bundle.js"
import { type CompiledStatement, plainReference } from "../compile/compile-document.js"
import type {
  AllowDecision,
  AllowReason,
  DocumentReference,
  ExplicitDenyDecision,
  GrantReference,
  ImplicitDenyDecision,
  ImplicitDenyReason,
  Reference,
} from "../vocabulary/decision.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import type { Grant } from "../vocabulary/types.js"

/** Frozen. The first document of its kind has its references made when it is compiled. */
export function statementReference(slot: Slot, statement: CompiledStatement): DocumentReference {
  const { kind: document, index, level, target } = slot
  if (level === undefined || target === undefined) {
    return index === 0 ? statement.reference : plainReference(document, index, statement)
  }
  const { index: position, sid } = statement
  return sid === undefined
    ? Object.freeze({ document, index, level, target, statement: position })
    : Object.freeze({ document, index, level, target, statement: position, sid })
}

/** The document, and for SCPs and RCPs its level. */
export function documentReference(slot: Slot): DocumentReference {
  const { kind: document, index, level, target } = slot
  return level === undefined || target === undefined
    ? { document, index }
    : { document, index, level, target }
}

export function grantReference(grant: Grant): GrantReference {
  return Object.freeze({ grantId: grant.grantId })
}

const nobody: readonly Reference[] = Object.freeze([])

export function allowed(reason: AllowReason, ...by: readonly Reference[]): AllowDecision {
  return Object.freeze({ effect: "allow", reason, by: Object.freeze(by) })
}

export function explicitlyDenied(reason: DocumentKind, by: Reference): ExplicitDenyDecision {
  return Object.freeze({ effect: "explicitDeny", reason, by: Object.freeze([by]) })
}

export function implicitlyDenied(reason: ImplicitDenyReason, by?: Reference): ImplicitDenyDecision {
  const names = by === undefined ? nobody : Object.freeze([Object.freeze(by)])
  return Object.freeze({ effect: "implicitDeny", reason, by: names })
}
