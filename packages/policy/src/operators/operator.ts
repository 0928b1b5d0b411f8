import type { ConditionKeyType } from "../catalogue/condition-keys.js"
import type { Read } from "./tokens.js"

/** Whether one request value matches any of the policy values. Never throws, linear time. */
export type ValueMatcher = (text: string, read: Read) => boolean

/** Prepares the policy values once. `variables`: whether `${…}` is expanded. */
export type CompileValues = (values: readonly string[], variables: boolean) => ValueMatcher

/** One condition operator. Set operators, IfExists and negation are the same for all of them. */
export interface OperatorRow {
  readonly name: string
  /** NOR over the policy values instead of OR. */
  readonly negated: boolean
  /** The type of value it reads. */
  readonly type: ConditionKeyType | "Binary" | "Null"
  /** `presence` tests whether the key is absent (`"true"`) instead of its value. */
  readonly tests: "value" | "presence"
  readonly ifExists: boolean
  /** Policy variables are permitted in the value. */
  readonly variables: boolean
  readonly wildcards: boolean
  readonly compile: CompileValues
  /** Whether a policy value can be read as the operator's type. */
  readonly reads: (value: string) => boolean
}
