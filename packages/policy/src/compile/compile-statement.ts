import { isOnlyForIam, mentionsOnlyForIam } from "../catalogue/condition-keys.js"
import type { NormalStatement, PolicyVersion } from "../parse/normal-form.js"
import {
  allowed,
  type Decision,
  type DocumentReference,
  explicitlyDenied,
} from "../vocabulary/decision.js"
import type { DocumentKind } from "../vocabulary/documents.js"
import { type ActionTest, compileActions, noActions } from "./compile-actions.js"
import { type CompiledCondition, compileCondition } from "./compile-condition.js"
import { compilePrincipal, type PrincipalTest } from "./compile-principal.js"
import { compileResources, type ResourceTest } from "./compile-resources.js"

export interface CompiledStatement {
  readonly kind: DocumentKind
  readonly index: number
  readonly sid: string | undefined
  readonly effect: "Allow" | "Deny"
  readonly actions: ActionTest
  /** Undefined where the language has no principal: the statement is about its bearer. */
  readonly principal: PrincipalTest | undefined
  readonly resources: ResourceTest | undefined
  readonly conditions: readonly CompiledCondition[]
  /** In a key policy, and about keys that only IAM policies can read. */
  readonly readsLess: boolean
  /** Made when they are first asked for: see {@link ownReference} and {@link ownDecision}. */
  reference: DocumentReference | undefined
  decision: Decision | undefined
}

/** A frozen reference to a statement of a document that stands in no level. */
export const plainReference = (
  document: DocumentKind,
  index: number,
  { index: statement, sid }: { readonly index: number; readonly sid: string | undefined },
): DocumentReference =>
  sid === undefined
    ? Object.freeze({ document, index, statement })
    : Object.freeze({ document, index, statement, sid })

/** How a decision names the statement in the first document of its kind. */
export const ownReference = (statement: CompiledStatement): DocumentReference => {
  statement.reference ??= plainReference(statement.kind, 0, statement)
  return statement.reference
}

/** What the statement decides alone, in the first document of its kind. */
export const ownDecision = (statement: CompiledStatement): Decision => {
  const { effect, kind } = statement
  statement.decision ??= decisionOf(effect, kind, ownReference(statement))
  return statement.decision
}

/** The decision of one statement. Whether it may decide alone is for the evaluation to say. */
export function decisionOf(
  effect: "Allow" | "Deny",
  kind: DocumentKind,
  by: DocumentReference,
): Decision {
  if (effect === "Deny") return explicitlyDenied(kind, by)
  return allowed(kind === "keyPolicy" ? "keyPolicy" : "identityPolicy", [by])
}

export function compileStatement(
  source: NormalStatement,
  version: PolicyVersion,
  kind: DocumentKind,
): CompiledStatement {
  const conditions = source.conditions.map((one) => compileCondition(one, version, source.effect))
  return {
    kind,
    index: source.index,
    sid: source.sid,
    effect: source.effect,
    actions: source.resource === undefined ? noActions : compileActions(source.action),
    principal: source.principal === undefined ? undefined : compilePrincipal(source.principal),
    resources: compileResources(source.resource, version, source.effect),
    conditions,
    readsLess: kind === "keyPolicy" && mentionsIamKeys(source, conditions),
    reference: undefined,
    decision: undefined,
  }
}

const mentionsIamKeys = (
  { resource }: NormalStatement,
  conditions: readonly CompiledCondition[],
): boolean =>
  conditions.some(({ key, values }) => isOnlyForIam(key) || values.some(mentionsOnlyForIam)) ||
  resource?.values.some(({ value }) => mentionsOnlyForIam(value)) === true
