import type { Slot } from "../compile/bundle.js"
import {
  type CompiledStatement,
  decisionOf,
  ownDecision,
  ownReference,
  plainReference,
} from "../compile/compile-statement.js"
import type { Decision, DocumentReference, GrantReference } from "../vocabulary/decision.js"

/** Frozen; for the first document of its kind made once. */
export function statementReference(slot: Slot, statement: CompiledStatement): DocumentReference {
  const { kind: document, index, level, target } = slot
  if (level === undefined || target === undefined) {
    return index === 0 ? ownReference(statement) : plainReference(document, index, statement)
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

export const grantReference = ({ grantId }: GrantReference): GrantReference =>
  Object.freeze({ grantId })

/** What a statement decides that decides alone; made once, like its reference. */
export function decisionBy(slot: Slot, statement: CompiledStatement): Decision {
  return slot.index === 0 && slot.level === undefined
    ? ownDecision(statement)
    : decisionOf(statement.effect, slot.kind, statementReference(slot, statement))
}
