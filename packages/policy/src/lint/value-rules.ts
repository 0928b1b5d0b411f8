import { findConditionKey } from "../catalogue/condition-keys.js"
import type { OperatorRow } from "../operators/operator.js"
import type { NormalText } from "../parse/normal-form.js"
import { isAccountId, splitArn } from "../vocabulary/principal-arn.js"
import { conditionsOf, type Remark, type Rule, type RuleInput, remark } from "./rule.js"

/** Values that cannot be read as what their operator compares. */
const unreadable = (code: string, type: OperatorRow["type"], what: string): Rule => ({
  code,
  severity: "error",
  find: (input) =>
    conditionsOf(input).flatMap(({ condition }) => {
      const { row } = condition
      if (row.type !== type) return []
      return condition.values
        .filter(({ value }) => !(row.hasVariables && value.includes("${")) && !row.reads(value))
        .map((value) => remark(value, `\`${value.value}\` is not ${what}`))
    }),
})

const emptyList: Rule = {
  code: "emptyList",
  severity: "error",
  find: ({ document }) =>
    document.statements.flatMap((statement) => {
      const { action, resource, principal, conditions } = statement
      const lists = [action, resource, ...conditions].filter((list) => list !== undefined)
      const empty: { at: number; path: string }[] = lists.filter(
        ({ values }) => values.length === 0,
      )
      if (principal !== undefined && !principal.isEveryone && principal.entries.length === 0) {
        empty.push(principal)
      }
      return empty.map((place) => remark(place, "the list is empty"))
    }),
}

const resourcesOf = ({ document }: RuleInput): readonly NormalText[] =>
  document.statements.flatMap(({ resource }) => resource?.values ?? [])

/** Wildcards and variables may stand for anything. */
const isOpen = (text: string): boolean =>
  text.includes("*") || text.includes("?") || text.includes("${")

const invalidResourceArn: Rule = {
  code: "invalidArn",
  severity: "error",
  find: (input) =>
    resourcesOf(input)
      .filter(({ value }) => value !== "*" && !looksLikeArn(value))
      .map((place) => remark(place, `\`${place.value}\` is not an ARN`)),
}

function looksLikeArn(value: string): boolean {
  if (!value.startsWith("arn:")) return false
  const service = value.split(":")[2]
  if (service !== undefined && service !== "*" && isOpen(service)) return false
  return splitArn(value) !== undefined || value.endsWith("*")
}

/** Remarks about one part of the resources that are ARNs. */
function resourcePart(
  code: string,
  find: (parts: { account: string; region: string }) => string | undefined,
): Rule {
  const remarks = (place: NormalText): readonly Remark[] => {
    const parts = splitArn(place.value)
    const message = parts === undefined ? undefined : find(parts)
    return message === undefined ? [] : [remark(place, message)]
  }
  return { code, severity: "error", find: (input) => resourcesOf(input).flatMap(remarks) }
}

const invalidAccount = resourcePart("invalidAccountId", ({ account }) =>
  account === "" || isOpen(account) || isAccountId(account)
    ? undefined
    : `\`${account}\` is not an account id`,
)

const invalidRegion = resourcePart("invalidRegion", ({ region }) =>
  region === "" || isOpen(region) || isRegion(region) ? undefined : `\`${region}\` is not a Region`,
)

/** `us-east-1`, `us-gov-west-1`: words of letters and a number. */
function isRegion(text: string): boolean {
  const words = text.split("-")
  const last = words.pop() ?? ""
  const isWord = (word: string) =>
    word !== "" && [...word].every((letter) => letter >= "a" && letter <= "z")
  return words.length >= 2 && words.every(isWord) && last.length === 1 && last >= "1" && last <= "9"
}

const setOperatorMissing: Rule = {
  code: "setOperatorMissing",
  severity: "error",
  find: (input) =>
    conditionsOf(input)
      .filter(({ condition: { key, quantifier, row } }) => {
        if (quantifier !== undefined || row.tests === "presence") return false
        return findConditionKey(key)?.multivalued === true
      })
      .map(({ condition }) =>
        remark(
          condition,
          `\`${condition.key}\` has many values: say with ForAllValues or ForAnyValue how many ` +
            "of them must match",
        ),
      ),
}

const duplicateSid: Rule = {
  code: "duplicateSid",
  severity: "error",
  find: ({ document, kind }) => {
    if (kind === "keyPolicy") return []
    const seen = new Set<string>()
    return document.statements.flatMap(({ sid, at, path }) => {
      if (sid === undefined || !seen.has(sid)) {
        if (sid !== undefined) seen.add(sid)
        return []
      }
      return [{ at, path: `${path}.Sid`, message: `\`Sid\` \`${sid}\` is repeated` }]
    })
  },
}

const invalidSid: Rule = {
  code: "invalidSid",
  severity: "error",
  find: ({ document, kind }) =>
    document.statements
      .filter(({ sid }) => sid !== undefined && !isSid(sid, kind === "keyPolicy"))
      .map(({ at, path }) => ({
        at,
        path: `${path}.Sid`,
        message: "`Sid` has letters and digits only (in key policies also spaces)",
      })),
}

const isSid = (sid: string, spaces: boolean): boolean =>
  [...sid].every((character) => {
    const lower = character.toLowerCase()
    const letter = lower >= "a" && lower <= "z" && lower.length === 1
    return letter || (character >= "0" && character <= "9") || (spaces && character === " ")
  })

export const valueRules: readonly Rule[] = [
  unreadable("invalidNumber", "Numeric", "a number"),
  unreadable("invalidDate", "Date", "a date"),
  unreadable("invalidIpAddress", "IPAddress", "an address or a range"),
  unreadable("invalidBase64", "Binary", "base64"),
  unreadable("invalidBoolean", "Bool", "`true` or `false`"),
  unreadable("invalidArn", "ARN", "an ARN"),
  emptyList,
  invalidResourceArn,
  invalidAccount,
  invalidRegion,
  setOperatorMissing,
  duplicateSid,
  invalidSid,
]
