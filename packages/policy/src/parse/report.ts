import type { DocumentKind } from "../vocabulary/documents.js"
import type { JsonMember, JsonNode } from "./json-node.js"
import type { GrammarProblem, NormalText } from "./normal-form.js"

/** Collects problems while a document is read; reading goes on to find them all. */
export type Report = (code: string, message: string, at: number, path: string) => void

export function collectProblems(): { problems: GrammarProblem[]; report: Report } {
  const problems: GrammarProblem[] = []
  return {
    problems,
    report: (code, message, at, path) => problems.push({ code, message, at, path }),
  }
}

/** A statement that is being read, and where. */
export interface StatementPlace {
  readonly index: number
  readonly path: string
  readonly kind: DocumentKind
  readonly report: Report
}

/** The members of an object by name; a repeated name is reported and the first one kept. */
export function membersOf(
  node: JsonNode & { type: "object" },
  path: string,
  report: Report,
): Map<string, JsonMember> {
  const members = new Map<string, JsonMember>()
  for (const member of node.members) {
    if (members.has(member.name)) {
      report(
        "duplicateMember",
        `member \`${member.name}\` is repeated`,
        member.at,
        join(path, member.name),
      )
    } else members.set(member.name, member)
  }
  return members
}

export const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`)

/** One string or a list of strings. `accept` widens it to numbers and booleans as text. */
export function readTexts(
  node: JsonNode,
  path: string,
  report: Report,
  accept: "strings" | "scalars",
): NormalText[] {
  if (node.type !== "array") {
    const value = textOf(node, accept)
    if (value !== undefined) return [{ value, at: node.at, path }]
    report("wrongType", `${wanted(accept)} or a list of them is expected`, node.at, path)
    return []
  }
  const texts: NormalText[] = []
  for (const [index, item] of node.items.entries()) {
    const value = textOf(item, accept)
    const itemPath = `${path}[${index}]`
    if (value !== undefined) texts.push({ value, at: item.at, path: itemPath })
    else report("wrongType", `${wanted(accept)} is expected`, item.at, itemPath)
  }
  return texts
}

const wanted = (accept: "strings" | "scalars"): string =>
  accept === "strings" ? "a string" : "a string, number or boolean"

function textOf(node: JsonNode, accept: "strings" | "scalars"): string | undefined {
  if (node.type === "string") return node.value
  if (accept === "strings") return undefined
  if (node.type === "number") return node.text
  return node.type === "boolean" ? String(node.value) : undefined
}
