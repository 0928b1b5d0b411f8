import { actionEntries, findAction } from "../catalogue/action-index.js"
import { keyPropertyConditionKeys } from "../catalogue/actions.js"
import { findConditionKey, isOnlyForIam } from "../catalogue/condition-keys.js"
import { globOf, matchGlob } from "../operators/glob.js"
import { tokenize } from "../operators/tokens.js"
import type { NormalStatement, NormalText } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { splitArn } from "../vocabulary/principal-arn.js"
import { presenceRules } from "./presence-rules.js"
import { conditionRule, conditionsOf, type Rule, remark } from "./rule.js"
import { actionRowsOf, isAllow, otherAccounts } from "./statement-facts.js"

const inertStatement: Rule = {
  code: "inertStatement",
  severity: "warning",
  find: ({ document }) =>
    document.statements
      .filter(({ action, resource }) => action === undefined || resource === undefined)
      .map(({ at, path }) => ({
        at,
        path,
        message: "a statement without `Action` or `Resource` does nothing",
      })),
}

const wildcardInExactOperator = conditionRule(
  "wildcardInExactOperator",
  ({ operator }) => `\`${operator}\` takes \`*\` and \`?\` as plain characters`,
  ({ condition: { row, values } }) =>
    row.language === "text" && values.some(({ value }) => hasWildcard(value)),
)

const hasWildcard = (value: string): boolean =>
  tokenize(value, { hasVariables: true, hasWildcards: true }).some(
    ({ kind }) => kind === "star" || kind === "one",
  )

const textsOf = (statement: NormalStatement): readonly NormalText[] => [
  ...(statement.resource?.values ?? []),
  ...statement.conditions.flatMap(({ values }) => values),
]

const variableUnderOldVersion: Rule = {
  code: "variableUnderOldVersion",
  severity: "warning",
  find: ({ document }) =>
    document.version === "2012-10-17"
      ? []
      : document.statements
          .flatMap(textsOf)
          .filter(({ value }) => value.includes("${"))
          .map((place) => remark(place, "variables need `Version` `2012-10-17`")),
}

const variableInWrongPlace: Rule = {
  code: "variableInWrongPlace",
  severity: "warning",
  find: (input) => [
    ...input.document.statements
      .flatMap(({ action, principal }) => [
        ...(action?.values ?? []),
        ...(principal?.entries ?? []),
      ])
      .filter(({ value }) => value.includes("${"))
      .map((place) => remark(place, "variables are not expanded here")),
    ...input.document.statements
      .flatMap(({ resource }) => resource?.values ?? [])
      .filter(({ value }) => value.split(":").slice(0, 5).join(":").includes("${"))
      .map((place) => remark(place, "variables are expanded in the last part of an ARN only")),
    ...conditionsOf(input)
      .filter(({ condition }) => !condition.row.hasVariables)
      .flatMap(({ condition }) => condition.values)
      .filter(({ value }) => value.includes("${"))
      .map((place) => remark(place, "this operator does not expand variables")),
  ],
}

const unknownAction: Rule = {
  code: "unknownAction",
  severity: "warning",
  find: ({ document }) =>
    document.statements
      .flatMap(({ action }) => action?.values ?? [])
      .filter(({ value }) => lowerAscii(value).startsWith("kms:") && !meetsAction(value))
      .map((place) => remark(place, `\`${place.value}\` meets no known KMS permission`)),
}

function meetsAction(pattern: string): boolean {
  if (findAction(pattern) !== undefined) return true
  const glob = globOf(tokenize(lowerAscii(pattern), { hasVariables: false, hasWildcards: true }))
  return actionEntries.some(({ lower }) => matchGlob(glob, lower))
}

const otherServiceAction: Rule = {
  code: "otherServiceAction",
  severity: "warning",
  find: ({ document, kind }) =>
    kind !== "keyPolicy"
      ? []
      : document.statements
          .flatMap(({ action }) => action?.values ?? [])
          .filter(({ value }) => value !== "*" && !lowerAscii(value).startsWith("kms:"))
          .map((place) => remark(place, "a key policy is about KMS actions only")),
}

const unknownConditionKey = conditionRule(
  "unknownConditionKey",
  ({ key }) => `\`${key}\` is not a known condition key`,
  ({ condition: { key } }) => {
    const lower = lowerAscii(key)
    const ours = lower.startsWith("kms:") || lower.startsWith("aws:") || !lower.includes(":")
    return ours && findConditionKey(key) === undefined
  },
)

