import type { Decision, Reference } from "../vocabulary/decision.js"
import type {
  ConditionExplanation,
  DocumentExplanation,
  Explanation,
  GrantExplanation,
  LimitExplanation,
  StatementExplanation,
} from "./explanation.js"

const effects: { readonly [effect in Decision["effect"]]: string } = {
  allow: "ALLOWED",
  explicitDeny: "DENIED (explicit)",
  implicitDeny: "DENIED (nothing allows)",
}

/** Values of policies and requests must not look like lines of ours, or move the cursor. */
const inOneLine = (line: string): string =>
  line.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, "\ufffd")

/** An explanation as plain text for a terminal: the answer first, then everything consulted. */
export function renderExplanation(explanation: Explanation): string {
  const { decision, request, documents, grants, grantsLeftOut, limits } = explanation
  const lines: string[] = [
    `${effects[decision.effect]}: ${request.action} on ${request.resource}`,
    `  caller   ${request.principal.arn} (${request.principal.type}, ${sideOf(explanation)})`,
    `  because  ${decision.reason}`,
  ]
  for (const reference of decision.by) lines.push(`  by       ${renderReference(reference)}`)
  for (const opening of explanation.opened) {
    lines.push(`  opened   ${opening.by}: ${renderReference(opening.reference)}`)
  }
  for (const limit of limits) {
    if (limit.result !== "notApplicable") lines.push(`  limit    ${renderLimit(limit)}`)
  }
  for (const document of documents) lines.push(...renderDocument(document))
  for (const grant of grants) lines.push(...renderGrant(grant))
  if (grantsLeftOut > 0) lines.push("", `and ${grantsLeftOut} more grants for this grantee`)
  return `${lines.map(inOneLine).join("\n")}\n`
}

const sideOf = ({ request }: Explanation): string =>
  request.sameAccount ? "account of the key" : `other account ${request.principal.account}`

function renderReference(reference: Reference): string {
  if ("grantId" in reference) return `grant ${reference.grantId}`
  const { document, index, target, statement, sid, problem } = reference
  const place = target === undefined ? "" : ` at ${target}`
  const which = statement === undefined ? "" : ` statement ${statement}${renderSid(sid)}`
  const broken = problem === undefined ? "" : ` (${problem})`
  return `${document} ${index}${place}${which}${broken}`
}

const renderSid = (sid: string | undefined): string => (sid === undefined ? "" : ` "${sid}"`)

const renderLimit = ({ limit, target, result }: LimitExplanation): string =>
  `${limit}${target === undefined ? "" : ` at ${target}`}: ${result}`

function renderDocument(document: DocumentExplanation): string[] {
  const lines = ["", renderReference(document)]
  const { broken } = document
  if (broken !== undefined) {
    const place =
      broken.line === undefined ? "" : ` at line ${broken.line}, column ${broken.column}`
    lines.push(`  cannot be read: ${broken.message}${place}`)
  }
  for (const statement of document.statements) lines.push(...renderStatement(statement))
  return lines
}

const mark = (result: boolean) => (result ? "yes" : "no ")

function renderStatement(statement: StatementExplanation): string[] {
  const { effect, applies, principal, action, resource, conditions, sid } = statement
  const lines = [
    `  ${effect} statement ${statement.statement}${renderSid(sid)}: ` +
      (applies ? "applies" : "does not apply"),
  ]
  if (principal !== undefined) {
    const kinds = principal.kinds.length === 0 ? "" : ` (${principal.kinds.join(", ")})`
    lines.push(`    ${mark(principal.result)} principal${kinds}`)
  }
  lines.push(`    ${mark(action)} action`, `    ${mark(resource)} resource`)
  for (const condition of conditions) lines.push(`    ${renderCondition(condition)}`)
  return lines
}

function renderCondition(condition: ConditionExplanation): string {
  const { operator, key, policyValues, requestValues, result, because, unresolved } = condition
  const actual = requestValues === undefined ? "absent" : requestValues.join(", ")
  const missing = unresolved === undefined ? "" : `, no value for ${unresolved.join(", ")}`
  return (
    `${mark(result)} ${operator} ${key}: wanted ${policyValues.join(" or ")}; ` +
    `is ${actual} (${because}${missing})`
  )
}

function renderGrant(grant: GrantExplanation): string[] {
  const lines = [
    "",
    `grant ${grant.grantId} (${grant.kind}): ${grant.applies ? "applies" : "does not apply"}`,
  ]
  for (const check of grant.checks) lines.push(`    ${mark(check.result)} ${check.constraint}`)
  return lines
}
