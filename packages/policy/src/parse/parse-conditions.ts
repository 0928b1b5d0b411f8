import { findOperator } from "../operators/table.js"
import { foldKey } from "../vocabulary/fold.js"
import type { JsonNode } from "./json-node.js"
import type { NormalCondition, Quantifier } from "./normal-form.js"
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
    const operator = splitOperator(member.name)
    if (operator === undefined) {
      const [code, message] = operatorProblem(member.name)
      report(code, message, member.at, operatorPath)
    } else if (member.value.type !== "object") {
      report("wrongType", "an operator holds an object of keys", member.value.at, operatorPath)
    } else conditions.push(...readKeys(member.value, operatorPath, operator, report))
  }
  return conditions
}

function operatorProblem(name: string): readonly [string, string] {
  return name.endsWith("NullIfExists")
    ? ["nullIfExists", "`Null` tests presence itself and takes no `IfExists`"]
    : ["invalidOperator", `\`${name}\` is not a condition operator`]
}

interface SplitOperator {
  readonly operator: string
  readonly quantifier: Quantifier | undefined
  readonly base: string
  readonly ifExists: boolean
}

const quantifiers: readonly (readonly [Quantifier, string])[] = [
  ["ForAllValues", "ForAllValues:"],
  ["ForAnyValue", "ForAnyValue:"],
]
const ifExistsSuffix = "IfExists"

/** Takes `ForAllValues:StringLikeIfExists` apart; undefined for what is no operator. */
function splitOperator(text: string): SplitOperator | undefined {
  const [quantifier, prefix = ""] = quantifiers.find(([, start]) => text.startsWith(start)) ?? []
  const rest = text.slice(prefix.length)
  const ifExists = rest.endsWith(ifExistsSuffix)
  const base = ifExists ? rest.slice(0, -ifExistsSuffix.length) : rest
  const row = findOperator(base)
  if (row === undefined || (ifExists && !row.ifExists)) return undefined
  return { operator: text, quantifier, base, ifExists }
}

function readKeys(
  node: JsonNode & { type: "object" },
  path: string,
  operator: SplitOperator,
  report: Report,
): NormalCondition[] {
  const conditions: NormalCondition[] = []
  const seen = new Set<string>()
  for (const member of membersOf(node, path, report).values()) {
    const keyPath = join(path, member.name)
    const lower = foldKey(member.name)
    if (seen.has(lower)) {
      const message = `key \`${member.name}\` is repeated in another letter case`
      report("duplicateKeyByCase", message, member.at, keyPath)
    }
    seen.add(lower)
    if (member.name === "") report("invalidKey", "a condition key is empty", member.at, keyPath)
    const values = readTexts(member.value, keyPath, report, "scalars")
    conditions.push({
      operator: operator.operator,
      quantifier: operator.quantifier,
      base: operator.base,
      ifExists: operator.ifExists,
      key: member.name,
      values,
      at: member.at,
      path: keyPath,
    })
  }
  return conditions
}
