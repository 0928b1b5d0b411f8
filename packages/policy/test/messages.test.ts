import { describe, expect, test } from "vitest"
import { accessDeniedMessage, compile, type Decision, renderExplanation } from "../src/index.js"
import { delegated, grantTo, keyAllows, keyArn, keyDenies, requestOf } from "./support/scene.js"

const details = {
  principalArn: "arn:aws:sts::111122223333:assumed-role/App/run",
  action: "kms:Decrypt",
  resource: keyArn,
}
const head =
  "User: arn:aws:sts::111122223333:assumed-role/App/run is not authorized to perform: kms:Decrypt"
const located = `${head} on resource: ${keyArn}`

function denial(effect: "explicitDeny" | "implicitDeny", reason: string): Decision {
  return { effect, reason, by: [] } as unknown as Decision
}

const implicitTails = [
  ["identityPolicy", "because no identity-based policy allows the kms:Decrypt action"],
  ["keyPolicy", "because no resource-based policy allows the kms:Decrypt action"],
  ["sessionPolicy", "because no session policy allows the kms:Decrypt action"],
  ["permissionsBoundary", "because no permissions boundary allows the kms:Decrypt action"],
  ["vpcEndpointPolicy", "because no VPC endpoint policy allows the kms:Decrypt action"],
  ["scp", "because no service control policy allows the kms:Decrypt action"],
  ["crossAccountOperation", "because no resource-based policy allows the kms:Decrypt action"],
  ["grantRelation", "because no resource-based policy allows the kms:Decrypt action"],
] as const

const explicitTails = [
  ["identityPolicy", "with an explicit deny in an identity-based policy"],
  ["keyPolicy", "with an explicit deny in a resource-based policy"],
  ["permissionsBoundary", "with an explicit deny in a permissions boundary"],
  ["sessionPolicy", "with an explicit deny in a session policy"],
  ["scp", "with an explicit deny in a service control policy"],
  ["rcp", "with an explicit deny in a resource control policy"],
  ["vpcEndpointPolicy", "with an explicit deny in a VPC endpoint policy"],
] as const

describe("the text of AccessDeniedException", () => {
  test.each(implicitTails)("names a missing allow in %s", (reason, tail) => {
    expect(accessDeniedMessage(denial("implicitDeny", reason), details)).toBe(`${located} ${tail}`)
  })

  test.each(explicitTails)("names an explicit deny in %s", (reason, tail) => {
    expect(accessDeniedMessage(denial("explicitDeny", reason), details)).toBe(`${located} ${tail}`)
  })

  test("may end with the ARN of the policy that denies", () => {
    const policyArn = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1"
    const message = accessDeniedMessage(denial("explicitDeny", "scp"), { ...details, policyArn })
    expect(message).toBe(
      `${located} with an explicit deny in a service control policy: ${policyArn}`,
    )
  })

  test("leaves the resource out when there is none", () => {
    const { resource: _, ...without } = details
    expect(accessDeniedMessage(denial("implicitDeny", "identityPolicy"), without)).toBe(
      `${head} because no identity-based policy allows the kms:Decrypt action`,
    )
  })

  test("tells a foreign caller nothing about the key", () => {
    const wanted =
      `${head} on this resource because the resource does not exist in this Region, ` +
      "no resource-based policies allow access, or a resource-based policy explicitly denies access"
    for (const decision of [
      denial("explicitDeny", "keyPolicy"),
      denial("implicitDeny", "keyPolicy"),
    ]) {
      expect(accessDeniedMessage(decision, { ...details, masked: true })).toBe(wanted)
    }
  })

  test("tells a foreign caller with a ciphertext nothing about the key", () => {
    const masked = { ...details, masked: true, ciphertext: true }
    expect(accessDeniedMessage(denial("implicitDeny", "keyPolicy"), masked)).toContain(
      "on the resource associated with this ciphertext because the resource does not exist",
    )
  })

  test("names the kind of a broken document", () => {
    const decision = compile({ keyPolicy: keyAllows("*"), identityPolicies: ["{"] }).decide(
      requestOf("user"),
    )
    expect(accessDeniedMessage(decision, details)).toContain(
      "because no identity-based policy allows",
    )
  })

  test("does not exist for an allowed call", () => {
    const decision = compile({ keyPolicy: keyAllows("*") }).decide(requestOf("user"))
    expect(() => accessDeniedMessage(decision, details)).toThrow(TypeError)
  })
})

