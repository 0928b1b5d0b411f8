import type { Identity } from "../../src/ports/identities.js"

type Text = string | readonly string[]

interface StatementInput {
  readonly Sid?: string
  readonly Effect?: "Allow" | "Deny"
  readonly Principal?: unknown
  readonly Action?: Text
  readonly Resource?: Text
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** A policy document; what a statement leaves out is the widest choice. */
export const policyOf = (...statements: readonly StatementInput[]) => ({
  Version: "2012-10-17",
  Statement: statements.map((statement) => ({
    Effect: "Allow",
    Action: "kms:*",
    Resource: "*",
    ...statement,
  })),
})

/** A key policy as text. */
export const keyPolicyOf = (...statements: readonly StatementInput[]): string =>
  JSON.stringify(
    policyOf(...statements.map((statement) => ({ Principal: { AWS: "*" }, ...statement }))),
  )

/** An identity that may do all that its statements say. */
export const identityOf = (...statements: readonly StatementInput[]): Identity => ({
  policies: [policyOf(...statements)],
})

export const mayDoAll: Identity = identityOf({})
