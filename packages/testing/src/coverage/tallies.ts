import {
  type CompiledDocument,
  compileDocument,
  type DocumentKind,
  type DocumentReference,
  type Explanation,
  type StatementExplanation,
} from "@keywright/policy"
import {
  type Asked,
  type AskedQuestion,
  compileAll,
  grantShape,
  isAllowed,
  redecide,
} from "./asked-policies.js"
import { documentAt, mapDocuments } from "./policies.js"

/** How a condition came out where everything else in its statement matched. */
export interface ConditionTally {
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
  held: number
  failed: number
}

export interface StatementTally {
  readonly statement: number
  readonly sid: string | undefined
  readonly effect: "Allow" | "Deny"
  applied: number
  decided: number
  readonly conditions: readonly ConditionTally[]
}

export interface Tallies {
  readonly statements: ReadonlyMap<CompiledDocument, readonly StatementTally[]>
  /** How often each grant decided, by its shape. */
  readonly grants: ReadonlyMap<string, number>
}

/** Kinds that must allow what something else opens; a decision that allows does not name them. */
const limits: ReadonlySet<DocumentKind> = new Set([
  "scp",
  "vpcEndpointPolicy",
  "permissionsBoundary",
  "sessionPolicy",
])

/** Whether the call would have been refused if the document allowed nothing. */
function isNeeded(question: AskedQuestion, document: CompiledDocument): boolean {
  const { kind } = document
  const silent = compileDocument({ Version: "2012-10-17", Statement: [] }, kind)
  const policies = mapDocuments(question.policies, (one) => (one === document ? silent : one))
  return !isAllowed(redecide(policies, question))
}

function tallyConditions(tally: StatementTally, explained: StatementExplanation): void {
  const { action, principal, resource, conditions } = explained
  if (!action || !resource || principal?.result === false) return
  const failed = conditions.filter(({ result }) => !result)
  for (const { operator, key, result } of conditions) {
    const entry = tally.conditions.find((one) => one.operator === operator && one.key === key)
    if (entry === undefined) continue
    if (failed.length === 0) entry.held += 1
    if (failed.length === 1 && !result) entry.failed += 1
  }
}

const isIn = (by: readonly object[], reference: DocumentReference, statement: number): boolean =>
  by.some(
    (one) =>
      "document" in one &&
      (one as DocumentReference).document === reference.document &&
      (one as DocumentReference).index === reference.index &&
      (one as DocumentReference).level === reference.level &&
      (one as DocumentReference).statement === statement,
  )

function tallyDocuments(
  tallies: ReadonlyMap<CompiledDocument, readonly StatementTally[]>,
  question: AskedQuestion,
  { documents }: Explanation,
): void {
  const { policies, request, decision } = question
  for (const reference of documents) {
    const document = documentAt(policies, request, reference)
    const tally = document && tallies.get(document)
    if (tally === undefined) continue
    const isLimit = limits.has(reference.document) && isAllowed(decision)
    const needed = isLimit && isNeeded(question, document as CompiledDocument)
    for (const explained of reference.statements) {
      const entry = tally[explained.statement]
      if (entry === undefined) continue
      tallyConditions(entry, explained)
      if (explained.applies) entry.applied += 1
      const allowed = needed && explained.applies && explained.effect === "Allow"
      if (allowed || isIn(decision.by, reference, explained.statement)) entry.decided += 1
    }
  }
}

/** Counts, over all questions, what applied, what decided and how conditions came out. */
export function tally({ questions, documents, grants }: Asked): Tallies {
  const statements = new Map(
    [...documents.values()].map(({ compiled, plain }) => [
      compiled,
      plain.Statement.map(({ Sid, Effect, Condition = {} }, statement): StatementTally => {
        const conditions = Object.entries(Condition).flatMap(([operator, byKey]) =>
          Object.entries(byKey).map(([key, values]) => ({
            operator,
            key,
            values,
            held: 0,
            failed: 0,
          })),
        )
        return { statement, sid: Sid, effect: Effect, applied: 0, decided: 0, conditions }
      }),
    ]),
  )
  const decided = new Map([...grants.keys()].map((shape) => [shape, 0]))
  for (const question of questions) {
    const explanation = compileAll(question.policies).explain(question.request)
    tallyDocuments(statements, question, explanation)
    for (const reference of question.decision.by) {
      if (!("grantId" in reference)) continue
      const grant = question.policies.grants.find(({ grantId }) => grantId === reference.grantId)
      const shape = grant && grantShape(grant)
      if (shape !== undefined) decided.set(shape, (decided.get(shape) ?? 0) + 1)
    }
  }
  return { statements, grants: decided }
}
