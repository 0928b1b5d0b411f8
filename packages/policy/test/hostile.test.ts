import { describe, expect, test } from "vitest"
import {
  compile,
  compileDocument,
  type DocumentKind,
  indexGrants,
  isPublic,
  lint,
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
})

describe("documents made to break the reader", () => {
  const kinds: readonly DocumentKind[] = [
    "keyPolicy",
    "identityPolicy",
    "scp",
    "rcp",
    "vpcEndpointPolicy",
  ]
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("no")
      },
    },
  )
  const cycle: Record<string, unknown> = {}
  cycle.Statement = cycle
  test.each([
    ["nothing", ""],
    ["only space", " \n"],
    ["a byte order mark", `\ufeff${JSON.stringify(keyAllows("*"))}`],
    ["text after the end", `${JSON.stringify(keyAllows("*"))} x`],
    ["a comment", `/* */${JSON.stringify(keyAllows("*"))}`],
    ["a trailing comma", '{"Version":"2012-10-17","Statement":[],}'],
    ["single quotes", "{'Version':'2012-10-17'}"],
    ["a bare control character", '{"Version":"2012-10-17\n"}'],
    ["an unknown escape", '{"Version":"\\x41"}'],
    ["a short escape", '{"Version":"\\u12"}'],
    ["a number with a leading zero", '{"Statement":01}'],
    ["a lone sign", '{"Statement":-}'],
    ["a list", "[]"],
    ["a word", "true"],
    ["null", "null"],
    ["a hundred thousand brackets", "[".repeat(100_000)],
    ["more than is ever read", `"${"x".repeat(200_000)}"`],
    ["a __proto__ element", '{"__proto__":{"Version":"2012-10-17"},"Statement":[]}'],
    ["a constructor element", '{"constructor":1,"Statement":[]}'],
    ["a cycle", cycle],
    ["a proxy that throws", proxy],
    ["a function", (() => 1) as unknown as object],
    ["a null", null as unknown as object],
    ["a number of no value", { Version: "2012-10-17", Statement: [{ Effect: Number.NaN }] }],
  ])("%s: every kind of document refuses and says why", (_name, document) => {
    for (const kind of kinds) {
      const compiled = compileDocument(document, kind)
      expect(compiled.problem?.message).toBeTruthy()
      expect(Object.isFrozen(compiled)).toBe(true)
    }
  })

  test("reading, checking and lint survive every cut and changed character of a policy", () => {
    const text = JSON.stringify(
      keyAllows(
        { AWS: [home, callers.user.arn] },
        { Condition: { StringLike: { "aws:userid": ["a*", "\u00e9\\n"] } } },
      ),
    )
    for (let at = 0; at < text.length; at++) {
      for (const variant of [
        text.slice(0, at),
        `${text.slice(0, at)}\ud800${text.slice(at + 1)}`,
        `${text.slice(0, at)}"${text.slice(at)}`,
      ]) {
        const request = requestOf("user")
        const { effect } = compile({ keyPolicy: variant }).decide(request)
        const broken = compileDocument(variant, "keyPolicy").problem !== undefined
        if (broken) expect(effect).toBe("implicitDeny")
        lint(variant, "keyPolicy")
        validateKeyPolicy(variant)
      }
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

describe("a broken document refuses", () => {
  const request = requestOf("user")
  test("whatever else allows, and says which document and why", () => {
    const decision = compile({
      keyPolicy: keyAllows("*"),
      identityPolicies: [delegated, "{}"],
    }).decide(request)
    expect(decision).toEqual({
      effect: "implicitDeny",
      reason: "brokenDocument",
      by: [
        { document: "identityPolicy", index: 0, problem: "an identity policy names no principal" },
      ],
    })
  })

  test("in an SCP, with its level", () => {
    const scps = [{ account: home, levels: [{ target: "r-1", policies: ["{"] }] }]
    expect(compile({ keyPolicy: keyAllows("*"), scps }).decide(request).by[0]).toMatchObject({
      document: "scp",
      index: 0,
      level: 0,
      target: "r-1",
    })
  })

  test("only where it is consulted", () => {
    const scps = [{ account: "444455556666", levels: [{ target: "r-1", policies: ["{"] }] }]
    const policies = { keyPolicy: keyAllows("*"), scps, vpcEndpointPolicy: "{" }
    expect(compile(policies).decide(request).effect).toBe("allow")
  })

  test("even a grantee", () => {
    const policies = { keyPolicy: "{", grants: [grantTo(request.principal.arn)] }
    expect(compile(policies).decide(request).reason).toBe("brokenDocument")
  })
})

describe("requests made to confuse", () => {
  const like = (key: string) => keyAllows("*", { Condition: { StringEquals: { [key]: "x" } } })

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "a condition key named %s is absent unless it is sent",
    (key) => {
      const compiled = compile({
        keyPolicy: JSON.stringify(keyAllows("*")).replace(
          '"Resource":"*"',
          `"Resource":"*","Condition":{"Null":{"${key}":"true"}}`,
        ),
      })
      expect(compiled.decide(requestOf("user")).effect).toBe("allow")
      const sent = JSON.parse(`{"${key}":"x"}`)
      expect(compiled.decide(requestOf("user", { context: sent })).effect).toBe("implicitDeny")
    },
  )

  test("a context without prototype is read", () => {
    const context = Object.assign(Object.create(null), { "aws:userid": "x" })
    expect(
      compile({ keyPolicy: like("aws:userid") }).decide(requestOf("user", { context })).effect,
    ).toBe("allow")
  })

  test("inherited context keys are absent", () => {
    const context = Object.create({ "aws:userid": "x" })
    expect(
      compile({ keyPolicy: like("aws:userid") }).decide(requestOf("user", { context })).effect,
    ).toBe("implicitDeny")
  })

  test.each(["toString", "__proto__", "admin"])(
    "a principal of type %s is a wrong call",
    (type) => {
      const principal = { ...callers.user, type } as unknown as PolicyRequest["principal"]
      expect(() => compile({}).decide(requestOf("user", { principal }))).toThrow(TypeError)
    },
  )

  test.each([[null], [{}], [Symbol("x")], [[null]], [() => "x"]])(
    "a context value %s is a wrong call",
    (value) => {
      const context = { "aws:userid": value } as unknown as PolicyRequest["context"]
      expect(() =>
        compile({ keyPolicy: like("aws:userid") }).decide(requestOf("user", { context })),
      ).toThrow(TypeError)
    },
  )

  test("a service with the name of an IAM principal is not that principal", () => {
    for (const [name, keyPolicy] of [
      [callers.user.arn, keyAllows({ AWS: callers.user.arn })],
      [home, keyAllows({ AWS: home })],
    ] as const) {
      const service = { ...callers.service, arn: name, service: name }
      const policies = { keyPolicy, grants: [grantTo(name)] }
      const { effect } = compile(policies).decide(requestOf("service", { principal: service }))
      expect(effect).toBe("implicitDeny")
    }
  })

  test("an IAM principal is not the service of a grant with its name", () => {
    for (const [caller, name] of [
      ["user", callers.user.arn],
      ["root", home],
    ] as const) {
      const service = { granteePrincipal: undefined, granteeServicePrincipal: name }
      const policies = { keyPolicy: closed, grants: [grantTo("", service)] }
      expect(compile(policies).decide(requestOf(caller)).effect).toBe("implicitDeny")
    }
  })

  test.each([home, callers.user.arn])("a policy whose service is %s lets nobody in", (Service) => {
    for (const caller of ["user", "root"] as const) {
      const { reason } = compile({ keyPolicy: keyAllows({ Service }) }).decide(requestOf(caller))
      expect(reason).toBe("brokenDocument")
    }
  })

  test("invalid Unicode is compared like any text", () => {
    const context = { "aws:userid": "\ud800" }
    const policy = keyAllows("*", { Condition: { StringLike: { "aws:userid": "?" } } })
    expect(compile({ keyPolicy: policy }).decide(requestOf("user", { context })).effect).toBe(
      "allow",
    )
  })

  test("an action is folded by ASCII only", () => {
    expect(
      compile({ keyPolicy: keyAllows("*", { Action: "kms:LISTGRANTS" }) }).decide(
        requestOf("user", { action: "\u212ams:ListGrants" }),
      ).effect,
    ).toBe("implicitDeny")
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