describe("an explanation in the terminal", () => {
  test("says the answer first, then what was consulted", () => {
    const condition = { NotIpAddress: { "aws:SourceIp": "203.0.113.0/24" } }
    const keyPolicy = keyDenies("*", { Sid: "Office", Condition: condition })
    const context = { "aws:SourceIp": "198.51.100.1" }
    const explained = compile({ keyPolicy }).explain(requestOf("user", { context }))
    expect(renderExplanation(explained)).toBe(
      [
        "DENIED (explicit): kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/1234abcd",
        "  caller   arn:aws:iam::111122223333:user/ann (user, account of the key)",
        "  because  keyPolicy",
        '  by       keyPolicy 0 statement 1 "Office"',
        "  opened   direct: keyPolicy 0 statement 0",
        "",
        "keyPolicy 0",
        "  Allow statement 0: applies",
        "    yes principal (everyone)",
        "    yes action",
        "    yes resource",
        '  Deny statement 1 "Office": applies',
        "    yes principal (everyone)",
        "    yes action",
        "    yes resource",
        "    yes NotIpAddress aws:SourceIp: wanted 203.0.113.0/24; is 198.51.100.1 (value)",
        "",
      ].join("\n"),
    )
  })

  test("shows each value in one line, whoever has chosen it", () => {
    const forged = "x\n\nALLOWED: kms:Decrypt\u001b[2J\u202e"
    const keyPolicy = keyAllows("*", { Condition: { StringEquals: { "aws:a": forged } } })
    const context = { "aws:a": "y\u2028y" }
    const text = renderExplanation(compile({ keyPolicy }).explain(requestOf("user", { context })))
    expect(text).toContain(
      "wanted x\ufffd\ufffdALLOWED: kms:Decrypt\ufffd[2J\ufffd; is y\ufffdy (value)",
    )
  })

  test("names the place where a document breaks", () => {
    const explained = compile({ keyPolicy: '{\n "Version" }' }).explain(requestOf("user"))
    expect(renderExplanation(explained)).toContain(
      "cannot be read: `:` is expected after a member name at line 2, column 12",
    )
  })

  test("says why every condition came out as it did", () => {
    const blocks = {
      StringEquals: { "aws:a": "1", "aws:b": "1", "aws:many": "1", "aws:one": "1" },
      StringEqualsIfExists: { "aws:b": "1" },
      "ForAllValues:StringEquals": { "aws:b": "1" },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
      StringLike: { "aws:a": "${aws:gone}" },
      StringNotEquals: { "aws:a": [] },
      Null: { "aws:b": "true" },
    }
    const context = { "aws:a": "1", "aws:many": ["1", "2"], "aws:one": ["1"] }
    const explained = compile({ keyPolicy: keyAllows("*", { Condition: blocks }) }).explain(
      requestOf("user", { context }),
    )
    const conditions = explained.documents[0]?.statements[0]?.conditions ?? []
    expect(
      conditions.map(({ operator, key, because, result }) => [operator, key, because, result]),
    ).toEqual([
      ["StringEquals", "aws:a", "value", true],
      ["StringEquals", "aws:b", "missing", false],
      ["StringEquals", "aws:many", "multivalued", false],
      ["StringEquals", "aws:one", "value", true],
      ["StringEqualsIfExists", "aws:b", "ifExists", true],
      ["ForAllValues:StringEquals", "aws:b", "emptySet", true],
      ["StringLike", "aws:a", "unresolvedVariable", false],
      ["StringNotEquals", "aws:a", "noPolicyValues", false],
      ["Null", "aws:b", "missing", true],
    ])
    expect(conditions[6]?.unresolved).toEqual(["aws:gone"])
  })

  test("lists limits and what opened the door although a limit closed it", () => {
    const boundary = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" },
    }
    const identity = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "kms:*", Resource: "*" },
    }
    const explained = compile({
      keyPolicy: delegated,
      identityPolicies: [identity],
      permissionsBoundary: boundary,
    }).explain(requestOf("user"))
    expect(explained.limits).toContainEqual({ limit: "permissionsBoundary", result: "blocked" })
    expect(explained.opened.map(({ by }) => by)).toEqual(["delegation", "identity"])
  })

  test("names every test of a grant under which a grant is made, and who has none", () => {
    const constraints = { encryptionContextSubset: { tenant: "42" }, sourceArn: "arn:aws:s3:::b" }
    const operations = ["CreateGrant", "Decrypt"]
    const grants = ["aws", "aws-cn"].map((partition) =>
      grantTo(`arn:${partition}:iam::111122223333:root`, {
        grantId: partition,
        operations,
        constraints,
      }),
    )
    const request = requestOf("user", {
      action: "kms:CreateGrant",
      encryptionContext: { tenant: "42" },
      context: {
        "kms:GrantOperations": ["Decrypt", "Encrypt"],
        "kms:GrantConstraintType": "EncryptionContextEquals",
        "kms:GrantConstraintSourceArn": "arn:aws:s3:::c",
        "aws:SourceArn": "arn:aws:s3:::b",
      },
    })
    const explained = compile({ keyPolicy: delegated, grants }).explain(request)
    expect(explained.grants).toEqual([
      {
        grantId: "aws",
        kind: "account",
        checks: [
          { constraint: "operation", result: true },
          { constraint: "encryptionContextSubset", result: true },
          { constraint: "sourceArn", result: true },
          { constraint: "childOperations", result: false },
          { constraint: "childConstraint", result: true },
          { constraint: "childSourceArn", result: false },
        ],
        applies: false,
      },
    ])
  })

  test.each([
    ["kms:RetireGrant", []],
    ["kms:DescribeKey", [{ constraint: "sourceArn", result: false }]],
    [
      "kms:Decrypt",
      [
        { constraint: "encryptionContextEquals", result: false },
        { constraint: "encryptionContextSubset", result: false },
        { constraint: "sourceArn", result: false },
      ],
    ],
  ])("tests of a grant for %s what binds it", (action, others) => {
    const pairs = { tenant: "42" }
    const constraints = {
      encryptionContextEquals: pairs,
      encryptionContextSubset: pairs,
      sourceArn: "arn:aws:s3:::b",
    }
    const operations = [action.slice("kms:".length)]
    const grants = [grantTo("arn:aws:iam::111122223333:user/ann", { operations, constraints })]
    const explained = compile({ keyPolicy: delegated, grants }).explain(
      requestOf("user", { action }),
    )
    expect(explained.grants.map(({ checks }) => checks)).toEqual([
      [{ constraint: "operation", result: true }, ...others],
    ])
  })

  test("lists every test of every grant to the caller", () => {
    const constraints = { encryptionContextEquals: { tenant: "42" }, sourceArn: "arn:aws:s3:::b" }
    const grants = [grantTo("arn:aws:iam::111122223333:user/ann", { constraints })]
    const encryptionContext = { tenant: "43" }
    const request = requestOf("user", {
      encryptionContext,
      context: { "aws:SourceArn": "arn:aws:s3:::b" },
    })
    const explained = compile({ keyPolicy: delegated, grants }).explain(request)
    expect(explained.grants).toEqual([
      {
        grantId: "g1",
        kind: "user",
        checks: [
          { constraint: "operation", result: true },
          { constraint: "encryptionContextEquals", result: false },
          { constraint: "sourceArn", result: true },
        ],
        applies: false,
      },
    ])
    expect(renderExplanation(explained)).toContain("grant g1 (user): does not apply")
  })
})
