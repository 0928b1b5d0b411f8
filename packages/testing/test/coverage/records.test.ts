import type { Grant } from "@keywright/policy"
import { describe, expect, it, test } from "vitest"
import type { CallRecord } from "../../src/call-record.js"
import { grantShape } from "../../src/coverage/asked-policies.js"
import { packRecord, unpackRecord } from "../../src/coverage/packed-record.js"
import { documentAt, mapDocuments, type PoliciesOf } from "../../src/coverage/policies.js"
import { givenBy, givenByFixtures, mergeGiven } from "../../src/coverage/policies-in-place.js"

const organization = (account: string, ...policies: readonly string[]) => ({
  account,
  isManagementAccount: false,
  levels: [
    { target: "root", policies: [] },
    { target: "unit", policies },
  ],
})
const whole: PoliciesOf<string> = {
  keyPolicy: "key",
  identityPolicies: ["i0", "i1"],
  permissionsBoundary: "boundary",
  sessionPolicies: ["s0", "s1"],
  scps: [organization("1", "scp0", "scp1"), organization("2", "scp2")],
  rcps: [organization("1", "rcp0"), organization("2", "rcp1", "rcp2")],
  vpcEndpointPolicy: "endpoint",
  grants: [],
}
const none: PoliciesOf<string> = { grants: [] }

describe("the documents of a decision", () => {
  test("are mapped with their kinds, in one order", () => {
    const seen: string[] = []
    const mapped = mapDocuments(whole, (document, kind) => {
      seen.push(`${kind} ${document}`)
      return document.length
    })
    expect(seen).toEqual([
      "keyPolicy key",
      "identityPolicy i0",
      "identityPolicy i1",
      "permissionsBoundary boundary",
      "sessionPolicy s0",
      "sessionPolicy s1",
      "scp scp0",
      "scp scp1",
      "scp scp2",
      "rcp rcp0",
      "rcp rcp1",
      "rcp rcp2",
      "vpcEndpointPolicy endpoint",
    ])
    expect(mapDocuments(mapped, String)).toEqual(
      mapDocuments(whole, (document) => String(document.length)),
    )
    expect(mapDocuments(none, () => 1)).toEqual({ grants: [] })
  })

  it.each<[object, string | undefined]>([
    [{ document: "keyPolicy", index: 0 }, "key"],
    [{ document: "identityPolicy", index: 1 }, "i1"],
    [{ document: "identityPolicy", index: 2 }, undefined],
    [{ document: "permissionsBoundary", index: 0 }, "boundary"],
    [{ document: "sessionPolicy", index: 1 }, "s1"],
    [{ document: "scp", index: 1, level: 1 }, "scp1"],
    [{ document: "scp", index: 0, level: 0 }, undefined],
    [{ document: "scp", index: 0 }, undefined],
    [{ document: "rcp", index: 1, level: 1 }, "rcp2"],
    [{ document: "vpcEndpointPolicy", index: 0 }, "endpoint"],
  ])("are found where a decision refers to them: %j", (reference, document) => {
    const request = { principal: { account: "1" }, resourceAccount: "2" } as never
    expect(documentAt(whole, request, reference as never)).toBe(document)
    expect(documentAt(none, request, reference as never)).toBeUndefined()
  })

  test("are packed once each, and come back as they were", () => {
    const question = {
      operation: "Sign",
      request: {},
      decision: {},
      tests: ["a"],
    } as never as object
    const given = { documents: [], grants: [] }
    const record = {
      questions: [whole, { ...none, keyPolicy: "i0" }].map((policies) => ({
        ...question,
        policies,
      })),
      given,
    } as never
    const packed = packRecord(record)
    expect(packed.documents).toEqual([
      ...["key", "i0", "i1", "boundary", "s0", "s1", "scp0", "scp1", "scp2"],
      ...["rcp0", "rcp1", "rcp2", "endpoint"],
    ])
    expect(packed.questions[1]?.policies.keyPolicy).toBe(1)
    expect(unpackRecord(JSON.parse(JSON.stringify(packed)))).toEqual(record)
    expect(unpackRecord({ ...packed, documents: [] }).questions[0]?.policies.keyPolicy).toBe("")
  })
})

const principal = "arn:aws:iam::111122223333:role/App"
const grant: Grant = {
  grantId: "1",
  keyId: "k",
  issuingAccount: "111122223333",
  granteePrincipal: principal,
  operations: ["Encrypt", "Decrypt"],
}

