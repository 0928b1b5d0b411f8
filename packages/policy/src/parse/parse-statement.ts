import { documentRules } from "./document-rules.js"
import type { JsonMember, JsonNode } from "./json-node.js"
import type { GrammarProblem, NormalList, NormalStatement } from "./normal-form.js"
import { parseConditions } from "./parse-conditions.js"
import { checkPrincipalRules, parsePrincipal } from "./parse-principal.js"
import { join, membersOf, type Report, readTexts, type StatementPlace } from "./report.js"

type Members = Map<string, JsonMember>

const statementElements: ReadonlySet<string> = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
])

export function parseStatement(
  node: JsonNode & { type: "object" },
  place: StatementPlace,
): NormalStatement | undefined {
  const { path, report, kind } = place
  const members = membersOf(node, path, report)
  for (const member of members.values()) {
    if (statementElements.has(member.name)) continue
    const message = `\`${member.name}\` is not an element of a statement`
    report("unknownElement", message, member.at, join(path, member.name))
  }
  const effect = readEffect(members, node.at, place)
  const statement: NormalStatement = {
    index: place.index,
    at: node.at,
    path,
    sid: readSid(members.get("Sid")?.value, place),
    effect: effect ?? "Deny",
    principal: parsePrincipal(members, place),
    action: readList(members, "Action", "NotAction", place),
    resource: readList(members, "Resource", "NotResource", place),
    conditions: parseConditions(members.get("Condition")?.value, join(path, "Condition"), report),
  }
  checkPrincipalRules(statement, node.at, place)
  checkRequired(statement, place)
  for (const action of statement.action?.values ?? []) checkAction(action, report)
  if (documentRules[kind].onlyDenies) checkOnlyDenies(statement, place)
  return effect === undefined ? undefined : statement
}

function readEffect(members: Members, at: number, place: StatementPlace) {
  const node = members.get("Effect")?.value
  const value = node?.type === "string" ? node.value : undefined
  if (value === "Allow" || value === "Deny") return value
  const path = join(place.path, "Effect")
  place.report("invalidEffect", "`Effect` is `Allow` or `Deny`", node?.at ?? at, path)
  return undefined
}

function readSid(node: JsonNode | undefined, place: StatementPlace): string | undefined {
  if (node === undefined) return undefined
  if (node.type === "string") return node.value
  place.report("wrongType", "`Sid` is a string", node.at, join(place.path, "Sid"))
  return undefined
}

function readList(
  members: Members,
  name: "Action" | "Resource",
  opposite: `Not${typeof name}`,
  place: StatementPlace,
): NormalList | undefined {
  const plain = members.get(name)
  const isNegated = members.get(opposite)
  const member = plain ?? isNegated
  if (member === undefined) return undefined
  if (plain !== undefined && isNegated !== undefined) {
    const message = `\`${name}\` and \`${opposite}\` exclude each other`
    place.report("bothForms", message, isNegated.at, join(place.path, isNegated.name))
  }
  const path = join(place.path, member.name)
  return {
    isNegated: plain === undefined,
    values: readTexts(member.value, path, place.report, "strings"),
    at: member.value.at,
    path,
  }
}

function checkRequired(statement: NormalStatement, place: StatementPlace): void {
  if (documentRules[place.kind].inertStatements) return
  for (const { code, message, at, path } of missingElements(statement)) {
    place.report(code, message, at, path)
  }
}

/** What a statement needs to do anything, and does not have. */
export function missingElements(statement: NormalStatement): readonly GrammarProblem[] {
  const { at, path } = statement
  const missing: GrammarProblem[] = []
  if (statement.action === undefined) {
    const message = "a statement has an `Action` or a `NotAction`"
    missing.push({ code: "missingAction", message, at, path: join(path, "Action") })
  }
  if (statement.resource === undefined) {
    const message = "a statement has a `Resource` or a `NotResource`"
    missing.push({ code: "missingResource", message, at, path: join(path, "Resource") })
  }
  return missing
}

/** `*`, or a literal service prefix, a colon and a name with wildcards. */
function checkAction(action: { value: string; at: number; path: string }, report: Report): void {
  const { value } = action
  if (value === "*") return
  const colon = value.indexOf(":")
  const isNamed = colon > 0 && colon < value.length - 1
  if (!isNamed || isBefore(value.indexOf("*"), colon) || isBefore(value.indexOf("?"), colon)) {
    const message = "an action is `*` or a service prefix, a colon and a name"
    report("invalidAction", message, action.at, action.path)
  }
}

const isBefore = (found: number, place: number): boolean => found >= 0 && found < place

function checkOnlyDenies(statement: NormalStatement, place: StatementPlace): void {
  const { action, resource, conditions } = statement
  if (action === undefined) return
  const code = "rcpElement"
  if (statement.effect === "Allow") {
    const everything =
      isStar(action) && resource !== undefined && isStar(resource) && conditions.length === 0
    if (everything) return
    const message = "a resource control policy only denies, unless it allows everything"
    place.report(code, message, statement.at, join(place.path, "Effect"))
    return
  }
  if (action.isNegated) {
    place.report(code, "a resource control policy has no `NotAction`", action.at, action.path)
  }
  for (const entry of action.values) {
    if (entry.value !== "*") continue
    const message = "an action of a resource control policy names its service"
    place.report(code, message, entry.at, entry.path)
  }
}

const isStar = (list: NormalList): boolean =>
  !list.isNegated && list.values.length === 1 && list.values[0]?.value === "*"
