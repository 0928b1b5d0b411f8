import { isServiceName, type PrincipalArn, parsePrincipalArn } from "../vocabulary/principal-arn.js"
import { documentRules } from "./document-rules.js"
import type { JsonMember, JsonNode } from "./json-node.js"
import type {
  NormalPrincipal,
  NormalPrincipalEntry,
  NormalStatement,
  PrincipalKind,
} from "./normal-form.js"
import { join, membersOf, type Report, readTexts, type StatementPlace } from "./report.js"

const principalKinds: ReadonlySet<string> = new Set<PrincipalKind>([
  "AWS",
  "Service",
  "Federated",
  "CanonicalUser",
])

export function parsePrincipal(
  members: Map<string, JsonMember>,
  place: StatementPlace,
): NormalPrincipal | undefined {
  const plain = members.get("Principal")
  const isNegated = members.get("NotPrincipal")
  const member = plain ?? isNegated
  if (member === undefined) return undefined
  const { report } = place
  if (plain !== undefined && isNegated !== undefined) {
    const message = "`Principal` and `NotPrincipal` exclude each other"
    report("bothForms", message, isNegated.at, join(place.path, "NotPrincipal"))
  }
  const path = join(place.path, member.name)
  const entries: NormalPrincipalEntry[] = []
  let isEveryone = false
  let hasEmptyList = false
  if (member.value.type === "string" && member.value.value === "*") isEveryone = true
  else if (member.value.type === "object") {
    entries.push(...readEntries(member.value, path, report))
    hasEmptyList = member.value.members.length === 0 || member.value.members.some(isEmptyList)
    isEveryone = entries.some((entry) => entry.kind === "AWS" && entry.value === "*")
  } else {
    const message = "a principal is `*` or an object of `AWS`, `Service` or `Federated`"
    report("invalidPrincipal", message, member.value.at, path)
  }
  const { at } = member.value
  return { isNegated: plain === undefined, isEveryone, entries, hasEmptyList, at, path }
}

const isEmptyList = ({ value }: JsonMember) => value.type === "array" && value.items.length === 0

function readEntries(
  node: JsonNode & { type: "object" },
  path: string,
  report: Report,
): NormalPrincipalEntry[] {
  const entries: NormalPrincipalEntry[] = []
  for (const { name, at, value } of membersOf(node, path, report).values()) {
    const kindPath = join(path, name)
    if (!principalKinds.has(name)) {
      report("invalidPrincipal", `\`${name}\` is not a kind of principal`, at, kindPath)
      continue
    }
    const kind = name as PrincipalKind
    for (const text of readTexts(value, kindPath, report, "strings")) {
      const arn = kind === "AWS" ? parsePrincipalArn(text.value) : undefined
      const problem = entryProblem(kind, text.value, arn)
      if (problem !== undefined) report(problem.code, problem.message, text.at, text.path)
      entries.push({ kind, arn, value: text.value, at: text.at, path: text.path })
    }
  }
  return entries
}

function entryProblem(kind: PrincipalKind, value: string, arn: PrincipalArn | undefined) {
  if (kind === "CanonicalUser") {
    return { code: "invalidPrincipal", message: "canonical users exist in S3 only" }
  }
  if (kind === "AWS" && value === "*") return undefined
  if (value.includes("*") || value.includes("?")) {
    const message = "a principal has no wildcards; use `*` and a condition on `aws:PrincipalArn`"
    return { code: "partialWildcardPrincipal", message }
  }
  if (kind === "AWS" && arn === undefined) {
    const message = "not an account, or the ARN of a user, role or session"
    return { code: "invalidPrincipal", message }
  }
  if (value === "") return { code: "invalidPrincipal", message: "a principal is empty" }
  if (kind === "Service" && !isServiceName(value)) {
    return { code: "invalidPrincipal", message: "not the name of a service principal" }
  }
  return undefined
}

export function checkPrincipalRules(
  statement: NormalStatement,
  at: number,
  place: StatementPlace,
): void {
  const { principal } = statement
  const rules = documentRules[place.kind]
  const path = join(place.path, "Principal")
  if (rules.principal === "forbidden") {
    if (principal === undefined) return
    const message = `an ${rules.title} names no principal`
    place.report("principalNotAllowed", message, principal.at, principal.path)
    return
  }
  if (principal === undefined) {
    place.report("missingPrincipal", "a statement names a `Principal`", at, path)
    return
  }
  if (rules.principal === "everyone" && (principal.isNegated || !isOnlyEveryone(principal))) {
    const message = 'the principal of a resource control policy is `"*"`'
    place.report("rcpElement", message, principal.at, principal.path)
  }
  if (principal.isNegated && statement.effect === "Allow") {
    const message = "`NotPrincipal` with `Allow` would let everyone else in"
    place.report("notPrincipalWithAllow", message, principal.at, principal.path)
  }
}

const isOnlyEveryone = (principal: NormalPrincipal): boolean =>
  principal.isEveryone && principal.entries.every((entry) => entry.value === "*")
