import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import {
  compile,
  type EvaluationChoiceName,
  evaluationChoices,
  type Policies,
  type PolicyRequest,
} from "../src/index.js"
import {
  abroad,
  allows,
  type CallerName,
  callers,
  closed,
  grantTo,
  home,
  keyAllows,
  keyArn,
  keyDenies,
  nothing,
  requestOf,
} from "./support/scene.js"

function effect(
  policies: Policies,
  caller: CallerName = "user",
  more: Partial<PolicyRequest> = {},
) {
  return compile(policies).decide(requestOf(caller, more)).effect
}

type SomeContext = Record<string, string | string[]>

function holds(operator: string, values: unknown, request: SomeContext) {
  const keyPolicy = keyAllows("*", { Condition: { [operator]: { "test:key": values } } })
  return effect({ keyPolicy }, "user", { context: request }) === "allow"
}

function denies(operator: string, values: unknown, request: SomeContext) {
  const keyPolicy = keyDenies("*", { Condition: { [operator]: { "test:key": values } } })
  return effect({ keyPolicy }, "user", { context: request }) === "explicitDeny"
}

/** One test for each choice, under its name. */
const proofs: { readonly [name in EvaluationChoiceName]: () => void } = {
  forAllValuesNegated: () => {
    expect(holds("ForAllValues:StringNotLike", ["a*"], { "test:key": ["b", "c"] })).toBe(true)
    expect(holds("ForAllValues:StringNotLike", ["a*"], { "test:key": ["b", "a1"] })).toBe(false)
  },
  severalValues: () => {
    for (const request of [{ "test:key": ["a", "x"] }, { "test:key": "a", "Test:Key": "x" }]) {
      expect(holds("StringEquals", ["a"], request)).toBe(false)
      expect(holds("StringNotEquals", ["a"], request)).toBe(false)
      expect(denies("StringEquals", ["a"], request)).toBe(true)
      expect(denies("StringNotEquals", ["a"], request)).toBe(true)
      expect(holds("StringEquals", ["a", "x"], request)).toBe(true)
      expect(denies("StringNotEquals", ["a", "x"], request)).toBe(false)
    }
    expect(holds("StringEquals", ["a"], { "test:key": ["a"] })).toBe(true)
    expect(holds("StringNotEquals", ["a"], { "test:key": ["a"] })).toBe(false)
  },
  severalValuesOfVariable: () => {
    const variable = ["$", "{test:other}"].join("")
    const request = { "test:key": "a", "test:other": "a", "Test:Other": "x" }
    for (const operator of ["StringEquals", "StringNotEquals"]) {
      expect(holds(operator, [variable], request)).toBe(false)
      expect(denies(operator, [variable], request)).toBe(true)
    }
    expect(holds("StringEquals", [variable], { "test:key": "a", "test:other": ["a"] })).toBe(true)
    const ofMany = ["$", "{aws:TagKeys}"].join("")
    expect(denies("StringEquals", [ofMany], { "test:key": "a", "aws:TagKeys": ["a"] })).toBe(false)
    const Resource = keyArn.replace("1234abcd", variable)
    const named = { context: { "test:other": "1234abcd", "Test:Other": "x" } }
    expect(effect({ keyPolicy: keyAllows("*", { Resource }) }, "user", named)).toBe("implicitDeny")
    expect(effect({ keyPolicy: keyDenies("*", { Resource }) }, "user", named)).toBe("explicitDeny")
  },
  forAnyValueIfExists: () => {
    expect(holds("ForAnyValue:StringEqualsIfExists", ["a"], {})).toBe(true)
  },
  emptyPolicyValues: () => {
    expect(holds("StringEquals", [], { "test:key": "a" })).toBe(false)
    expect(holds("StringNotEquals", [], { "test:key": "a" })).toBe(false)
    expect(holds("StringNotEquals", [], {})).toBe(false)
  },
  emptyRequestList: () => {
    expect(holds("Null", ["true"], { "test:key": [] })).toBe(true)
    expect(holds("StringEqualsIfExists", ["a"], { "test:key": [] })).toBe(true)
  },
  boolVariables: () => {
    const variable = ["$", "{test:other}"].join("")
    expect(holds("Bool", [variable], { "test:key": "true", "test:other": "true" })).toBe(true)
  },
  grantContextCase: () => {
    const constraints = { encryptionContextSubset: { tenant: "42" } }
    const policies = { keyPolicy: closed, grants: [grantTo(callers.user.arn, { constraints })] }
    expect(effect(policies, "user", { encryptionContext: { tenant: "42" } })).toBe("allow")
    expect(effect(policies, "user", { encryptionContext: { Tenant: "42" } })).toBe("implicitDeny")
  },
  limitsOnGrants: () => {
    const role = [grantTo(callers.session.roleArn ?? "")]
    const session = [grantTo(callers.session.arn)]
    const sessionPolicies = [nothing]
    expect(effect({ keyPolicy: closed, grants: role, sessionPolicies }, "session")).toBe(
      "implicitDeny",
    )
    expect(effect({ keyPolicy: closed, grants: session, sessionPolicies }, "session")).toBe("allow")
  },
  foreignGrantee: () => {
    const policies = { keyPolicy: closed, grants: [grantTo(callers.foreignUser.arn)] }
    const request = requestOf("foreignUser")
    expect(compile(policies).decide(request).effect).toBe("allow")
    const strict = { foreignGrantee: "grantAndIdentityPolicy" } as const
    expect(compile(policies, strict).decide(request).effect).toBe("implicitDeny")
    const permitted = { ...policies, identityPolicies: [allows()] }
    expect(compile(permitted, strict).decide(request)).toMatchObject({ reason: "crossAccount" })
  },
  accountGrantee: () => {
    const policies = { keyPolicy: closed, grants: [grantTo(abroad)] }
    expect(effect(policies, "foreignUser")).toBe("implicitDeny")
    expect(effect({ ...policies, identityPolicies: [allows()] }, "foreignUser")).toBe("allow")
  },
  noInventedKeys: () => {
    const absent = { Null: { "kms:GrantIsForAWSResource": "true", "aws:PrincipalArn": "true" } }
    const keyPolicy = keyAllows("*", { Condition: absent })
    expect(effect({ keyPolicy }, "user", { action: "kms:CreateGrant" })).toBe("allow")
  },
  macAlgorithm: () => {
    const condition = { StringEquals: { "kms:MacAlgorithm": "HMAC_SHA_256" } }
    const keyPolicy = keyAllows("*", { Condition: condition })
    const context = { "kms:MacAlgorithm": "HMAC_SHA_256" }
    expect(effect({ keyPolicy }, "user", { action: "kms:GenerateMac", context })).toBe("allow")
  },
  mappedIpv4: () => {
    expect(holds("IpAddress", ["10.0.0.0/8"], { "test:key": "::ffff:10.1.2.3" })).toBe(true)
  },
  dateWithoutOffset: () => {
    const wanted = ["2026-03-04T05:06:07Z"]
    expect(holds("DateEquals", wanted, { "test:key": "2026-03-04T05:06:07" })).toBe(true)
  },
  rcpsNeedAKey: () => {
    const deny = keyAllows("*", { Effect: "Deny" })
    const rcps = [{ account: home, levels: [{ target: "r-1", policies: [deny] }] }]
    const policies = { identityPolicies: [allows()], rcps }
    expect(effect(policies, "user", { action: "kms:ListKeys", resource: "*" })).toBe("allow")
  },
  brokenDocument: () => {
    const policies = { keyPolicy: keyAllows("*"), identityPolicies: ["{"] }
    expect(compile(policies).decide(requestOf("user")).reason).toBe("brokenDocument")
  },
}

describe("choices where AWS's documents are open", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

  for (const name of Object.keys(evaluationChoices) as EvaluationChoiceName[]) {
    const { question, answer } = evaluationChoices[name]
    test(`${name}: ${question} ${answer}`, () => {
      proofs[name]()
      expect(readme).toContain(`| \`${name}\` | ${question} | ${answer} |`)
    })
  }
})
