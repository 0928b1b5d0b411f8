import { type Bundle, formAt, type Slot } from "../compile/bundle.js"
import { actionMatches } from "../compile/compile-actions.js"
import { type CompiledCondition, conditionHolds } from "../compile/compile-condition.js"
import { resourceMatches } from "../compile/compile-resources.js"
import type { CompiledStatement } from "../compile/compile-statement.js"
import { decideSituation, levelAllows, visitSlots } from "../decide/decide.js"
import { sessionAllows } from "../decide/identity-side.js"
import { delegationKinds, directKinds, kindNames, limitedKinds } from "../decide/match-kinds.js"
import { firstAllow, principalKinds, readFor, statementKinds } from "../decide/match-statement.js"
import { listOf } from "../decide/read-context.js"
import { statementReference } from "../decide/references.js"
import { type Situation, situationOf } from "../decide/situation.js"
import { isAmbiguous, type Read, variableText } from "../operators/tokens.js"
import type { PolicyRequest } from "../vocabulary/types.js"
import { explainGrants } from "./explain-grants.js"
import type {
  ConditionBecause,
  ConditionExplanation,
  DocumentExplanation,
  Explanation,
  LimitExplanation,
  LimitName,
  Opening,
  StatementExplanation,
} from "./explanation.js"

/** Evaluates everything that was consulted, also what a decision may skip. */
export function explain(bundle: Bundle, request: PolicyRequest): Explanation {
  const situation = situationOf(bundle, request)
  const documents: DocumentExplanation[] = []
  visitSlots(situation, (slot) => {
    documents.push(explainDocument(slot, situation))
    return undefined
  })
  const { principal, action, resource, resourceAccount } = request
  return {
    decision: decideSituation(situation),
    request: {
      principal: { type: principal.type, arn: principal.arn, account: principal.account },
      action,
      resource,
      resourceAccount,
      sameAccount: situation.sameAccount,
      onKey: situation.onKey,
    },
    documents,
    ...explainGrants(situation),
    limits: explainLimits(situation),
    opened: explainOpenings(situation),
  }
}

/** Members that may be missing are set after the rest: spreading literals is slow here. */
type Growing<Value> = { -readonly [Member in keyof Value]: Value[Member] }

function explainDocument(slot: Slot, situation: Situation): DocumentExplanation {
  const { kind: document, index, level, target, problem } = slot
  const statements = formAt(slot).statements.map((statement) =>
    explainStatement(statement, situation),
  )
  const explained: Growing<DocumentExplanation> = { document, index, statements }
  if (level !== undefined) explained.level = level
  if (target !== undefined) explained.target = target
  if (problem !== undefined) explained.broken = problem
  return explained
}

function explainStatement(
  statement: CompiledStatement,
  situation: Situation,
): StatementExplanation {
  const action = actionMatches(statement.actions, situation.action)
  const kinds = principalKinds(statement, situation)
  const { resources, sid, effect, index } = statement
  const read = readFor(statement, situation)
  const resource = resources !== undefined && resourceMatches(resources, situation, read)
  let applies = action && kinds !== 0 && resource
  const conditions: ConditionExplanation[] = []
  for (const condition of statement.conditions) {
    const explained = explainCondition(condition, read)
    conditions.push(explained)
    applies &&= explained.result
  }
  const explained: Growing<StatementExplanation> = {
    statement: index,
    effect,
    action,
    resource,
    conditions,
    applies,
  }
  if (sid !== undefined) explained.sid = sid
  if (statement.principal !== undefined) {
    explained.principal = { result: kinds !== 0, kinds: kindNames(kinds) }
  }
  return explained
}

