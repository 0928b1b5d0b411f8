import type { ConditionKeyType } from "../catalogue/condition-keys.js"
import type { Read } from "./tokens.js"

/** Whether one request value matches any of the policy values. Never throws, linear time. */
export type ValueMatcher = (text: string, read: Read) => boolean

/** Prepares the policy values once. `variables`: whether `${…}` is expanded. */
export type CompileValues = (values: readonly string[], variables: boolean) => ValueMatcher

/**
 * Which texts a policy value stands for. Analysis finds its samples by it, so a proof is only as
 * good as this column; an operator with `none` is one about which nothing can be proved.
 */
export type Language =
  /** The text itself. */
  | "text"
  /** Texts that fit `*` and `?`. */
  | "glob"
  /** ARNs that fit part by part. */
  | "arn"
  | "boolean"
  | "number"
  | "date"
  | "address"
  | "bytes"
  | "none"

/** One condition operator. Set operators, IfExists and negation are the same for all of them. */
export interface OperatorRow {
  readonly name: string
  /** NOR over the policy values instead of OR. */
  readonly isNegated: boolean
  /** The type of value it reads. */
  readonly type: ConditionKeyType | "Binary"
  /** `presence` tests whether the key is absent (`"true"`) instead of its value. */
  readonly tests: "value" | "presence"
  readonly takesIfExists: boolean
  /** Policy variables are permitted in the value. */
  readonly hasVariables: boolean
  readonly language: Language
  /** Letter case is set aside. */
  readonly folds: boolean
  /**
   * The operator that answers the opposite for every value that can be read; `by value`: the same
   * operator with the other of `true` and `false`. Undefined where the language has none.
   */
  readonly opposite: string | "by value" | undefined
  readonly compile: CompileValues
  /** Whether a policy value can be read as the operator's type. */
  readonly reads: (value: string) => boolean
}
