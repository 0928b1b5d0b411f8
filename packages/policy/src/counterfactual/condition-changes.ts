import { samplesOf } from "../analyse/samples.js"
import { findConditionKey } from "../catalogue/condition-keys.js"
import { type CompiledCondition, conditionHolds } from "../compile/compile-condition.js"
import { type Read, variableText } from "../operators/tokens.js"
import type { ContextValue } from "../vocabulary/types.js"
import type { RequestChange } from "./change.js"

/** The changes of one context key that would make the condition come out as wanted. */
export function conditionChanges(
  condition: CompiledCondition,
  wanted: boolean,
  read: Read,
): readonly RequestChange[] {
  const key = condition.spelling
  const gives = (value: ContextValue | undefined) => {
    const changed: Read = (name) => (name === condition.key ? value : read(name))
    return conditionHolds(condition, changed) === wanted
  }
  const changes: RequestChange[] = []
  const value = candidateValues(condition, read).find(gives)
  if (value !== undefined) changes.push({ change: "setContext", key, value })
  if (read(condition.key) !== undefined && gives(undefined)) {
    changes.push({ change: "removeContext", key })
  }
  return changes
}

/** Enough to find a value for any pattern that a person would write. */
const movesMax = 50_000

function candidateValues(condition: CompiledCondition, read: Read): ContextValue[] {
  const plain = condition.values
  const resolved = condition.variables
    .map((variable) => variableText(variable, read))
    .filter((text) => text !== undefined)
  const texts = [
    ...plain.filter(isPlain),
    ...resolved,
    ...samplesOf([condition], { moves: movesMax }).texts,
    "value",
  ]
  const multivalued = findConditionKey(condition.key)?.multivalued === true
  return multivalued ? texts.map((text) => [text]) : texts
}

/** Shown first, because it is what the policy says. */
const isPlain = (value: string): boolean =>
  !value.includes("*") && !value.includes("?") && !value.includes("${") && value !== ""
