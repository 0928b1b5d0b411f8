import type { DocumentKind } from "../vocabulary/documents.js"
import { documentCharactersMax } from "../vocabulary/limits.js"
import { documentRules } from "./document-rules.js"
import type { JsonNode, JsonResult } from "./json-node.js"
import { nodeOfValue } from "./node-of-value.js"
import type { NormalStatement, ParsedDocument, PolicyVersion } from "./normal-form.js"
import { parseStatement } from "./parse-statement.js"
import { readJson } from "./read-json.js"
import { collectProblems, membersOf, type Report } from "./report.js"

/**
 * Reads a policy document and lists everything in it that the language does not have. A document
 * with problems is broken.
 *
 * Source: IAM User Guide, "Grammar of the JSON policy language".
 */
export function parseDocument(source: unknown, kind: DocumentKind): ParsedDocument {
  const { problems, report } = collectProblems()
  const read = readSource(source)
  if (!read.ok) {
    report("syntax", read.failure.message, read.failure.at, "")
    return { document: undefined, problems, root: undefined }
  }
  const root = read.node
  if (root.type !== "object") {
    report("wrongType", "a policy is a JSON object", root.at, "")
    return { document: undefined, problems, root }
  }
  const members = membersOf(root, "", report)
  for (const member of members.values()) {
    if (!documentElements.has(member.name)) {
      report("unknownElement", `\`${member.name}\` is not an element`, member.at, member.name)
    }
  }
  readId(members.get("Id")?.value, kind, report)
  const versionNode = members.get("Version")?.value
  const version = readVersion(versionNode, report)
  const statements = readStatements(members.get("Statement")?.value, root.at, kind, report)
  return { document: { version, versionAt: versionNode?.at, statements }, problems, root }
}

const documentElements: ReadonlySet<string> = new Set(["Version", "Id", "Statement"])

function readSource(source: unknown): JsonResult {
  if (typeof source !== "string") return nodeOfValue(source)
  if (source.length > documentCharactersMax) {
    return { ok: false, failure: { message: "the document is too large to read", at: 0 } }
  }
  return readJson(source)
}

function readId(node: JsonNode | undefined, kind: DocumentKind, report: Report): void {
  if (node === undefined) return
  const rules = documentRules[kind]
  if (!rules.id) report("idNotAllowed", `an ${rules.title} has no \`Id\``, node.at, "Id")
  if (node.type !== "string") report("wrongType", "`Id` is a string", node.at, "Id")
}

function readVersion(node: JsonNode | undefined, report: Report): PolicyVersion {
  if (node === undefined) return "2008-10-17"
  const value = node.type === "string" ? node.value : undefined
  if (value === "2012-10-17" || value === "2008-10-17") return value
  report("unsupportedVersion", "`Version` is `2012-10-17` or `2008-10-17`", node.at, "Version")
  return "2008-10-17"
}

function readStatements(
  node: JsonNode | undefined,
  documentAt: number,
  kind: DocumentKind,
  report: Report,
): NormalStatement[] {
  if (node === undefined) {
    report("missingStatement", "a policy has a `Statement`", documentAt, "Statement")
    return []
  }
  const list = node.type === "array"
  const items = list ? node.items : [node]
  const statements: NormalStatement[] = []
  for (const [index, item] of items.entries()) {
    const path = list ? `Statement[${index}]` : "Statement"
    if (item.type !== "object") {
      report("wrongType", "a statement is a JSON object", item.at, path)
      continue
    }
    const statement = parseStatement(item, { index, path, kind, report })
    if (statement !== undefined) statements.push(statement)
  }
  return statements
}