function explainCondition(condition: CompiledCondition, read: Read): ConditionExplanation {
  const { operator, spelling: key } = condition
  const value = read(condition.key)
  const unresolved = unresolvedNames(condition, read)
  const result = conditionHolds(condition, read)
  const because = reasonOf(condition, value, result, unresolved !== undefined, read)
  const policyValues = condition.values
  const explained: Growing<ConditionExplanation> = { operator, key, policyValues, result, because }
  if (value !== undefined) explained.requestValues = listOf(value).map(String)
  if (unresolved !== undefined) explained.unresolved = unresolved
  return explained
}

function unresolvedNames(
  { variables }: CompiledCondition,
  read: Read,
): readonly string[] | undefined {
  if (variables.length === 0) return undefined
  const names = variables
    .filter((variable) => variableText(variable, read) === undefined)
    .map((variable) => variable.name)
  return names.length === 0 ? undefined : names
}

function reasonOf(
  condition: CompiledCondition,
  value: ReturnType<Read>,
  result: boolean,
  unresolved: boolean,
  read: Read,
): ConditionBecause {
  const isList = typeof value === "object"
  const isMissing = value === undefined || (isList && value.length === 0)
  if (condition.row.tests === "presence") {
    if (condition.quantifier !== undefined) return "emptySet"
    return isMissing ? "missing" : "value"
  }
  if (condition.values.length === 0) return "noPolicyValues"
  if (isMissing) {
    if (condition.hasIfExists) return "ifExists"
    return condition.quantifier === undefined ? "missing" : "emptySet"
  }
  if (isList && value.length > 1 && condition.quantifier === undefined) return "multivalued"
  const { variables } = condition
  if (variables.length > 0 && variables.some((one) => isAmbiguous(one, read))) return "multivalued"
  return unresolved && result === condition.row.isNegated ? "unresolvedVariable" : "value"
}

function explainLimits(situation: Situation): readonly LimitExplanation[] {
  const limits: LimitExplanation[] = []
  const add = (limit: LimitName, applies: boolean, passes: () => boolean) =>
    limits.push({ limit, result: applies ? (passes() ? "passed" : "blocked") : "notApplicable" })
  // What an RCP does not deny it allows.
  add("rcp", situation.rcps !== undefined, () => true)
  const levels = situation.scps?.levels ?? []
  if (levels.length === 0) limits.push({ limit: "scp", result: "notApplicable" })
  for (const [level, { target, slots }] of levels.entries()) {
    const result = levelAllows(slots, situation) ? "passed" : "blocked"
    limits.push({ limit: "scp", level, target, result })
  }
  const { vpcEndpointPolicy: endpoint, permissionsBoundary: boundary } = situation
  add("vpcEndpointPolicy", endpoint !== undefined, () => allows(endpoint, situation))
  add("permissionsBoundary", boundary !== undefined, () => allows(boundary, situation))
  const session =
    situation.sessionPolicies.length > 0 || situation.principal.type === "federated-user"
  add("sessionPolicy", session, () => sessionAllows(situation))
  return limits
}

const allows = (slot: Slot | undefined, situation: Situation): boolean =>
  slot !== undefined && firstAllow(slot, situation) !== undefined

function explainOpenings(situation: Situation): readonly Opening[] {
  const opened: Opening[] = []
  const { keyPolicy } = situation
  for (const statement of keyPolicy ? formAt(keyPolicy).allows : []) {
    const kinds = statementKinds(statement, situation)
    if (kinds === 0 || keyPolicy === undefined) continue
    opened.push({ by: strongest(kinds), reference: statementReference(keyPolicy, statement) })
  }
  for (const slot of situation.identityPolicies) {
    for (const statement of formAt(slot).allows) {
      if (statementKinds(statement, situation) === 0) continue
      opened.push({ by: "identity", reference: statementReference(slot, statement) })
    }
  }
  return opened
}

function strongest(kinds: number): "direct" | "limited" | "delegation" {
  if ((kinds & directKinds) !== 0) return "direct"
  if ((kinds & limitedKinds) !== 0) return "limited"
  return (kinds & delegationKinds) !== 0 ? "delegation" : "direct"
}
