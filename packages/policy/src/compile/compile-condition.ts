import { findConditionKey } from "../catalogue/condition-keys.js"
import type { OperatorRow, ValueMatcher } from "../operators/operator.js"
import type { Quantifier } from "../operators/operator-name.js"
import {
  isAmbiguous,
  isVariable,
  type Read,
  tokenize,
  type VariableToken,
} from "../operators/tokens.js"
import type { NormalCondition, PolicyVersion } from "../parse/normal-form.js"
import { interned, lowerAscii } from "../vocabulary/fold.js"
import type { ContextScalar } from "../vocabulary/types.js"

/** One operator over one key, ready to be asked. */
export interface CompiledCondition {
  /** As written: `ForAllValues:StringLikeIfExists`. */
  readonly operator: string
  readonly row: OperatorRow
  /** Lower-cased. */
  readonly key: string
  /** As written. */
  readonly spelling: string
  readonly quantifier: Quantifier | undefined
  readonly hasIfExists: boolean
  /**
   * What is not settled makes the statement apply: so that nobody who adds a value of his own
   * switches a Deny off, or an Allow on.
   */
  readonly denies: boolean
  readonly values: readonly string[]
  readonly matches: ValueMatcher
  readonly variables: readonly VariableToken[]
  /** A single value of the request is all that decides, where there is one. */
  readonly isPlain: boolean
}

export function compileCondition(
  source: NormalCondition,
  version: PolicyVersion,
  effect: "Allow" | "Deny",
): CompiledCondition {
  const { row } = source
  const values = source.values.map((value) => value.value)
  const expands = row.hasVariables && version === "2012-10-17"
  const variables = expands ? variablesIn(values) : noVariables
  return {
    // Most are written as the row has it: then there is no need of another text.
    operator: source.operator === row.name ? row.name : source.operator,
    row,
    key: lowerAscii(source.key),
    // Only names that requests have: interning costs microseconds, and a policy can name thousands.
    spelling: findConditionKey(source.key) === undefined ? source.key : interned(source.key),
    quantifier: source.quantifier,
    hasIfExists: source.hasIfExists,
    denies: effect === "Deny",
    values,
    matches: row.compile(values, expands),
    variables,
    isPlain: row.tests === "value" && values.length > 0 && variables.length === 0,
  }
}

const noVariables: readonly VariableToken[] = []

function variablesIn(values: readonly string[]): readonly VariableToken[] {
  const templates = values.filter((value) => value.includes("${"))
  if (templates.length === 0) return noVariables
  return templates.flatMap((value) =>
    tokenize(value, { hasVariables: true, hasWildcards: false }).filter(isVariable),
  )
}

/**
 * Whether the condition holds. An empty list in the request is an absent key. Where several values
 * meet an operator without a set operator, all of them must satisfy it in an Allow and any in a
 * Deny.
 *
 * Source: IAM User Guide, "Conditions with multiple keys or values".
 */
export function conditionHolds(condition: CompiledCondition, read: Read): boolean {
  const value = read(condition.key, condition.spelling)
  if (typeof value === "string" && condition.isPlain) {
    return condition.matches(value, read) !== condition.row.isNegated
  }
  const isList = typeof value === "object"
  const isMissing = value === undefined || (isList && value.length === 0)
  if (condition.row.tests === "presence") return presenceHolds(condition, isMissing, read)
  const { quantifier } = condition
  if (condition.values.length === 0) {
    return isMissing && (condition.hasIfExists || quantifier === "ForAllValues")
  }
  const { isNegated } = condition.row
  if (isMissing) {
    if (condition.hasIfExists || quantifier === "ForAllValues") return true
    return isNegated && quantifier === undefined
  }
  const { variables } = condition
  if (variables.length > 0 && variables.some((variable) => isAmbiguous(variable, read))) {
    return condition.denies
  }
  if (!isList) return condition.matches(String(value), read) !== isNegated
  return listHolds(condition, value, read)
}

/** `Null` under a set operator says nothing: it always or never holds. */
function presenceHolds(condition: CompiledCondition, isMissing: boolean, read: Read): boolean {
  if (condition.quantifier !== undefined) return condition.quantifier === "ForAllValues"
  return condition.matches(isMissing ? "true" : "false", read)
}

function listHolds(
  condition: CompiledCondition,
  values: readonly ContextScalar[],
  read: Read,
): boolean {
  const { quantifier } = condition
  const { isNegated } = condition.row
  const every = quantifier === undefined ? !condition.denies : quantifier === "ForAllValues"
  for (const value of values) {
    const holds = condition.matches(String(value), read) !== isNegated
    if (holds !== every) return holds
  }
  return every
}
