import { describe, expect, test } from "vitest"
import {
  compile,
  evaluate,
  type Grant,
  type GrantListEntry,
  indexGrants,
  listGrants,
} from "../src/index.js"
import { allows, callers, closed, grantTo, home, keyArn, requestOf } from "./support/scene.js"

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

test("a pair of the encryption context that is inherited is none", () => {
  const inherited = Object.create({ tenant: "42" }) as Record<string, string>
  const subset = { tenant: "42", app: "x" }
  for (const constraints of [
    { encryptionContextSubset: { tenant: "42" } },
    { encryptionContextSubset: subset },
    { encryptionContextEquals: subset },
  ]) {
    const asked = (encryptionContext: Record<string, string>) =>
      compile({ keyPolicy: closed, grants: [grantTo(callers.user.arn, { constraints })] }).explain(
        requestOf("user", { encryptionContext }),
      )
    for (const [context, wanted] of [
      [subset, true],
      [Object.assign(inherited, { app: "x" }), false],
    ] as const) {
      const { decision, grants } = asked(context)
      expect(decision.effect).toBe(wanted ? "allow" : "implicitDeny")
      expect(grants.map(({ applies }) => applies)).toEqual([wanted])
    }
  }
})

describe("a grant that does not apply hides none that does", () => {
  const account = `arn:aws:iam::${home}:root`
  const failing: readonly (readonly [string, Partial<Grant>])[] = [
    ["another operation", { operations: ["Sign", "Encrypt"] }],
    ["another context", { constraints: { encryptionContextEquals: { tenant: "42", a: "1" } } }],
    ["another pair", { constraints: { encryptionContextSubset: { tenant: "43" } } }],
    ["a further pair", { constraints: { encryptionContextSubset: { tenant: "42", a: "1" } } }],
    ["another source", { constraints: { sourceArn: "arn:aws:s3:::c" } }],
    ["another grantee", { granteePrincipal: callers.root.arn.replace(home, "444455556666") }],
    ["another partition", { granteePrincipal: account.replace(":aws:", ":aws-cn:") }],
    ["another key", { keyId: keyArn.replace("1234", "5678") }],
  ]
  const applying: readonly (readonly [string, Partial<Grant>])[] = [
    ["nothing", {}],
    ["several operations", { operations: ["Decrypt", "Encrypt", "Sign"] }],
    ["the context", { constraints: { encryptionContextEquals: { tenant: "42", app: "x" } } }],
    ["a pair", { constraints: { encryptionContextSubset: { app: "x" } } }],
    ["both pairs", { constraints: { encryptionContextSubset: { app: "x", tenant: "42" } } }],
    ["its source", { constraints: { sourceArn: "arn:aws:s3:::b" } }],
    ["its key by id", { keyId: keyArn.slice(keyArn.lastIndexOf("/") + 1) }],
    ["its key by ARN", { keyId: keyArn }],
  ]

  test.each(applying)("where it asks for %s", (_, right) => {
    const request = requestOf("user", {
      encryptionContext: { tenant: "42", app: "x" },
      context: { "aws:SourceArn": "arn:aws:s3:::b" },
    })
    const identityPolicies = [allows()]
    for (const grantee of [callers.user.arn, account, home]) {
      const good = grantTo(grantee, { grantId: "right", ...right })
      for (const base of [callers.user.arn, account, home]) {
        for (const [name, wrong] of failing) {
          const bad = grantTo(base, { grantId: "wrong", ...wrong })
          for (const grants of [
            [good, bad],
            [bad, good],
            [bad, good, bad],
          ]) {
            const policies = { keyPolicy: closed, grants, identityPolicies }
            const { effect, by } = compile(policies).decide(request)
            expect(effect, `${name} of ${base}`).toBe("allow")
            expect(by[0]).toEqual({ grantId: "right" })
          }
          const alone = { keyPolicy: closed, grants: [bad], identityPolicies }
          expect(compile(alone).decide(request).effect).toBe("implicitDeny")
        }
      }
    }
  })
})
