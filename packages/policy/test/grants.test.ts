import { describe, expect, test } from "vitest"
import { compile, evaluate, type GrantListEntry, indexGrants, listGrants } from "../src/index.js"
import { callers, closed, grantTo, home, keyArn, requestOf } from "./support/scene.js"

/** As ListGrants answers it. */
const listed: GrantListEntry = {
  KeyId: keyArn,
  GrantId: "g1",
  Name: "orders",
  CreationDate: new Date(0),
  GranteePrincipal: callers.user.arn,
  RetiringPrincipal: undefined,
  IssuingAccount: `arn:aws:iam::${home}:root`,
  Operations: ["Decrypt"],
  Constraints: { EncryptionContextSubset: { tenant: "42" } },
}

const effect = (grants: readonly (GrantListEntry | object)[], tenant: string) =>
  evaluate({
    policies: { keyPolicy: closed, grants: grants as readonly GrantListEntry[] },
    request: requestOf("user", { encryptionContext: { tenant } }),
  }).effect

describe("grants that are handed to the evaluator", () => {
  test("may be spelled as ListGrants spells them", () => {
    expect(effect([listed], "42")).toBe("allow")
    expect(effect([listed], "43")).toBe("implicitDeny")
    const equals = { Constraints: { EncryptionContextEquals: { tenant: "42" } } }
    expect(effect([{ ...listed, ...equals }], "42")).toBe("allow")
    const elsewhere = { Constraints: { SourceArn: "arn:aws:s3:::b" } }
    expect(effect([{ ...listed, ...elsewhere }], "42")).toBe("implicitDeny")
    const mixed = { ...grantTo(callers.user.arn), constraints: listed.Constraints }
    expect(effect([mixed], "42")).toBe("allow")
    expect(effect([mixed], "43")).toBe("implicitDeny")
  })

  test.each([
    ["a map", { EncryptionContextSubset: new Map([["tenant", "42"]]) }],
    ["a list of pairs", { EncryptionContextSubset: [["tenant", "42"]] }],
    ["nothing", { EncryptionContextEquals: null }],
    ["text", { encryptionContextSubset: "tenant=42" }],
    ["values that are no text", { encryptionContextEquals: { tenant: 42 } }],
    ["some values that are no text", { EncryptionContextSubset: { app: "x", tenant: 42 } }],
    ["a number", { EncryptionContextSubset: 42 }],
    ["a list without pairs", { EncryptionContextSubset: [] }],
    ["a function", { EncryptionContextEquals: () => ({}) }],
    ["a source that is no text", { SourceArn: null }],
  ])("are refused with a constraint that is %s: without it they would permit more", (_, wrong) => {
    const refused = () => effect([{ ...listed, Constraints: wrong }], "43")
    expect(refused).toThrow(TypeError)
    expect(refused).toThrow(/in grant constraints must be a (?:record of strings|string)$/)
  })

  test("may have constraints without a prototype", () => {
    const EncryptionContextSubset = Object.assign(Object.create(null), { tenant: "42" })
    const grant = { ...listed, Constraints: { EncryptionContextSubset } }
    expect(effect([grant], "42")).toBe("allow")
    expect(effect([grant], "43")).toBe("implicitDeny")
  })

  test("have members of the same names in both spellings, alone and side by side", () => {
    const own = {
      grantId: "g1",
      keyId: keyArn,
      issuingAccount: home,
      granteePrincipal: callers.user.arn,
      granteeServicePrincipal: "a.amazonaws.com",
      retiringPrincipal: callers.root.arn,
      retiringServicePrincipal: "b.amazonaws.com",
      operations: ["Decrypt"],
      constraints: { encryptionContextEquals: { a: "1" }, sourceArn: "arn:aws:s3:::b" },
    }
    const capitalized = (record: object) =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => [
          name.charAt(0).toUpperCase() + name.slice(1),
          value,
        ]),
      )
    const Constraints = capitalized(own.constraints)
    const { Constraints: _, ...others } = capitalized(own)
    const spelled = { ...others, Constraints, Name: "orders", CreationDate: new Date(0) }
    expect(listGrants([spelled as unknown as GrantListEntry])).toEqual([own])
    expect(listGrants([own])).toEqual([own])
    expect(listGrants([own, spelled as unknown as GrantListEntry])).toEqual([own, own])
    const { constraints: __, ...free } = own
    expect(listGrants([free])).toEqual([free])
    expect(listGrants([others as unknown as GrantListEntry])).toEqual([free])
  })

  test("are issued by what is no account as it is written", () => {
    for (const IssuingAccount of ["nobody", home]) {
      expect(listGrants([{ ...listed, IssuingAccount }])[0]?.issuingAccount).toBe(IssuingAccount)
    }
  })

  test("are refused without a list of operations", () => {
    expect(() => effect([{ ...listed, Operations: "Decrypt" }], "42")).toThrow(/operations/)
  })

  test("are listed in one spelling, by a list and by an index", () => {
    const own = {
      grantId: "g1",
      keyId: keyArn,
      issuingAccount: home,
      granteePrincipal: callers.user.arn,
      operations: ["Decrypt"],
      constraints: { encryptionContextSubset: { tenant: "42" } },
    }
    expect(listGrants([listed])).toEqual([own])
    expect(listGrants(indexGrants([listed]))).toEqual([own])
  })

  test("are retired by the account of an ARN that issued them", () => {
    const { reason } = compile({
      keyPolicy: closed,
      identityPolicies: [
        {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: "kms:RetireGrant", Resource: "*" },
        },
      ],
      grants: [{ ...listed, GranteePrincipal: callers.session.arn }],
    }).decide(requestOf("user", { action: "kms:RetireGrant", grantId: "g1" }))
    expect(reason).toBe("issuingAccount")
  })

  test.each([
    ["a constraint", { ...listed, Constraints: { moonPhase: "full" } }, "moonPhase"],
    ["a member", { ...grantTo(callers.user.arn), operation: "Decrypt" }, "operation"],
    ["a member in both spellings", { ...listed, operations: ["Decrypt"] }, "operations"],
    [
      "a constraint called __proto__",
      { ...listed, Constraints: JSON.parse('{"__proto__":1}') },
      "__proto__",
    ],
  ])("are refused for %s that no grant has, also where nothing asks for them", (_, grant, name) => {
    expect(() => compile({ grants: [grant as GrantListEntry] })).toThrow(TypeError)
    expect(() => indexGrants([grant as GrantListEntry])).toThrow(name)
  })
})
