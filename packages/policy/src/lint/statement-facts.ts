import { actionEntries } from "../catalogue/action-index.js"
import { type ActionRow, actions } from "../catalogue/actions.js"
import { compileActions } from "../compile/compile-actions.js"
import type { NormalStatement } from "../parse/normal-form.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { parsePrincipalArn } from "../vocabulary/principal-arn.js"

/** The KMS permissions that a statement names. */
export function actionRowsOf(statement: NormalStatement): readonly ActionRow[] {
  const test = compileActions(statement.action)
  const named = actionEntries.filter(
    ({ low, high }) => (test.low & low) !== 0 || (test.high & high) !== 0,
  )
  return named.length === actions.length ? actions : named.map(({ row }) => row)
}

export const hasConditionOn = (statement: NormalStatement, keys: readonly string[]): boolean =>
  statement.conditions.some(({ key }) => {
    const lower = lowerAscii(key)
    return keys.some((wanted) =>
      wanted.endsWith("/") || wanted.endsWith(":") ? lower.startsWith(wanted) : lower === wanted,
    )
  })

/** The accounts that a statement names, other than the given one. */
export function otherAccounts(statement: NormalStatement, account: string): readonly string[] {
  const named = (statement.principal?.entries ?? [])
    .filter(({ kind }) => kind === "AWS")
    .map(({ value }) => parsePrincipalArn(value)?.account)
  return named.filter((one) => one !== undefined).filter((one) => one !== account)
}

export const isAllow = (statement: NormalStatement): boolean => statement.effect === "Allow"
