import type { Grant, PlainStatement } from "@keywright/policy"
import { compileDocument } from "@keywright/policy"
import { describe, expect, it } from "vitest"
import { grantMutators, statementMutators } from "../../src/coverage/mutators.js"

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`

const rich: PlainStatement = {
  Sid: "Rich",
  Effect: "Allow",
  Principal: { AWS: [role("A"), role("B")], Service: ["logs.amazonaws.com"] },
  Action: ["kms:Encrypt", "kms:Decrypt"],
  Resource: [
    "arn:aws:kms:us-east-1:111122223333:key/1",
    "arn:aws:kms:us-east-1:111122223333:key/2",
  ],
  Condition: {
    StringEquals: { "kms:ViaService": ["s3.us-east-1.amazonaws.com", "logs.amazonaws.com"] },
    Bool: { "aws:SecureTransport": ["true"] },
    "ForAnyValue:ArnLikeIfExists": { "aws:PrincipalArn": [role("*")] },
  },
}
const open: PlainStatement = {
  Effect: "Deny",
  Principal: "*",
  Action: ["kms:*"],
  Resource: ["*"],
}
const grant: Grant = {
  grantId: "1",
  keyId: "k",
  issuingAccount: "111122223333",
  granteePrincipal: role("A"),
  operations: ["Encrypt", "Decrypt"],
  constraints: { encryptionContextEquals: { tenant: "42" } },
}

const changesOf = (statement: PlainStatement) =>
  statementMutators.flatMap(({ name, mutate }) =>
    mutate(statement).map(({ what }) => `${name}: ${what}`),
  )

describe("the mistakes that are made with a statement", () => {
  it("are these", () => {
    expect(changesOf(rich)).toEqual([
      "drop-statement: dropped",
      "flip-effect: with the effect Deny",
      "widen-principal: for every principal",
      `drop-principal: without ${role("A")}`,
      `drop-principal: without ${role("B")}`,
      "drop-principal: without logs.amazonaws.com",
      "widen-action: for every action",
      "drop-action: without its Action kms:Encrypt",
      "drop-action: without its Action kms:Decrypt",
      "widen-resource: for every resource",
      "drop-resource: without its Resource arn:aws:kms:us-east-1:111122223333:key/1",
      "drop-resource: without its Resource arn:aws:kms:us-east-1:111122223333:key/2",
      "drop-condition: without its condition StringEquals kms:ViaService",
      "drop-condition: without its condition Bool aws:SecureTransport",
      "drop-condition: without its condition ForAnyValue:ArnLikeIfExists aws:PrincipalArn",
      "negate-condition: with the condition StringEquals kms:ViaService negated",
      "negate-condition: with the condition Bool aws:SecureTransport negated",
      "negate-condition: with the condition ForAnyValue:ArnLikeIfExists aws:PrincipalArn negated",
      "drop-condition-value: without s3.us-east-1.amazonaws.com in its condition StringEquals kms:ViaService",
      "drop-condition-value: without logs.amazonaws.com in its condition StringEquals kms:ViaService",
    ])
  })

  it("leave out what would change nothing", () => {
    expect(changesOf(open)).toEqual([
      "drop-statement: dropped",
      "flip-effect: with the effect Allow",
    ])
  })

  it("turn NotPrincipal and NotAction into everybody and everything", () => {
    const statement: PlainStatement = {
      Effect: "Deny",
      NotPrincipal: { AWS: [role("A")] },
      NotAction: ["kms:Decrypt"],
      Resource: ["*"],
    }
    const changed = statementMutators.flatMap(({ name, mutate }) =>
      name.startsWith("widen") ? mutate(statement).map((mutation) => mutation.changed) : [],
    )
    expect(changed).toEqual([
      { Effect: "Deny", Principal: "*", NotAction: ["kms:Decrypt"], Resource: ["*"] },
      {
        Effect: "Deny",
        NotPrincipal: { AWS: [role("A")] },
        Action: ["kms:*"],
        Resource: ["*"],
      },
    ])
  })

  it("each leave a policy that can be read and that is another", () => {
    const seen = new Set([JSON.stringify(rich)])
    for (const { mutate } of statementMutators) {
      for (const { changed } of mutate(rich)) {
        const Statement = changed === undefined ? [] : [changed]
        expect(compileDocument({ Version: "2012-10-17", Statement }, "keyPolicy").problem).toBe(
          undefined,
        )
        expect(seen).not.toContain(JSON.stringify(changed))
        seen.add(JSON.stringify(changed))
      }
    }
  })
})

describe("the mistakes that are made with a grant", () => {
  it("are these", () => {
    const changes = grantMutators.flatMap(({ mutate }) => mutate(grant))
    expect(changes.map(({ what }) => what)).toEqual([
      "dropped",
      "without its constraints",
      "without Encrypt",
      "without Decrypt",
    ])
    const { constraints: _, ...free } = grant
    expect(changes[1]?.changed).toEqual(free)
    expect(
      grantMutators.flatMap(({ mutate }) => mutate({ ...free, operations: ["Sign"] })),
    ).toEqual([{ what: "dropped", changed: undefined }])
  })
})
