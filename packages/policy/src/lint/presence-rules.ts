import { findConditionKey } from "../catalogue/condition-keys.js"
import type { NormalStatement } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { conditionRule, type Rule } from "./rule.js"
import { hasConditionOn, isAllow } from "./statement-facts.js"

const isOptional = (key: string): boolean => findConditionKey(key)?.present === "sometimes"

/** Another condition of the statement already settles whether the key is there. */
const testsPresence = (statement: NormalStatement, key: string): boolean =>
  statement.conditions.some(
    (condition) =>
      condition.row.tests === "presence" && lowerAscii(condition.key) === lowerAscii(key),
  )

const denyMissesAbsentKey = conditionRule(
  "denyMissesAbsentKey",
  ({ key }) => `this does not deny when \`${key}\` is absent`,
  ({ statement, condition: { key, row, hasIfExists, quantifier } }) =>
    !isAllow(statement) &&
    !row.isNegated &&
    !hasIfExists &&
    quantifier !== "ForAllValues" &&
    isOptional(key) &&
    !testsPresence(statement, key),
)

const negationMeetsAbsentKey = conditionRule(
  "negationMeetsAbsentKey",
  ({ key }) => `this also holds when \`${key}\` is absent`,
  ({ statement, condition: { key, row, hasIfExists, quantifier } }) =>
    row.isNegated &&
    !hasIfExists &&
    quantifier !== "ForAnyValue" &&
    isOptional(key) &&
    !testsPresence(statement, key),
)

const endpointKeys = ["aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpcsourceip"]
const serviceKeys = [
  "aws:viaawsservice",
  "kms:viaservice",
  "aws:calledvia",
  "aws:principalisawsservice",
]

/** A deny by address hits calls through endpoints and services, which have no such address. */
const networkDeny = (code: string, keys: readonly string[], excused: readonly string[]): Rule =>
  conditionRule(
    code,
    ({ key }) => `a deny by \`${key}\` also hits calls that reach KMS another way`,
    ({ statement, condition: { key, row } }) =>
      !isAllow(statement) &&
      keys.includes(lowerAscii(key)) &&
      row.isNegated &&
      !hasConditionOn(statement, excused),
  )

/** What a key that may be absent does to a condition. */
export const presenceRules: readonly Rule[] = [
  denyMissesAbsentKey,
  negationMeetsAbsentKey,
  networkDeny("sourceIpWithoutEndpoint", ["aws:sourceip"], endpointKeys),
  networkDeny("networkDenyHitsServices", ["aws:sourceip", ...endpointKeys], serviceKeys),
]