describe("two grants", () => {
  it.each<[boolean, Partial<Grant>]>([
    [true, {}],
    [true, { grantId: "2", keyId: "l", issuingAccount: "2" }],
    [true, { operations: ["Decrypt", "Encrypt"] }],
    [false, { operations: ["Decrypt"] }],
    [false, { granteePrincipal: "other" }],
    [false, { granteePrincipal: undefined, granteeServicePrincipal: "s3.amazonaws.com" }],
    [false, { retiringPrincipal: principal }],
    [false, { retiringServicePrincipal: "s3.amazonaws.com" }],
    [false, { constraints: { encryptionContextEquals: { a: "1" } } }],
    [false, { constraints: { encryptionContextSubset: { a: "1" } } }],
    [false, { constraints: { sourceArn: "arn:aws:s3:::a" } }],
  ])("are one to a test: %s, %j", (isOne, more) => {
    expect(grantShape({ ...grant, ...more }) === grantShape(grant)).toBe(isOne)
  })

  test("are one whatever the order of their contexts", () => {
    const of = (context: Readonly<Record<string, string>>) =>
      grantShape({ ...grant, constraints: { encryptionContextEquals: context } })
    expect(of({ a: "1", b: "2" })).toBe(of({ b: "2", a: "1" }))
    expect(of({ a: "1", b: "2" })).not.toBe(of({ a: "2", b: "1" }))
  })
})

const policy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
}
const keyPolicy = {
  ...policy,
  Statement: [{ ...policy.Statement[0], Principal: { AWS: "111122223333" } }],
}
const kindsOf = ({ documents }: ReturnType<typeof givenBy>) => documents.map(({ kind }) => kind)

describe("what is put in place", () => {
  const call = (operation: string, input: object, more: object = {}) =>
    ({ operation, input, keyArns: ["k"], account: "111122223333", ...more }) as never as CallRecord
  const nothing = { documents: [], grants: [] }

  it.each(["CreateKey", "PutKeyPolicy", "ReplicateKey"])("is a policy, by %s", (operation) => {
    const given = givenBy(call(operation, { Policy: JSON.stringify(keyPolicy) }))
    expect(kindsOf(given)).toEqual(["keyPolicy"])
    expect(JSON.parse(given.documents[0]?.text ?? "")).toMatchObject({
      Statement: [{ Effect: "Allow" }],
    })
    expect(given.grants).toEqual([])
    expect(givenBy(call(operation, {}))).toEqual(nothing)
    expect(givenBy(call(operation, { Policy: "{" }))).toEqual(nothing)
    const failed = call(operation, { Policy: JSON.stringify(keyPolicy) }, { error: "X" })
    expect(givenBy(failed)).toEqual(nothing)
  })

  test("is a grant, by CreateGrant", () => {
    const Constraints = {
      EncryptionContextEquals: { a: "1" },
      EncryptionContextSubset: { b: "2" },
      SourceArn: "arn:aws:s3:::a",
    }
    const input = {
      GranteePrincipal: principal,
      GranteeServicePrincipal: "s3.amazonaws.com",
      RetiringPrincipal: "r",
      RetiringServicePrincipal: "t",
      Operations: ["Sign"],
    }
    const expected = {
      grantId: "given",
      keyId: "k",
      issuingAccount: "111122223333",
      granteePrincipal: principal,
      granteeServicePrincipal: "s3.amazonaws.com",
      retiringPrincipal: "r",
      retiringServicePrincipal: "t",
      operations: ["Sign"],
    }
    expect(givenBy(call("CreateGrant", input))).toStrictEqual({ documents: [], grants: [expected] })
    expect(givenBy(call("CreateGrant", { ...input, Constraints })).grants).toEqual([
      {
        ...expected,
        constraints: {
          encryptionContextEquals: { a: "1" },
          encryptionContextSubset: { b: "2" },
          sourceArn: "arn:aws:s3:::a",
        },
      },
    ])
    expect(givenBy(call("CreateGrant", {}, { keyArns: [] })).grants).toMatchObject([
      { keyId: "", operations: [] },
    ])
  })

  it.each(["Encrypt", "toString", ""])("is nothing, by %j", (operation) => {
    expect(givenBy(call(operation, { Policy: JSON.stringify(keyPolicy) }))).toEqual(nothing)
  })

  test("is what fixtures have, each once where several have it", () => {
    const given = givenByFixtures({
      keys: [
        { id: "k", account: "1", policy: keyPolicy, grants: [{ operations: ["Sign"] }] },
        { grants: [{ operations: ["Verify"] }] },
        {},
      ],
      identities: {
        a: { policies: [policy], permissionsBoundary: policy, sessionPolicies: [policy] },
        b: {},
      },
    } as never)
    expect(kindsOf(given)).toEqual([
      "keyPolicy",
      "identityPolicy",
      "permissionsBoundary",
      "sessionPolicy",
    ])
    expect(given.grants).toEqual([
      { grantId: "given", keyId: "k", issuingAccount: "1", operations: ["Sign"] },
      { grantId: "given", keyId: "", issuingAccount: "", operations: ["Verify"] },
    ])
    expect(givenByFixtures({})).toEqual(nothing)
    expect(mergeGiven([given, nothing, given])).toEqual(given)
    expect(mergeGiven([])).toEqual(nothing)
  })
})
