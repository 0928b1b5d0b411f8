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
      readKeys(member.value, operatorPath, { operator: member.name, name }, conditions, report)
    }
  }
  return conditions
}

/** An operator, as written and taken apart. */
interface WrittenOperator {
  readonly operator: string
  readonly name: OperatorName
}

function readKeys(
  node: JsonNode & { type: "object" },
  path: string,
  { operator, name }: WrittenOperator,
  conditions: NormalCondition[],
  report: Report,
): void {
  const { quantifier, row, hasIfExists } = name
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
    const { at, name: key } = member
    conditions.push({ operator, quantifier, row, hasIfExists, key, values, at, path: keyPath })
  }
}
