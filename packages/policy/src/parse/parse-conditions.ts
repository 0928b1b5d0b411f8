import { type OperatorName, parseOperatorName } from "../operators/operator-name.js"
import { lowerAscii } from "../vocabulary/fold.js"
import type { JsonNode } from "./json-node.js"
import type { NormalCondition } from "./normal-form.js"
import { join, membersOf, type Report, readTexts } from "./report.js"

export function parseConditions(
  node: JsonNode | undefined,
  path: string,
  report: Report,
): NormalCondition[] {
  if (node === undefined) return []
  if (node.type !== "object") {
    report("wrongType", "`Condition` is an object of operators", node.at, path)
    return []
  }
  const conditions: NormalCondition[] = []
  for (const member of membersOf(node, path, report).values()) {
    const operatorPath = join(path, member.name)
    const name = parseOperatorName(member.name)
    if (name === undefined) {
      const message = `\`${member.name}\` is not a condition operator`
      report("invalidOperator", message, member.at, operatorPath)
    } else if (name.hasIfExists && !name.row.takesIfExists) {
      const message = `\`${name.row.name}\` tests presence itself and takes no \`IfExists\``
      report("nullIfExists", message, member.at, operatorPath)
    } else if (member.value.type !== "object") {
      report("wrongType", "an operator holds an object of keys", member.value.at, operatorPath)
    } else {
      const written = { operator: member.name, ...name }
      conditions.push(...readKeys(member.value, operatorPath, written, report))
    }
  }
  return conditions
}

/** An operator, as written and taken apart. */
interface WrittenOperator extends OperatorName {
  readonly operator: string
}

function readKeys(
  node: JsonNode & { type: "object" },
  path: string,
  written: WrittenOperator,
  report: Report,
): NormalCondition[] {
  const conditions: NormalCondition[] = []
  const seen = new Set<string>()
  for (const member of membersOf(node, path, report).values()) {
    const keyPath = join(path, member.name)
    const lower = lowerAscii(member.name)
    if (seen.has(lower)) {
      const message = `key \`${member.name}\` is repeated in another letter case`
      report("duplicateKeyByCase", message, member.at, keyPath)
    }
    seen.add(lower)
    if (member.name === "") report("invalidKey", "a condition key is empty", member.at, keyPath)
    const values = readTexts(member.value, keyPath, report, "scalars")
    conditions.push({ ...written, key: member.name, values, at: member.at, path: keyPath })
  }
  return conditions
}
