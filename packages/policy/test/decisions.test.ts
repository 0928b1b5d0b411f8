import { describe, expect, test } from "vitest"
import { compile, type Policies, type PolicyRequest, type Principal } from "../src/index.js"
import type { DecisionCase } from "./cases/case.js"
import { crossAccount } from "./cases/cross-account.js"
import { edges } from "./cases/edges.js"
import { elements } from "./cases/elements.js"
import { grants } from "./cases/grants.js"
import { limits } from "./cases/limits.js"
import { networks } from "./cases/networks.js"
import { organizations } from "./cases/organizations.js"
import { ownAccount } from "./cases/own-account.js"
import { withoutAKey } from "./cases/without-a-key.js"
import { abroad, allows, closed, grantTo, keyAllows, merge, requestOf } from "./support/scene.js"

const topics: Record<string, readonly DecisionCase[]> = {
  "callers of the own account": ownAccount,
  "callers of other accounts": crossAccount,
  "boundary and session policies": limits,
  "organizations and endpoints": organizations,
  networks,
  grants,
  elements,
  "operations without a key": withoutAKey,
  edges,
}

describe("an account of another partition", () => {
  const rootOf = (partition: string) => `arn:${partition}:iam::${abroad}:root`
  const decide = (policies: Policies, partition: string, more: Partial<PolicyRequest> = {}) => {
    const principal: Principal = {
      type: "user",
      arn: `arn:${partition}:iam::${abroad}:user/ann`,
      account: abroad,
    }
    const compiled = compile({ identityPolicies: [allows()], ...policies })
    const request = requestOf("user", { principal, ...more })
    expect(compiled.explain(request).decision).toEqual(compiled.decide(request))
    return compiled.decide(request).effect
  }

  test("is not meant by the ARN of an account, and is by twelve digits", () => {
    const chinese = { keyPolicy: keyAllows({ AWS: rootOf("aws-cn") }) }
    expect(decide(chinese, "aws")).toBe("implicitDeny")
    expect(decide(chinese, "aws-cn")).toBe("allow")
    const both = { keyPolicy: keyAllows({ AWS: [rootOf("aws-cn"), rootOf("aws")] }) }
    const digits = { keyPolicy: keyAllows({ AWS: [rootOf("aws-cn"), abroad] }) }
    for (const policies of [both, digits]) {
      for (const partition of ["aws", "aws-cn"]) expect(decide(policies, partition)).toBe("allow")
    }
    expect(decide(both, "aws-us-gov")).toBe("implicitDeny")
  })

  test("is not spared by NotPrincipal", () => {
    const spared = ["aws", "aws-cn"].map((partition) => `arn:${partition}:iam::${abroad}:user/ann`)
    const NotPrincipal = { AWS: [...spared, rootOf("aws-cn")] }
    const deny = keyAllows(undefined, { Effect: "Deny", NotPrincipal })
    const policies = { keyPolicy: merge(keyAllows("*"), deny) }
    expect(decide(policies, "aws")).toBe("explicitDeny")
    expect(decide(policies, "aws-cn")).toBe("allow")
  })

  test("is neither grantee nor retiring principal", () => {
    const grants = [
      grantTo(rootOf("aws-cn"), { retiringPrincipal: rootOf("aws-cn") }),
      grantTo(rootOf("aws-us-gov"), { grantId: "g2" }),
    ]
    const retire = { action: "kms:RetireGrant", grantId: "g1" }
    for (const more of [{}, retire]) {
      expect(decide({ keyPolicy: closed, grants }, "aws", more)).toBe("implicitDeny")
      expect(decide({ keyPolicy: closed, grants }, "aws-cn", more)).toBe("allow")
    }
    expect(decide({ keyPolicy: closed, grants }, "aws-us-gov")).toBe("allow")
  })
})

for (const [topic, cases] of Object.entries(topics)) {
  describe(topic, () => {
    test.each(cases.map((item) => [item.name, item] as const))("%s", (_name, item) => {
      const compiled = compile(item.policies)
      const request = requestOf(item.caller, item.request)
      const decision = compiled.decide(request)
      expect([decision.effect, decision.reason]).toEqual([item.effect, item.reason])
      const explained = compiled.explain(request)
      expect(explained.decision).toEqual(decision)
      // Of grants alone the explanation says of each whether it applies, and why not.
      const isByGrant = item.reason === "grant"
      const isWithoutGrant = item.policies.keyPolicy === closed && item.reason === "keyPolicy"
      if (!isByGrant && !isWithoutGrant) return
      expect(explained.grants.some(({ applies }) => applies)).toBe(isByGrant)
    })
  })
}
