import { describe, expect, test } from "vitest"
import {
  checkLockout,
  compile,
  defaultKeyPolicy,
  type PolicyDocument,
  validateKeyPolicy,
} from "../src/index.js"
import {
  abroad,
  allows,
  closed,
  delegated,
  denies,
  home,
  keyAllows,
  keyDenies,
  merge,
  requestOf,
} from "./support/scene.js"

const invalidPrincipals = "Policy contains a statement with one or more invalid principals."
const text = (document: object) => JSON.stringify(document)

describe("what a key policy is refused for when it is written", () => {
  test("the default key policy is accepted and has the text of AWS", () => {
    const policy = defaultKeyPolicy(home, "aws-cn")
    expect(validateKeyPolicy(policy)).toMatchObject({ ok: true })
    expect(JSON.parse(policy)).toEqual({
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: `arn:aws-cn:iam::${home}:root` },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    })
  })

  test("a syntax error is named with its place", () => {
    expect(validateKeyPolicy('{\n "Version": }')).toEqual({
      ok: false,
      error: "MalformedPolicyDocumentException",
      message: "The key policy is malformed: a JSON value is expected.",
      path: "",
      line: 2,
      column: 13,
    })
  })

  test("an element that does not exist is named with its path", () => {
    const result = validateKeyPolicy(text(keyAllows("*", { Principle: "*" })))
    expect(result).toMatchObject({ ok: false, path: "Statement[0].Principle", line: 1 })
  })

  test("a policy of 32768 bytes is accepted and one more is over the limit", () => {
    const policy = text(keyAllows("*", { Sid: "x" }))
    const filled = policy + " ".repeat(32_768 - policy.length)
    expect(validateKeyPolicy(filled)).toMatchObject({ ok: true })
    expect(validateKeyPolicy(`${filled} `)).toMatchObject({ error: "LimitExceededException" })
  })

  test("bytes are counted, not characters", () => {
    const policy = text(keyAllows("*", { Sid: "\u00e9".repeat(16_400) }))
    expect(policy.length).toBeLessThan(32_768)
    expect(validateKeyPolicy(policy)).toMatchObject({ error: "LimitExceededException" })
  })

  test("characters beyond U+00FF are refused", () => {
    expect(validateKeyPolicy(text(keyAllows("*", { Sid: "\u20ac" })))).toMatchObject({
      error: "MalformedPolicyDocumentException",
    })
  })

  test.each([
    ["a wildcard in a name", { AWS: "arn:aws:iam::111122223333:user/*" }],
    ["a name that is no ARN", { AWS: "ann" }],
    ["a group", { AWS: "arn:aws:iam::111122223333:group/g" }],
    ["a short account", { AWS: "1234" }],
    ["the ARN of a user as a service", { Service: "arn:aws:iam::111122223333:user/ann" }],
    ["an account as a service", { Service: home }],
    ["a word as a service", { Service: "logs" }],
    ["a canonical user", { CanonicalUser: "79a5" }],
  ])("%s as principal has the text of AWS", (_name, principal) => {
    const result = validateKeyPolicy(text(keyAllows(principal)))
    expect(result).toMatchObject({
      ok: false,
      error: "MalformedPolicyDocumentException",
      message: invalidPrincipals,
    })
  })

  test("a principal that does not exist has the text of AWS and its place", () => {
    const policy = text(keyAllows({ AWS: [home, "arn:aws:iam::111122223333:user/gone"] }))
    const principalExists = (principal: string) => !principal.endsWith("/gone")
    expect(validateKeyPolicy(policy)).toMatchObject({ ok: true })
    expect(validateKeyPolicy(policy, { principalExists })).toMatchObject({
      message: invalidPrincipals,
      path: "Statement[0].Principal.AWS[1]",
    })
  })

  test("everyone and services are not looked up", () => {
    const policy = text(keyAllows({ AWS: "*", Service: "logs.amazonaws.com" }))
    expect(validateKeyPolicy(policy, { principalExists: () => false })).toMatchObject({ ok: true })
  })

  test.each(["kms:EncryptionContext:tenant", "AWS:RequestTag/team"])(
    "ForAllValues with %s is over-permissive",
    (key) => {
      const condition = { "ForAllValues:StringEquals": { [key]: "x" } }
      const result = validateKeyPolicy(text(keyAllows("*", { Condition: condition })))
      expect(result).toMatchObject({ ok: false, error: "MalformedPolicyDocumentException" })
    },
  )

  test.each([
    ["without Action", { Action: undefined }, "a statement has an `Action` or a `NotAction`"],
    [
      "without Resource",
      { Resource: undefined },
      "a statement has a `Resource` or a `NotResource`",
    ],
    ["with an empty Action", { Action: [] }, "a statement has an `Action` or a `NotAction`"],
    [
      "with an empty NotResource",
      { Resource: undefined, NotResource: [] },
      "a statement has a `Resource` or a `NotResource`",
    ],
  ])("a statement %s is refused", (_, more, said) => {
    const document = merge(delegated, keyAllows("*", more))
    expect(validateKeyPolicy(text(document))).toMatchObject({
      ok: false,
      error: "MalformedPolicyDocumentException",
      message: `The key policy is malformed: ${said}.`,
      line: 1,
    })
  })

  test("a stored statement without Action or Resource goes on doing nothing", () => {
    for (const element of ["Action", "Resource"]) {
      const keyPolicy = merge(delegated, keyAllows("*", { [element]: undefined }))
      const compiled = compile({ keyPolicy, identityPolicies: [allows()] })
      expect(compiled.decide(requestOf("user"))).toMatchObject({ reason: "delegation" })
    }
  })

  test("NotAction and NotResource are as good as Action and Resource", () => {
    const negated = { Action: undefined, NotAction: "kms:Decrypt", Resource: undefined }
    const denies = { Effect: "Deny", ...negated, NotResource: "arn:aws:kms:us-east-1:1:key/x" }
    expect(validateKeyPolicy(text(keyAllows("*", denies)))).toMatchObject({ ok: true })
  })

  test.each([
    ["nobody", {}],
    ["an empty list", { AWS: [] }],
    ["an empty list of services", { AWS: home, Service: [] }],
    ["an account of another partition", { AWS: `arn:aws-us-gov:iam::${home}:root` }],
    ["a user of another partition", { AWS: [home, `arn:aws-cn:iam::${home}:user/ann`] }],
    ["a session of another partition", { AWS: `arn:aws-cn:sts::${home}:assumed-role/App/run` }],
    ["a provider of another partition", { Federated: `arn:aws-cn:iam::${home}:saml-provider/x` }],
  ])("%s as principal or as NotPrincipal has the text of AWS", (_name, principal) => {
    const negated = { Effect: "Deny", Principal: undefined, NotPrincipal: principal }
    for (const document of [keyAllows(principal), keyAllows("*", negated)]) {
      expect(validateKeyPolicy(text(document), { partition: "aws" })).toMatchObject({
        ok: false,
        error: "MalformedPolicyDocumentException",
        message: invalidPrincipals,
        line: 1,
      })
    }
  })

  test("principals of the own partition, services and everyone are valid in it", () => {
    const principal = {
      AWS: ["*", home, `arn:aws-cn:iam::${home}:root`],
      Service: "s3.amazonaws.com",
    }
    const options = { partition: "aws-cn" }
    expect(validateKeyPolicy(text(keyAllows(principal)), options)).toMatchObject({ ok: true })
  })

  test("an accepted policy comes compiled, so that nobody reads it twice", () => {
    const validation = validateKeyPolicy(text(keyAllows("*")))
    const keyPolicy = validation.ok ? validation.document : undefined
    expect(compile({ keyPolicy }).decide(requestOf("user")).effect).toBe("allow")
  })
})

