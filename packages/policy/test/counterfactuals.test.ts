import { describe, expect, test } from "vitest"
import { compile, type Policies } from "../src/index.js"
import {
  allows,
  closed,
  delegated,
  grantTo,
  keyAllows,
  keyDenies,
  merge,
  nothing,
  requestOf,
} from "./support/scene.js"

const office = { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }

function first(policies: Policies, more = {}) {
  return compile(policies).counterfactuals(requestOf("user", more))[0]
}

describe("counterfactuals", () => {
  test("a call from the wrong address is told the right one", () => {
    const found = first(
      { keyPolicy: keyDenies("*", { Condition: office }) },
      { context: { "aws:SourceIp": "198.51.100.1" } },
    )
    expect(found?.changes).toEqual([
      { change: "setContext", key: "aws:SourceIp", value: "203.0.113.0" },
    ])
    expect(found?.sentence).toBe(
      "The request would be allowed if you send aws:SourceIp = 203.0.113.0.",
    )
  })

  test("a call without encryption context is told which one", () => {
    const condition = { StringEquals: { "kms:EncryptionContext:tenant": "42" } }
    const found = first({ keyPolicy: keyAllows("*", { Condition: condition }) })
    expect(found?.changes).toEqual([
      { change: "setContext", key: "kms:EncryptionContext:tenant", value: "42" },
    ])
  })

  test("a grantee with the wrong encryption context is told the one of the grant", () => {
    const constraints = { encryptionContextEquals: { tenant: "42" } }
    const found = first({
      keyPolicy: closed,
      grants: [grantTo("arn:aws:iam::111122223333:user/ann", { constraints })],
    })
    expect(found?.changes).toEqual([
      { change: "setEncryptionContext", encryptionContext: { tenant: "42" } },
    ])
  })

  test("an encryption context that a deny forbids is not offered for a grant", () => {
    const user = "arn:aws:iam::111122223333:user/ann"
    const forbidden = { StringEquals: { "kms:EncryptionContext:Tenant": "prod" } }
    const constraints = { encryptionContextEquals: { tenant: "prod" } }
    const keyPolicy = merge(closed, keyAllows("*", { Effect: "Deny", Condition: forbidden }))
    const compiled = compile({ keyPolicy, grants: [grantTo(user, { constraints })] })
    const request = requestOf("user", {
      encryptionContext: { tenant: "dev" },
      context: {
        "kms:EncryptionContext:tenant": "dev",
        "kms:EncryptionContextKeys": ["tenant"],
      },
    })
    const found = compiled.counterfactuals(request, { max: 9 })
    expect(found.length).toBeGreaterThan(0)
    for (const { changes } of found) {
      expect(changes.map(({ change }) => change)).not.toEqual(["setEncryptionContext"])
    }
  })

  test("names of the encryption context come with their values", () => {
    const condition = {
      "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "tenant" },
      StringEquals: { "kms:EncryptionContext:tenant": "42" },
    }
    const found = first({ keyPolicy: keyAllows("*", { Condition: condition }) })
    expect(found?.decision.effect).toBe("allow")
    expect(found?.changes).toEqual([
      { change: "setContext", key: "kms:EncryptionContext:tenant", value: "42" },
    ])
    const named = keyAllows("*", {
      Condition: { "ForAnyValue:StringEquals": { "kms:EncryptionContextKeys": "tenant" } },
    })
    expect(first({ keyPolicy: named })?.changes).toEqual([
      { change: "setEncryptionContext", encryptionContext: { tenant: "value" } },
    ])
  })

  test("a missing identity policy is offered as the narrowest statement", () => {
    const found = first({ keyPolicy: delegated })
    expect(found?.changes).toEqual([
      {
        change: "addStatement",
        to: { document: "identityPolicy", index: 0 },
        statement: {
          Effect: "Allow",
          Action: "kms:Decrypt",
          Resource: "arn:aws:kms:us-east-1:111122223333:key/1234abcd",
        },
      },
    ])
  })

  test("every layer that blocks is mended in one suggestion", () => {
    const scps = [{ account: "111122223333", levels: [{ target: "ou-1", policies: [nothing] }] }]
    const found = first({ keyPolicy: delegated, permissionsBoundary: nothing, scps })
    const documents = found?.changes.map(
      (change) => change.change === "addStatement" && change.to.document,
    )
    expect(documents).toEqual(["scp", "permissionsBoundary", "identityPolicy"])
    expect(found?.decision.effect).toBe("allow")
  })

  test("two denials are both removed", () => {
    const found = first({
      keyPolicy: keyDenies("*"),
      identityPolicies: [allows({ Effect: "Deny" })],
    })
    expect(found?.changes.map(({ change }) => change)).toEqual([
      "removeStatement",
      "removeStatement",
    ])
  })

  test("an allowed call is told what allows it", () => {
    const found = first({ keyPolicy: keyAllows("*") })
    expect(found?.changes).toEqual([
      { change: "removeStatement", from: { document: "keyPolicy", index: 0, statement: 0 } },
    ])
    expect(found?.decision.effect).toBe("implicitDeny")
  })

  test("nothing is offered for an operation that never works across accounts", () => {
    const compiled = compile({ keyPolicy: keyAllows("*"), identityPolicies: [allows()] })
    const request = requestOf("foreignUser", { action: "kms:DisableKey" })
    expect(compiled.counterfactuals(request)).toEqual([])
  })

  test("nothing is offered while a document is broken", () => {
    expect(compile({ keyPolicy: "{" }).counterfactuals(requestOf("user"))).toEqual([])
  })

  test("changes of the request come before changes of a policy", () => {
    const found = compile({ keyPolicy: keyDenies("*", { Condition: office }) }).counterfactuals(
      requestOf("user"),
    )
    expect(found.map(({ changes }) => changes[0]?.change)).toEqual([
      "setContext",
      "removeStatement",
    ])
  })

  test("a change that another one has made idle is not offered", () => {
    const unlessKnown = { "aws:PrincipalTag/key": "a", "aws:PrincipalAccount": "a" }
    const keyPolicy = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: "111122223333" },
          Action: "*",
          Resource: "*",
          Condition: {
            DateGreaterThanIfExists: { "aws:PrincipalAccount": "a" },
            StringEquals: { "aws:username": "a", "aws:PrincipalTag/key": "a" },
          },
        },
        {
          Effect: "Allow",
          Principal: "*",
          Action: "*",
          Resource: "*",
          Condition: { "ForAllValues:NumericLessThanEqualsIfExists": unlessKnown },
        },
      ],
    }
    const compiled = compile({ keyPolicy })
    const request = requestOf("user", { context: { "aws:PrincipalAccount": "a" } })
    const changes = compiled.counterfactuals(request).map((found) => found.changes)
    expect(changes).toContainEqual([{ change: "removeContext", key: "aws:PrincipalAccount" }])
    expect(changes.filter((some) => some.length > 1)).toEqual([])
  })
})
