import type {
  NormalCondition,
  NormalDocument,
  NormalStatement,
  NormalText,
} from "../parse/normal-form.js"
import type { DocumentKind, Place } from "../vocabulary/documents.js"

export type Severity = "error" | "security" | "warning" | "suggestion"

/** One thing that a policy should say differently. */
export interface Finding extends Place {
  readonly code: string
  readonly severity: Severity
  readonly message: string
}

export interface LintOptions {
  /** The account that owns the key or bears the policy: switches on what depends on it. */
  readonly account?: string | undefined
}

export interface RuleInput {
  readonly document: NormalDocument
  readonly kind: DocumentKind
  readonly text: string
  readonly options: LintOptions
}

/** Where a rule found something, and words for the reader. */
export interface Remark {
  readonly at: number
  readonly path: string
  readonly message: string
}

/** One row of the catalogue of findings. */
export interface Rule {
  readonly code: string
  readonly severity: Severity
  readonly find: (input: RuleInput) => readonly Remark[]
}

export const remark = (place: Pick<NormalText, "at" | "path">, message: string): Remark => ({
  at: place.at,
  path: place.path,
  message,
})

/** A warning for each condition that meets a test. */
export const conditionRule = (
  code: string,
  message: (condition: NormalCondition) => string,
  test: (at: ConditionAt, input: RuleInput) => boolean,
): Rule => ({
  code,
  severity: "warning",
  find: (input) =>
    conditionsOf(input)
      .filter((at) => test(at, input))
      .map(({ condition }) => remark(condition, message(condition))),
})

export interface ConditionAt {
  readonly statement: NormalStatement
  readonly condition: NormalCondition
}

export const conditionsOf = ({ document }: RuleInput): readonly ConditionAt[] =>
  document.statements.flatMap((statement) =>
    statement.conditions.map((condition) => ({ statement, condition })),
  )
