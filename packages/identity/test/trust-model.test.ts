import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createTokenService } from "../src/index.js"
import {
  account,
  openAccounts,
  otherAccount,
  policy,
  roleArn,
  userArn,
} from "./support/accounts.js"

/*
 * Who may assume a role, by a model of a few lines: random trust policies, and users of the same
 * account and of another one, with and without a policy of their own.
 */

interface Statement {
  readonly Effect: "Allow" | "Deny"
  readonly Principal: "*" | { readonly AWS: string }
  readonly Action: string
  readonly externalId: string | undefined
}

interface Caller {
  readonly name: string
  readonly of: string
  /** What its own policy says of the role. */
  readonly own: "Allow" | "Deny" | "nothing"
}

const callers: readonly Caller[] = [account, otherAccount].flatMap((of) =>
  (["Allow", "Deny", "nothing"] as const).map((own) => ({ name: own.toLowerCase(), of, own })),
)

const arnOf = ({ name, of }: Caller): string => userArn(name, "/", of)

const principals = [
  "*" as const,
  ...[account, `arn:aws:iam::${account}:root`, otherAccount].map((AWS) => ({ AWS })),
  ...callers.map((caller) => ({ AWS: arnOf(caller) })),
]

const anyStatement: fc.Arbitrary<Statement> = fc.record({
  Effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
  Principal: fc.constantFrom(...principals),
  Action: fc.constantFrom("sts:AssumeRole", "sts:*", "sts:Assume*", "sts:TagSession"),
  externalId: fc.constantFrom(undefined, undefined, "one", "two"),
})

const whoever: Statement = {
  Effect: "Allow",
  Principal: "*",
  Action: "sts:AssumeRole",
  externalId: undefined,
}

const written = ({ externalId, ...statement }: Statement) => ({
  ...statement,
  ...(externalId !== undefined && {
    Condition: { StringEquals: { "sts:ExternalId": externalId } },
  }),
})

/** How a statement means a caller: by name, by account, or not. */
function meant({ Principal }: Statement, caller: Caller): "by name" | "by account" | "not" {
  if (Principal === "*" || Principal.AWS === arnOf(caller)) return "by name"
  return Principal.AWS.replace(/^arn:aws:iam::(\d+):root$/, "$1") === caller.of
    ? "by account"
    : "not"
}

/**
 * Nobody whom a Deny means. Of the same account whoever is meant by name, or by account with a
 * policy of their own; of another account both sides have to allow it.
 */
function mayAssume(trust: readonly Statement[], caller: Caller, externalId?: string): boolean {
  const meaning = trust.filter(
    (one) =>
      one.Action !== "sts:TagSession" &&
      (one.externalId === undefined || one.externalId === externalId) &&
      meant(one, caller) !== "not",
  )
  const allowed = meaning.filter(({ Effect }) => Effect === "Allow")
  if (caller.own === "Deny" || meaning.length > allowed.length) return false
  const isEnough = caller.of === account && allowed.some((one) => meant(one, caller) === "by name")
  return isEnough || (allowed.length > 0 && caller.own === "Allow")
}

const statementOf = ({ own }: Caller) => policy({ Effect: own, Action: "sts:AssumeRole" })

const usersOf = (of: string) =>
  Object.fromEntries(
    callers
      .filter((caller) => caller.of === of)
      .map((caller) => [
        caller.name,
        caller.own === "nothing" ? {} : { policies: { own: statementOf(caller) } },
      ]),
  )

describe("a role, whatever its trust policy,", () => {
  it("is assumed by those whom the model lets in, and by nobody else", async () => {
    const answers = { true: 0, false: 0 }
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStatement, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(undefined, "one"),
        async (trust, ExternalId) => {
          const trustPolicy = { Version: "2012-10-17", Statement: trust.map(written) }
          const { directory } = await openAccounts({
            accounts: {
              [account]: { users: usersOf(account), roles: { R: { trustPolicy } } },
              [otherAccount]: { users: usersOf(otherAccount) },
            },
          })
          const sts = createTokenService({ directory })
          const input = {
            ...{ RoleArn: roleArn("R"), RoleSessionName: "session" },
            ...(ExternalId !== undefined && { ExternalId }),
          }
          for (const caller of callers) {
            const { accessKeyId } = await directory.accessKeys.create(caller.of, caller.name)
            const known = await sts.credentials(accessKeyId, undefined)
            const isAllowed = await sts.call({ bearer: known?.bearer }, "AssumeRole", input).then(
              () => true,
              ({ name }: Error) => {
                expect(name).toBe("AccessDenied")
                return false
              },
            )
            const isExpected = mayAssume(trust, caller, ExternalId)
            answers[`${isExpected}`] += 1
            expect([arnOf(caller), isAllowed]).toEqual([arnOf(caller), isExpected])
          }
        },
      ),
      // The first lets somebody in, so that not chance alone decides whether any run does.
      { numRuns: process.env["SLOW"] === "1" ? 3000 : 20, examples: [[[whoever], undefined]] },
    )
    expect(answers.true).toBeGreaterThan(0)
    expect(answers.false).toBeGreaterThan(0)
  })
})
