import type { OperatorRow } from "./operator.js"
import { findOperator } from "./table.js"

export type Quantifier = "ForAllValues" | "ForAnyValue"

/** `ForAllValues:StringLikeIfExists`, taken apart. */
export interface OperatorName {
  readonly quantifier: Quantifier | undefined
  readonly row: OperatorRow
  readonly hasIfExists: boolean
}

const quantifiers: readonly (readonly [Quantifier, string])[] = [
  ["ForAllValues", "ForAllValues:"],
  ["ForAnyValue", "ForAnyValue:"],
]
const ifExistsSuffix = "IfExists"

/** Undefined for what is no operator. Whether the operator takes an `IfExists` is not asked. */
export function parseOperatorName(text: string): OperatorName | undefined {
  const [quantifier, prefix = ""] = quantifiers.find(([, start]) => text.startsWith(start)) ?? []
  const rest = text.slice(prefix.length)
  const hasIfExists = rest.endsWith(ifExistsSuffix)
  const row = findOperator(hasIfExists ? rest.slice(0, -ifExistsSuffix.length) : rest)
  return row && { quantifier, row, hasIfExists }
}

/** An operator and the values that it compares with. */
interface Comparison {
  readonly operator: string
  readonly values: readonly string[]
}

/** The same condition the other way round; undefined where the language cannot say it. */
export function oppositeCondition({ operator, values }: Comparison): Comparison | undefined {
  const parsed = parseOperatorName(operator)
  const opposite = parsed?.row.opposite
  if (parsed === undefined || opposite === undefined) return undefined
  if (opposite === "by value") return { operator, values: values.map(otherTruth) }
  const prefix = parsed.quantifier === undefined ? "" : `${parsed.quantifier}:`
  return { operator: `${prefix}${opposite}${parsed.hasIfExists ? ifExistsSuffix : ""}`, values }
}

const otherTruth = (value: string) => (value.toLowerCase() === "true" ? "false" : "true")
