import { findConditionKey } from "../catalogue/condition-keys.js"
import { globOf, matchGlob } from "../operators/glob.js"
import { tokenize } from "../operators/tokens.js"
import type { NormalStatement } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { parsePrincipalArn } from "../vocabulary/principal-arn.js"
import { conditionsOf, type Rule, remark } from "./rule.js"
import { isAllow } from "./statement-facts.js"

/** Longer lists are not compared entry by entry. */
const actionsComparedMax = 200

const redundantAction: Rule = {
  code: "redundantAction",
  severity: "suggestion",
  find: ({ document }) =>
    document.statements.flatMap(({ action }) => {
      const values = action?.values ?? []
      if (values.length > actionsComparedMax) return []
      return values
        .filter(({ value }, index) =>
          values.some((other, at) => at !== index && covers(other.value, value, at < index)),
        )
        .map((place) => remark(place, `\`${place.value}\` is covered by another entry`))
    }),
}

/** Of two equal entries the later one is redundant. */
function covers(pattern: string, name: string, comesFirst: boolean): boolean {
  const lower = lowerAscii(pattern)
  if (lower === lowerAscii(name)) return comesFirst
  return matchGlob(
    globOf(tokenize(lower, { hasVariables: false, hasWildcards: true })),
    lowerAscii(name),
  )
}

const redundantStatement: Rule = {
  code: "redundantStatement",
  severity: "suggestion",
  find: ({ document }) => {
    const seen = new Set<string>()
    return document.statements.flatMap((statement) => {
      const meaning = meaningOf(statement)
      const repeated = seen.has(meaning)
      seen.add(meaning)
      const message = "an earlier statement says the same"
      return repeated ? [{ at: statement.at, path: statement.path, message }] : []
    })
  },
}

/** The statement without Sid and positions, lists in one order. */
function meaningOf({ effect, principal, action, resource, conditions }: NormalStatement): string {
  const texts = (list: { readonly values: readonly { readonly value: string }[] } | undefined) =>
    list?.values.map(({ value }) => value).sort()
  return JSON.stringify([
    effect,
    principal?.isNegated,
    principal?.isEveryone,
    principal?.entries.map(({ kind, value }) => `${kind} ${value}`).sort(),
    action?.isNegated,
    texts(action)?.map(lowerAscii),
    resource?.isNegated,
    texts(resource),
    conditions.map((one) => [one.operator, lowerAscii(one.key), texts(one)].join("\n")).sort(),
  ])
}

const redundantPrincipal: Rule = {
  code: "redundantPrincipal",
  severity: "suggestion",
  find: ({ document }) =>
    document.statements.flatMap(({ principal }) => {
      if (principal === undefined) return []
      const names = principal.entries.map(({ kind, value, arn }) => ({
        name: `${kind} ${arn?.canonical ?? value}`,
        partition: arn?.partition,
      }))
      return principal.entries
        .filter(({ kind, value }, index) => {
          if (principal.isEveryone && kind === "AWS" && value !== "*") return true
          const own = names[index]
          return names.some(({ name, partition }, other) => {
            if (name !== own?.name) return false
            // Twelve digits are the account of every partition.
            return partition === own.partition ? other < index : partition === undefined
          })
        })
        .map((place) => remark(place, `\`${place.value}\` is covered by another entry`))
    }),
}

const stringOperatorOnArnKey: Rule = {
  code: "stringOperatorOnArnKey",
  severity: "suggestion",
  find: (input) =>
    conditionsOf(input)
      .filter(({ condition: { row, key } }) => {
        return row.type === "String" && findConditionKey(key)?.type === "ARN"
      })
      .map(({ condition }) =>
        remark(condition, `\`${condition.key}\` holds an ARN: use \`ArnLike\` or \`ArnEquals\``),
      ),
}

const missingSid: Rule = {
  code: "missingSid",
  severity: "suggestion",
  find: ({ document }) =>
    document.statements
      .filter(({ sid }) => sid === undefined)
      .map(({ at, path }) => ({
        at,
        path,
        message: "a `Sid` would name the statement in explanations",
      })),
}

/** The default key policy lets IAM policies of the account manage the key. */
const defaultPolicyDrift: Rule = {
  code: "defaultPolicyDrift",
  severity: "suggestion",
  find: ({ document, kind, options: { account } }) => {
    if (kind !== "keyPolicy") return []
    if (document.statements.some((statement) => delegatesEverything(statement, account))) return []
    const message = "no statement lets IAM policies manage the key, as the default policy does"
    return [{ at: 0, path: "Statement", message }]
  },
}

function delegatesEverything(statement: NormalStatement, account: string | undefined): boolean {
  const { principal, action, resource, conditions } = statement
  if (!isAllow(statement) || conditions.length > 0 || principal === undefined) return false
  const delegates = principal.entries.some(({ kind, value }) => {
    const arn = kind === "AWS" ? parsePrincipalArn(value) : undefined
    return arn?.type === "account" && (account === undefined || arn.account === account)
  })
  const everyAction = action?.values.some(({ value }) => ["*", "kms:*"].includes(lowerAscii(value)))
  const thisKey = resource?.values.some(({ value }) => value === "*")
  const plain = action?.isNegated === false && resource?.isNegated === false && !principal.isNegated
  return plain && delegates && everyAction === true && thisKey === true
}

export const suggestionRules: readonly Rule[] = [
  redundantAction,
  redundantStatement,
  redundantPrincipal,
  stringOperatorOnArnKey,
  missingSid,
  defaultPolicyDrift,
]
