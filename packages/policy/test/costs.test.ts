import { describe, expect, test } from "vitest"
import {
  compile,
  compileDocument,
  indexGrants,
  isPublic,
  type PolicyRequest,
  validateKeyPolicy,
} from "../src/index.js"
import { expectMillionsOfSteps, leastMilliseconds } from "./support/cost.js"
import { hostileDocuments } from "./support/documents.js"
import {
  callers,
  closed,
  delegated,
  grantTo,
  home,
  keyAllows,
  keyArn,
  merge,
  requestOf,
} from "./support/scene.js"

function likeDecision(patterns: readonly string[], value: string) {
  const policy = JSON.stringify(
    keyAllows("*", { Condition: { StringLike: { "kms:EncryptionContext:a": patterns } } }),
  )
  const compiled = compile({ keyPolicy: policy })
  const request = requestOf("user", { context: { "kms:EncryptionContext:a": value } })
  return { decide: () => compiled.decide(request), length: policy.length }
}

describe("patterns made to explode", () => {
  const value = "a".repeat(10_000)
  test.each([
    ["one pattern of stars and letters", ["*a".repeat(16_000)], value],
    ["a pattern that fails at its end", [`${"*a".repeat(4_000)}b`], value],
    ["a long piece that almost stands everywhere", [`*b${"a".repeat(5_000)}*`], value],
    ["a long piece with single wildcards", [`*${"a?".repeat(2_500)}b*`], value],
    ["many patterns", Array.from({ length: 1_500 }, (_, index) => `*a*a*b${index}*`), value],
    ["stars only", ["*".repeat(32_000)], value],
  ])("%s: a decision costs at most five million steps", (_name, patterns, text) => {
    const { decide } = likeDecision(patterns, text)
    expectMillionsOfSteps(decide, 5)
  })

  test("analysis gives up on a pattern that it cannot walk", () => {
    const letters = Array.from({ length: 2_000 }, (_, index) => `*${(index % 36).toString(36)}`)
    const statements = ["kms:Decrypt", "kms:Encrypt", "kms:Sign", "kms:Verify"].map((Action) =>
      keyAllows("*", { Action, Condition: { StringLike: { "aws:userid": letters.join("") } } }),
    )
    const keyPolicy = merge(...statements)
    const request = requestOf("user", { context: { "aws:userid": "x" } })
    expectMillionsOfSteps(() => {
      expect(isPublic(keyPolicy).public).toBe("unknown")
      expect(compile({ keyPolicy }).counterfactuals(request)).not.toEqual([])
    }, 10_000)
  })

  test("a resource pattern of bound wildcards stays quick", () => {
    const Resource = Array.from(
      { length: 300 },
      () => `arn:aws:kms:u*a*a*a*b:${home}:key/${"*a".repeat(40)}`,
    )
    const identity = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "kms:*", Resource },
    }
    const compiled = compile({ keyPolicy: delegated, identityPolicies: [identity] })
    const request = requestOf("user", {
      resource: `arn:aws:kms:us-${"a".repeat(900)}:${home}:key/${"a".repeat(900)}`,
    })
    expectMillionsOfSteps(() => compiled.decide(request), 25)
  })

  test("variables that never end stay quick", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
    for (const text of ["${".repeat(16_000), "${a, '".repeat(5_000), "${a}".repeat(8_000)]) {
      const { decide } = likeDecision([text], value)
      expectMillionsOfSteps(decide, 20)
    }
  })
})

describe("a document of 32 kB made to be slow", () => {
  // Measured: a million steps take two to four milliseconds, so these are less than twenty.
  const millionsMax = 5

  test.each(hostileDocuments)("is put, compiled and asked without a pause: %s", (_, make) => {
    const text = JSON.stringify(make(1))
    expect(text.length).toBeLessThan(32_768)
    expectMillionsOfSteps(() => validateKeyPolicy(text), millionsMax)
    expectMillionsOfSteps(() => compileDocument(text, "keyPolicy"), millionsMax)
    const compiled = compile({ keyPolicy: text })
    for (const value of ["none", "arn:aws:iam::111122223333:role/x", "a".repeat(10_000)]) {
      const request = requestOf("user", { context: { "aws:x": value } })
      expectMillionsOfSteps(() => compiled.decide(request), millionsMax)
    }
  })

  test("a large policy is compiled in a few milliseconds", () => {
    const statements = Array.from({ length: 150 }, (_, index) => ({
      Effect: "Allow",
      Principal: { AWS: home },
      Action: ["kms:Describe*", "kms:Get*"],
      Resource: "*",
      Sid: `S${index}`,
      Condition: { StringLike: { "kms:ViaService": ["s3.*", "ec2.*"] } },
    }))
    const text = JSON.stringify({ Version: "2012-10-17", Statement: statements })
    expect(text.length).toBeGreaterThan(25_000)
    expectMillionsOfSteps(() => compileDocument(text, "keyPolicy"), 10)
  })
})

describe("many grants", () => {
  const grants = (count: number, constraints: (index: number) => object) =>
    indexGrants(
      Array.from({ length: count }, (_, index) =>
        grantTo(callers.user.arn, { grantId: `g${index}`, ...constraints(index) }),
      ),
    )
  const shapes: [string, (index: number) => object, Partial<PolicyRequest>][] = [
    [
      "of many grantees",
      (index) => ({
        granteePrincipal: index === 3 ? callers.user.arn : `arn:aws:iam::${home}:role/R${index}`,
      }),
      {},
    ],
    [
      "with exact contexts",
      (index) => ({ constraints: { encryptionContextEquals: { id: `${index}` } } }),
      { encryptionContext: { id: "3" } },
    ],
    [
      "with partial contexts",
      (index) => ({ constraints: { encryptionContextSubset: { app: "x", id: `${index}` } } }),
      { encryptionContext: { app: "x", id: "3" } },
    ],
    [
      "for many resources",
      (index) => ({ constraints: { sourceArn: `arn:aws:s3:::b${index}` } }),
      { context: { "aws:SourceArn": "arn:aws:s3:::b3" } },
    ],
    ["of another operation", (index) => ({ operations: [index === 3 ? "Decrypt" : "Sign"] }), {}],
  ]

  test.each(shapes)("%s cost no more than a few", (_name, constraints, more) => {
    const request = requestOf("user", { resource: keyArn, ...more })
    const costs = [10, 20_000].map((count) => {
      const compiled = compile({ keyPolicy: closed, grants: grants(count, constraints) })
      expect(compiled.decide(request).effect).toBe("allow")
      return leastMilliseconds(() => {
        for (let turn = 0; turn < 2_000; turn++) compiled.decide(request)
      })
    })
    // A search through all of them would cost a thousand times as much.
    expect(costs[1]).toBeLessThan((costs[0] ?? 0) * 30)
  })
})
