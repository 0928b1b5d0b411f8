import { isOnlyForIam } from "../catalogue/condition-keys.js"
import { formAt, type Slot } from "../compile/bundle.js"
import { actionMatches } from "../compile/compile-actions.js"
import { conditionHolds } from "../compile/compile-condition.js"
import { resourceMatches } from "../compile/compile-resources.js"
import type { CompiledStatement } from "../compile/compile-statement.js"
import type { Read } from "../operators/tokens.js"
import { isSpared, kindBits, kindsMatched } from "./match-kinds.js"
import type { Situation } from "./situation.js"

/** How the statement applies: bits of the match kinds, 0 when it does not. */
export function statementKinds(statement: CompiledStatement, situation: Situation): number {
  if (!actionMatches(statement.actions, situation.action)) return 0
  const kinds = principalKinds(statement, situation)
  if (kinds === 0) return 0
  const read = readFor(statement, situation)
  const { resources } = statement
  if (resources !== undefined) {
    if (!resourceMatches(resources, situation, read)) return 0
  }
  for (const condition of statement.conditions) {
    if (!conditionHolds(condition, read)) return 0
  }
  return kinds
}

/** The context as a statement sees it: what only IAM policies read is absent in a key policy. */
export function readFor(statement: CompiledStatement, { read }: Pick<Situation, "read">): Read {
  if (!statement.readsLess) return read
  return (key, spelling) => (isOnlyForIam(key) ? undefined : read(key, spelling))
}

/** A statement without principal is about whoever bears it. */
export function principalKinds(statement: CompiledStatement, situation: Situation): number {
  const { principal: test } = statement
  if (test === undefined) return kindBits.everyone
  const { principal, identities } = situation
  if (!test.isNegated) return kindsMatched(test, principal, identities)
  return isSpared(test, principal, identities, situation.hasBoundary) ? 0 : kindBits.everyone
}

export function firstDeny(slot: Slot, situation: Situation): CompiledStatement | undefined {
  for (const statement of formAt(slot).denies) {
    if (statementKinds(statement, situation) !== 0) return statement
  }
  return undefined
}

export function firstAllow(slot: Slot, situation: Situation): CompiledStatement | undefined {
  for (const statement of formAt(slot).allows) {
    if (statementKinds(statement, situation) !== 0) return statement
  }
  return undefined
}