describe("the lockout check", () => {
  const request = { ...requestOf("user") }

  test.each([
    ["the default policy alone locks a user out", JSON.parse(defaultKeyPolicy(home, "aws")), false],
    ["a policy that allows the caller passes", keyAllows({ AWS: request.principal.arn }), true],
    ["a policy that allows others locks the caller out", closed, false],
    [
      "a policy that delegates other actions locks the caller out",
      keyAllows({ AWS: home }, { Action: "kms:Decrypt" }),
      false,
    ],
    ["a policy that denies the caller locks the caller out", keyDenies({ AWS: home }), false],
    ["a broken policy locks the caller out", "{", false],
    ["a foreign account does not count as delegation", keyAllows({ AWS: "444455556666" }), false],
  ] as const)("%s", (_name, keyPolicy, ok) => {
    const result = checkLockout({ keyPolicy, policies: {}, request })
    expect(result.ok).toBe(ok)
    if (!result.ok) {
      expect(result.because.request.action).toBe("kms:PutKeyPolicy")
      expect(result.because.decision.effect).not.toBe("allow")
    }
  })

  test("an identity policy of the caller that denies PutKeyPolicy locks the caller out", () => {
    const result = checkLockout({
      keyPolicy: delegated,
      policies: { identityPolicies: [denies()] },
      request,
    })
    expect(result.ok).toBe(false)
  })

  test.each([
    ["an identity policy", (broken: PolicyDocument) => ({ identityPolicies: [allows(), broken] })],
    ["a boundary", (permissionsBoundary: PolicyDocument) => ({ permissionsBoundary })],
    ["a session policy", (broken: PolicyDocument) => ({ sessionPolicies: [allows(), broken] })],
  ])("%s of the caller's own that is broken locks the caller out, whatever allows", (_, own) => {
    const named = keyAllows({ AWS: request.principal.arn })
    for (const broken of ["{", { Version: "2012-10-17", Statement: [{ Effect: "Allow" }] }]) {
      for (const keyPolicy of [named, delegated]) {
        const policies = { identityPolicies: [allows()], ...own(broken) }
        expect(checkLockout({ keyPolicy, policies, request }).ok).toBe(false)
        // It is what is broken, and nothing else, that locks out.
        const sound = { identityPolicies: [allows()], ...own(allows()) }
        expect(checkLockout({ keyPolicy, policies: sound, request }).ok).toBe(true)
      }
    }
  })

  test("a caller of another account is locked out, whatever allows it", () => {
    const foreign = { ...request, ...requestOf("foreignUser") }
    const named = keyAllows({ AWS: abroad })
    for (const keyPolicy of [named, delegated, keyAllows("*")]) {
      for (const identityPolicies of [[], [allows()], ["{"]]) {
        const policies = { identityPolicies }
        expect(checkLockout({ keyPolicy, policies, request: foreign }).ok).toBe(false)
      }
    }
  })

  test("an identity policy that allows passes together with delegation", () => {
    const policies = { identityPolicies: [allows()] }
    expect(checkLockout({ keyPolicy: delegated, policies, request })).toMatchObject({ ok: true })
  })

  test("the default policy passes for the root user of the account", () => {
    const root = { ...request, ...requestOf("root") }
    expect(checkLockout({ keyPolicy: delegated, policies: {}, request: root }).ok).toBe(true)
  })

  test.each([
    ["a boundary", { permissionsBoundary: allows({ Action: "kms:Decrypt" }) }],
    ["a session policy", { sessionPolicies: [allows({ Action: "kms:Decrypt" })] }],
    [
      "an SCP",
      {
        scps: [
          {
            account: home,
            levels: [{ target: "r", policies: [allows({ Action: "kms:Decrypt" })] }],
          },
        ],
      },
    ],
    [
      "a permission for another key",
      { identityPolicies: [allows({ Resource: "arn:aws:kms:us-east-1:111122223333:key/other" })] },
    ],
  ])("%s that does not allow PutKeyPolicy locks the caller out", (_, limits) => {
    const policies = { identityPolicies: [allows()], ...limits }
    expect(checkLockout({ keyPolicy: delegated, policies, request }).ok).toBe(false)
  })
})
