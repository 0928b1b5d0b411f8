import { expect, test } from "vitest"
import { type DocumentKind, type LintOptions, lint } from "../../src/index.js"
import { abroad, home } from "./scene.js"

/*
 * Where a finding begins and ends: a policy, and the places of one code in it. Beside each row that
 * has a finding stand those that say almost the same and have none.
 */

export interface More {
  readonly [element: string]: unknown
}

export interface Asked extends LintOptions {
  readonly kind?: DocumentKind
  readonly version?: string
}

export const own = `arn:aws:iam::${home}:user/ann`
export const network = "203.0.113.0/24"
export const when = (operator: string, name: string, value: unknown): More => ({
  Condition: { [operator]: { [name]: value } },
})
export const deny = (operator: string, name: string, value: unknown): More => ({
  Effect: "Deny",
  Principal: "*",
  ...when(operator, name, value),
})

export function textOf(
  statements: More | readonly More[],
  { kind = "keyPolicy", version }: Asked,
): string {
  const named = kind === "keyPolicy" || kind === "rcp"
  const common = {
    Sid: "Use",
    Effect: "Allow",
    ...(named ? { Principal: { AWS: own } } : {}),
    Action: "kms:Decrypt",
    Resource: "*",
  }
  const list = [statements].flat().map((more) => ({ ...common, ...more }))
  return JSON.stringify({ Version: version ?? "2012-10-17", Statement: list })
}

/** The places of a code, without what all have in common. */
function placesOf(code: string, statements: More | readonly More[], asked: Asked = {}): string[] {
  const { account } = asked
  return lint(textOf(statements, asked), asked.kind ?? "keyPolicy", { account })
    .filter((finding) => finding.code === code)
    .map(({ path }) => path.replace("Statement[0].", "").replace("Condition.", ""))
}

export type Row = readonly [
  sentence: string,
  more: More | readonly More[],
  places: readonly string[],
  asked?: Asked,
]

/** All rows of a code at once: what each says is told by its sentence. */
export function ofCode(code: string, rows: readonly Row[]): void {
  test(`${code} is found where it is, and not next to it`, () => {
    const found = rows.map(([sentence, more, , asked]) => [sentence, placesOf(code, more, asked)])
    expect(found).toEqual(rows.map(([sentence, , places]) => [sentence, places]))
  })
}

export const identity = { kind: "identityPolicy" } as const
export const tenant = "kms:EncryptionContext:tenant"
export const names = "kms:EncryptionContextKeys"
export const vpce = "aws:SourceVpce"
/** Somebody of another account. */
export const theirs = { AWS: `arn:aws:iam::${abroad}:role/App` }