const otherServiceKey = conditionRule(
  "otherServiceKey",
  ({ key }) => `KMS requests never carry \`${key}\``,
  ({ statement, condition: { key } }) => {
    const prefix = lowerAscii(key).split(":")[0] ?? ""
    if (prefix === "kms" || prefix === "aws" || !key.includes(":")) return false
    return (statement.action?.values ?? []).every(({ value }) =>
      lowerAscii(value).startsWith("kms:"),
    )
  },
)

const keyNeverPresent = conditionRule(
  "keyNeverPresent",
  ({ key }) => `no action of this statement carries \`${key}\``,
  ({ statement, condition: { key } }) => {
    const row = findConditionKey(key)
    if (row === undefined || !row.name.startsWith("kms:")) return false
    const rows = actionRowsOf(statement)
    return (
      rows.length > 0 &&
      rows.every(
        ({ conditionKeys, resource }) =>
          !conditionKeys.includes(row.name) &&
          (resource === "*" || !keyPropertyConditionKeys.includes(row.name)),
      )
    )
  },
)

const iamKeyInKeyPolicy = conditionRule(
  "iamKeyInKeyPolicy",
  ({ key }) => `\`${key}\` works in IAM policies only: in a key policy it never has a value`,
  ({ condition: { key } }, { kind }) => kind === "keyPolicy" && isOnlyForIam(lowerAscii(key)),
)

const otherKeyResource: Rule = {
  code: "otherKeyResource",
  severity: "warning",
  find: ({ document, kind }) =>
    kind !== "keyPolicy"
      ? []
      : document.statements
          .flatMap(({ resource }) => resource?.values ?? [])
          .filter(({ value }) => value !== "*")
          .map((place) =>
            remark(place, 'in a key policy `"*"` is this key; an ARN can only miss it'),
          ),
}

const aliasResource: Rule = {
  code: "aliasResource",
  severity: "warning",
  find: ({ document }) =>
    document.statements.flatMap((statement) => {
      const rows = actionRowsOf(statement)
      if (rows.length === 0 || rows.some(({ resource }) => resource === "alias+key")) return []
      return (statement.resource?.values ?? [])
        .filter(({ value }) => splitArn(value)?.resource.startsWith("alias/") === true)
        .map((place) =>
          remark(place, "operations on keys are authorized by key ARN, never by alias"),
        )
    }),
}

const notAcrossAccounts: Rule = {
  code: "notAcrossAccounts",
  severity: "warning",
  find: ({ document, kind, options: { account } }) =>
    account === undefined || kind !== "keyPolicy"
      ? []
      : document.statements.flatMap((statement) => {
          const { action } = statement
          if (!isAllow(statement) || action === undefined || action.isNegated) return []
          if (otherAccounts(statement, account).length === 0) return []
          return action.values
            .filter(({ value }) => findAction(value)?.row.crossAccount === false)
            .map((place) => remark(place, `\`${place.value}\` never works across accounts`))
        }),
}

const federatedPrincipal: Rule = {
  code: "federatedPrincipal",
  severity: "warning",
  find: ({ document }) =>
    document.statements
      .flatMap(({ principal }) => principal?.entries ?? [])
      .filter(({ kind }) => kind === "Federated")
      .map((place) =>
        remark(place, "an identity provider never calls KMS; its sessions are roles"),
      ),
}

export const warningRules: readonly Rule[] = [
  ...presenceRules,
  inertStatement,
  wildcardInExactOperator,
  variableUnderOldVersion,
  variableInWrongPlace,
  unknownAction,
  otherServiceAction,
  unknownConditionKey,
  otherServiceKey,
  keyNeverPresent,
  iamKeyInKeyPolicy,
  otherKeyResource,
  aliasResource,
  notAcrossAccounts,
  conditionRule(
    "forAnyValueIfExists",
    ({ operator }) => `\`${operator}\` holds when the key is absent; AWS does not say so`,
    ({ condition: { quantifier, hasIfExists } }) => quantifier === "ForAnyValue" && hasIfExists,
  ),
  conditionRule(
    "pointlessNull",
    ({ quantifier }) => `\`${quantifier}:Null\` always says the same`,
    ({ condition: { quantifier, row } }) => quantifier !== undefined && row.tests === "presence",
  ),
  federatedPrincipal,
]
