import { findConditionKey } from "../catalogue/condition-keys.js"
import type { NormalPrincipal } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { parsePrincipalArn } from "../vocabulary/principal-arn.js"
import { conditionsOf, type Rule, remark } from "./rule.js"
import { actionRowsOf, hasConditionOn, isAllow, otherAccounts } from "./statement-facts.js"

/** Keys that narrow "everyone" to someone. Lower case. */
const narrowingKeys: readonly string[] = [
  "kms:calleraccount",
  "kms:viaservice",
  "aws:principalaccount",
  "aws:principalarn",
  "aws:principalorgid",
  "aws:principalorgpaths",
  "aws:principaltag/",
  "aws:userid",
  "aws:username",
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceip",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  "aws:sourcevpc",
  "aws:sourcevpcarn",
  "aws:sourcevpce",
  "aws:vpceaccount",
  "aws:vpceorgid",
  "aws:vpceorgpaths",
]

const publicPrincipal: Rule = {
  code: "publicPrincipal",
  severity: "security",
  find: ({ document, kind }) =>
    kind !== "keyPolicy"
      ? []
      : document.statements.flatMap((statement) => {
          const { principal } = statement
          if (!isAllow(statement) || principal?.isEveryone !== true) return []
          if (hasConditionOn(statement, narrowingKeys)) return []
          return [remark(principal, "everyone is allowed, and no condition narrows it")]
        }),
}

const forAllValuesOnSingleValue: Rule = {
  code: "forAllValuesOnSingleValue",
  severity: "security",
  find: (input) =>
    conditionsOf(input)
      .filter(({ statement, condition: { quantifier, key, row } }) => {
        if (!isAllow(statement) || quantifier !== "ForAllValues") return false
        return row.tests === "value" && findConditionKey(key)?.multivalued === false
      })
      .map(({ condition }) =>
        remark(condition, `\`ForAllValues\` also holds when \`${condition.key}\` is missing`),
      ),
}

const notActionWithAllow: Rule = {
  code: "notActionWithAllow",
  severity: "security",
  find: ({ document }) =>
    document.statements.flatMap((statement) =>
      isAllow(statement) && statement.action?.isNegated === true
        ? [remark(statement.action, "`NotAction` with `Allow` allows every action to come")]
        : [],
    ),
}

const everyActionForOtherAccount: Rule = {
  code: "everyActionForOtherAccount",
  severity: "security",
  find: ({ document, options: { account } }) =>
    account === undefined
      ? []
      : document.statements.flatMap((statement) => {
          const { action } = statement
          if (!isAllow(statement) || action === undefined || action.isNegated) return []
          if (otherAccounts(statement, account).length === 0) return []
          return action.values
            .filter(({ value }) => value === "*" || lowerAscii(value) === "kms:*")
            .map((place) => remark(place, "every action is allowed to another account"))
        }),
}

const confusedDeputyKeys = [
  "aws:sourcearn",
  "aws:sourceaccount",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  "kms:grantconstraintsourcearn",
]

const confusedDeputy: Rule = {
  code: "confusedDeputy",
  severity: "security",
  find: ({ document }) =>
    document.statements.flatMap((statement) => {
      const service = statement.principal?.entries.find(({ kind }) => kind === "Service")
      if (!isAllow(statement) || service === undefined) return []
      if (hasConditionOn(statement, confusedDeputyKeys)) return []
      return [remark(service, "a service may act for anyone: add `aws:SourceArn` or its account")]
    }),
}

const grantKeys = [
  "kms:encryptioncontext:",
  "kms:encryptioncontextkeys",
  "kms:grantconstrainttype",
  "kms:grantconstraintsourcearn",
  "kms:grantisforawsresource",
  "kms:grantoperations",
  "kms:granteeprincipal",
  "kms:granteeserviceprincipal",
  "kms:retiringprincipal",
  "kms:viaservice",
]

const unboundCreateGrant: Rule = {
  code: "unboundCreateGrant",
  severity: "security",
  find: ({ document, kind }) =>
    document.statements.flatMap((statement) => {
      const { action, principal } = statement
      if (!isAllow(statement) || action === undefined) return []
      if (kind === "keyPolicy" && isDelegation(principal)) return []
      if (!actionRowsOf(statement).some(({ name }) => name === "kms:CreateGrant")) return []
      if (hasConditionOn(statement, grantKeys)) return []
      return [remark(action, "`kms:CreateGrant` hands permissions on without a condition")]
    }),
}

/** Names accounts only: their administrators decide further. */
function isDelegation(principal: NormalPrincipal | undefined): boolean {
  if (principal === undefined || principal.isEveryone || principal.entries.length === 0)
    return false
  return principal.entries.every(
    ({ kind, value }) => kind === "AWS" && parsePrincipalArn(value)?.type === "account",
  )
}

export const securityRules: readonly Rule[] = [
  publicPrincipal,
  forAllValuesOnSingleValue,
  notActionWithAllow,
  everyActionForOtherAccount,
  confusedDeputy,
  unboundCreateGrant,
]
