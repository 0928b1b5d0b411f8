import { describe, expect, test } from "vitest"
import {
  compile,
  compileDocument,
  type DocumentKind,
  lint,
  type PolicyRequest,
  validateKeyPolicy,
} from "../src/index.js"
import { callers, closed, delegated, grantTo, home, keyAllows, requestOf } from "./support/scene.js"

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

  test.each([home, callers.user.arn])(
    "nobody is the identity provider that is named %s",
    (name) => {
      const keyPolicy = keyAllows({ Federated: name })
      for (const caller of ["user", "root"] as const) {
        expect(compile({ keyPolicy }).decide(requestOf(caller)).reason).toBe("keyPolicy")
      }
    },
  )

  test("nobody is the unique id of a user or role that is gone", () => {
    const gone = "AIDACKCEVSQ6C2EXAMPLE"
    const keyPolicy = keyAllows({ AWS: gone })
    const principal = { ...callers.user, arn: gone }
    expect(compile({ keyPolicy }).decide(requestOf("user", { principal })).reason).toBe("keyPolicy")
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
