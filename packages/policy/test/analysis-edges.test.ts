import { describe, expect, test } from "vitest"
import {
  type AnalysisOptions,
  compare,
  compileDocument,
  isPublic,
  type Witness,
} from "../src/index.js"
import { abroad, allows, delegated, home, keyAllows, merge } from "./support/scene.js"

/* What the witnesses of an analysis look like, and where its answers turn. */

const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})
const decrypts = (principal: unknown, more = {}) =>
  keyAllows(principal, { Action: "kms:Decrypt", ...more })
const nobody = decrypts({ AWS: `arn:aws:iam::${home}:user/nobody` }, { Action: "s3:*" })

function witnessOf(policy: object, refusing = nobody, options: AnalysisOptions = {}): Witness {
  const { onlyA } = compare(policy, refusing, options)
  if (onlyA === undefined) throw new Error("no witness was found")
  return onlyA
}

const contextOf = (account: string, arn: string, type: string) => ({
  "aws:PrincipalAccount": account,
  "kms:CallerAccount": account,
  "aws:PrincipalArn": arn,
  "aws:PrincipalType": type,
  "aws:PrincipalIsAWSService": false,
})

const ann = `arn:aws:iam::${home}:user/team/ann`

const role = `arn:aws:iam::${home}:role/team/App`

const session = `arn:aws:sts::${home}:assumed-role/App/run`

const federated = `arn:aws:sts::${home}:federated-user/fed`

const abroadRole = `arn:aws-cn:iam::${abroad}:role/App`

const stranger = `arn:aws:iam::${abroad}:user/stranger`

const namedCallers: readonly (readonly [
  sentence: string,
  named: object,
  principal: object,
  context: object,
])[] = [
  [
    "a user",
    { AWS: ann },
    { type: "user", arn: ann, account: home },
    { ...contextOf(home, ann, "User"), "aws:username": "ann" },
  ],
  [
    "a role, in a session",
    { AWS: role },
    {
      type: "role-session",
      arn: `arn:aws:sts::${home}:assumed-role/App/stranger`,
      account: home,
      roleArn: role,
    },
    contextOf(home, role, "AssumedRole"),
  ],
  [
    "a session of a role",
    { AWS: session },
    {
      type: "role-session",
      arn: session,
      account: home,
      roleArn: `arn:aws:iam::${home}:role/App`,
    },
    contextOf(home, `arn:aws:iam::${home}:role/App`, "AssumedRole"),
  ],
  [
    "a federated user",
    { AWS: federated },
    {
      type: "federated-user",
      arn: federated,
      account: home,
      issuerUserArn: `arn:aws:iam::${home}:user/stranger`,
    },
    contextOf(home, federated, "FederatedUser"),
  ],
  [
    "a service",
    { Service: "logs.amazonaws.com" },
    { type: "service", arn: "logs.amazonaws.com", account: "", service: "logs.amazonaws.com" },
    { "aws:PrincipalIsAWSService": true, "aws:PrincipalServiceName": "logs.amazonaws.com" },
  ],
  [
    "a role of another partition",
    { AWS: abroadRole },
    {
      type: "role-session",
      arn: `arn:aws-cn:sts::${abroad}:assumed-role/App/stranger`,
      account: abroad,
      roleArn: abroadRole,
    },
    contextOf(abroad, abroadRole, "AssumedRole"),
  ],
  [
    "some user of an account",
    { AWS: abroad },
    { type: "user", arn: stranger, account: abroad },
    { ...contextOf(abroad, stranger, "User"), "aws:username": "stranger" },
  ],
]

const conditions = [
  ["by its account", when("StringEquals", "aws:PrincipalAccount", abroad), abroad, "user"],
  ["by its account in a call", when("StringEquals", "kms:CallerAccount", abroad), abroad, "user"],
  [
    "by its ARN",
    when("ArnEquals", "aws:PrincipalArn", `arn:aws:iam::${abroad}:role/x`),
    abroad,
    "role-session",
  ],
  [
    "by a pattern of ARNs",
    when("ArnLike", "AWS:PrincipalArn", `arn:aws:iam::${abroad}:role/x*`),
    abroad,
    "role-session",
  ],
  ["as a service", when("Bool", "aws:PrincipalIsAWSService", "true"), "", "service"],
]

describe("the caller of a witness", () => {
  test.each(namedCallers)("is %s", (_sentence, named, principal, context) => {
    const { request } = witnessOf(decrypts(named))
    expect(request.principal).toEqual(principal)
    const present = Object.entries(request.context).filter(([, value]) => value !== undefined)
    expect(Object.fromEntries(present)).toEqual(context)
  })

  test.each(conditions)("is known %s from a condition", (_sentence, condition, account, type) => {
    const { principal } = witnessOf(decrypts("*", condition)).request
    expect(principal).toMatchObject({ account, type })
  })

  test("is a stranger where all accounts that strangers have are taken", () => {
    const taken = ["999999999999", "888888888888", "777777777777", home]
    const others = merge(...taken.map((account) => decrypts({ AWS: account })))
    for (const [known, account] of [
      [[], "999999999999"],
      [taken.slice(0, 1), "888888888888"],
      [taken.slice(0, 2), "777777777777"],
      [taken.slice(0, 3), "666666666666"],
    ] as const) {
      const condition = when("StringNotEquals", "aws:PrincipalAccount", [...known, home])
      expect(witnessOf(decrypts("*", condition)).request.principal.account).toBe(account)
    }
    const found = isPublic(merge(others, keyAllows("*")))
    expect(found.public === "yes" && found.witness.request.principal).toEqual({
      type: "user",
      arn: "arn:aws:iam::666666666666:user/stranger",
      account: "666666666666",
    })
  })
})

const firstValues: readonly (readonly [
  operator: string,
  key: string,
  named: unknown,
  value: unknown,
])[] = [
  ["NumericLessThan", "kms:RotationPeriodInDays", "5", "4"],
  ["NumericEquals", "kms:RotationPeriodInDays", ["5", "7"], "5"],
  ["NumericGreaterThan", "kms:RotationPeriodInDays", "5", "6"],
  ["DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", "1767225599.0"],
  ["DateEquals", "aws:CurrentTime", "2026-01-01T00:00:00Z", "1767225600.0"],
  ["DateEquals", "aws:CurrentTime", "2026-01-01T00:00:00.5Z", "1767225600.5"],
  ["DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", "1767225601.0"],
  ["IpAddress", "aws:SourceIp", "10.0.0.0/8", "10.0.0.0"],
  ["IpAddress", "aws:SourceIp", "0.0.0.0/0", "0.0.0.0"],
  ["IpAddress", "aws:SourceIp", "2001:db8::/32", "2001:db8:0:0:0:0:0:0"],
  ["IpAddress", "aws:SourceIp", "::/0", "::"],
  ["Bool", "kms:MultiRegion", "true", "true"],
  ["Bool", "kms:MultiRegion", "false", "false"],
  ["BinaryEquals", "kms:KeySpec", "AQID", "AQID"],
  ["Null", "kms:KeySpec", "false", "stranger"],
  ["StringEquals", "kms:KeySpec", ["x", "y"], "x"],
  ["StringEqualsIgnoreCase", "kms:KeySpec", "xY", "xY"],
  ["StringLike", "kms:KeySpec", "a?c*", "aac"],
  ["StringLike", "kms:KeySpec", "*", ""],
  ["ArnLike", "aws:SourceArn", "arn:aws:s3:::b*", "arn:aws:s3:::b"],
  ["ArnLike", "aws:SourceArn", "arn:aws:s?:*::b", "arn:aws:sa:::b"],
  ["ForAnyValue:StringLike", "aws:TagKeys", ["a*", "b"], ["a"]],
]

describe("the value of a witness", () => {
  test.each(firstValues)(
    "under %s on %s, %j, is the first that fits",
    (operator, key, named, value) => {
      const { request } = witnessOf(decrypts("*", when(operator, key, named)))
      expect(Object.entries(request.context)).toContainEqual([key.toLowerCase(), value])
    },
  )

  /** Each pair of policies differs in one value alone, or in a stretch of values. */
  const differences = [
    ["NumericLessThan", "kms:RotationPeriodInDays", ["5"], ["7"], "5"],
    ["NumericLessThan", "kms:RotationPeriodInDays", ["-5"], ["-3"], "-5"],
    ["NumericGreaterThan", "kms:RotationPeriodInDays", ["7"], ["5"], "7"],
    ["DateGreaterThan", "aws:EpochTime", ["7"], ["5"], "6.0"],
    ["IpAddress", "aws:SourceIp", ["10.0.0.0/9"], ["10.0.0.0/8"], "10.128.0.0"],
    ["IpAddress", "aws:SourceIp", ["10.0.0.0/31"], ["10.0.0.0/30"], "10.0.0.2"],
    ["IpAddress", "aws:SourceIp", ["0.0.0.0/1"], ["0.0.0.0/0"], "128.0.0.0"],
    ["IpAddress", "aws:SourceIp", ["2001:db8::/33"], ["2001:db8::/32"], "2001:db8:8000:0:0:0:0:0"],
    ["IpAddress", "aws:SourceIp", ["::/128"], ["::/127"], "0:0:0:0:0:0:0:1"],
  ] as const

  test.each(differences)(
    "under %s on %s is between %j and %j",
    (operator, key, few, many, value) => {
      const found = compare(
        decrypts("*", when(operator, key, few)),
        decrypts("*", when(operator, key, many)),
      )
      expect(found.relation).toBe("narrower")
      expect(Object.entries(found.onlyB?.request.context ?? {})).toContainEqual([
        key.toLowerCase(),
        value,
      ])
    },
  )

  test.each([
    ["letters of Latin that have three forms", "StringEqualsIgnoreCase", "k", "\u212a"],
    ["the ring of Ångström", "StringEqualsIgnoreCase", "å", "\u212b"],
    ["the capital ß", "StringEqualsIgnoreCase", "ß", "\u1e9e"],
    ["capitals", "StringEqualsIgnoreCase", "b", "B"],
    ["small letters", "StringEqualsIgnoreCase", "B", "b"],
  ])("knows %s", (_sentence, operator, named, other) => {
    const wide = decrypts("*", when(operator, "kms:KeySpec", named))
    const known = [named.toLowerCase(), named.toUpperCase(), "k", "K", "å", "Å", "ß", "b", "B"]
    const narrow = decrypts(
      "*",
      when(
        "StringEquals",
        "kms:KeySpec",
        known.filter((one) => one !== other),
      ),
    )
    const { request } = witnessOf(wide, narrow)
    expect(Object.entries(request.context)).toContainEqual(["kms:keyspec", other])
  })
})

const spec = (operator: string, value: unknown) =>
  decrypts("*", when(operator, "kms:KeySpec", value))

const againstThemselves = [
  ["of texts that fold beyond Latin", spec("StringEqualsIgnoreCase", "\u0130"), "unknown"],
  [
    "of a pattern of what is no ARN",
    decrypts("*", when("ArnLike", "aws:SourceArn", "x")),
    "unknown",
  ],
  [
    "of an ARN of five parts",
    decrypts("*", when("ArnLike", "aws:SourceArn", "arn:a:b:c:d")),
    "unknown",
  ],
  [
    "of numbers that are too large",
    decrypts("*", when("NumericEquals", "kms:KeySpec", "1000000000000")),
    "unknown",
  ],
  [
    "of large numbers",
    decrypts("*", when("NumericEquals", "kms:KeySpec", "999999999999")),
    "equal",
  ],
  [
    "of numbers that are too long",
    decrypts("*", when("NumericEquals", "kms:KeySpec", "10.1234567891")),
    "unknown",
  ],
  ["of long numbers", decrypts("*", when("NumericEquals", "kms:KeySpec", "10.123456789")), "equal"],
  ["of what is no number", decrypts("*", when("NumericEquals", "kms:KeySpec", "x")), "equal"],
  ["of dates", decrypts("*", when("DateEquals", "kms:KeySpec", ["2026-01-01", "x"])), "equal"],
  ["of bytes", decrypts("*", when("BinaryEquals", "kms:KeySpec", "AQID")), "equal"],
  [
    "of two types on one key",
    merge(spec("StringEquals", "1"), spec("NumericEquals", "1")),
    "unknown",
  ],
  ["of a text in two ways", merge(spec("StringEquals", "1"), spec("StringLike", "1*")), "equal"],
  ["of presence", spec("Null", "true"), "equal"],
  [
    "of one key only",
    decrypts("*", { Resource: `arn:aws:kms:us-east-1:${home}:key/a` }),
    "unknown",
  ],
  ["of all keys but one", decrypts("*", { Resource: undefined, NotResource: "*" }), "unknown"],
  ["of the name of a user", decrypts("*", when("StringEquals", "aws:username", "ann")), "unknown"],
  [
    "of the type of a caller",
    decrypts("*", when("StringEquals", "aws:PrincipalType", "User")),
    "unknown",
  ],
  [
    "of a service by name",
    decrypts("*", when("StringEquals", "aws:PrincipalServiceName", "a")),
    "unknown",
  ],
  [
    "of ARNs of callers by pattern",
    decrypts("*", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/a")),
    "unknown",
  ],
  [
    "of ARNs of callers by a mark",
    decrypts("*", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::?:user/a")),
    "unknown",
  ],
  [
    "of ARNs of callers",
    decrypts("*", when("ArnLike", "aws:PrincipalArn", `arn:aws:iam::${home}:user/a`)),
    "equal",
  ],
  [
    "of accounts of callers",
    decrypts("*", when("StringEquals", "aws:PrincipalAccount", home)),
    "equal",
  ],
  [
    "in any case",
    decrypts("*", when("StringEqualsIgnoreCase", "aws:PrincipalAccount", home)),
    "unknown",
  ],
  [
    "of whether a caller has one",
    decrypts("*", when("Null", "kms:CallerAccount", "true")),
    "equal",
  ],
  [
    "of numbers of callers",
    decrypts("*", when("NumericEquals", "kms:CallerAccount", "1")),
    "unknown",
  ],
]

describe("a comparison", () => {
  test.each(againstThemselves)(
    "%s with itself is as sure as it can be",
    (_sentence, policy, relation) => {
      expect(compare(policy, policy).relation).toBe(relation)
    },
  )

  test("says unknown where lists of values are too many", () => {
    const list = Array.from({ length: 15 }, (_, at) => `tag${at}`)
    const all = (tags: readonly string[]) =>
      decrypts("*", when("ForAllValues:StringEquals", "aws:TagKeys", tags))
    const two = merge(all(list), all(list.slice(1)), all(list.slice(2)))
    expect(compare(two, two).relation).toBe("unknown")
    const few = merge(all(list.slice(0, 3)), all(list.slice(1, 3)))
    expect(compare(few, few).relation).toBe("equal")
  })

  test("asks for a list of as many values as there are conditions on it", () => {
    const both = decrypts("*", {
      Condition: {
        "ForAnyValue:StringEquals": { "aws:TagKeys": "a" },
        "ForAnyValue:StringLike": { "aws:TagKeys": "b" },
      },
    })
    expect(witnessOf(both).request.context).toMatchObject({ "aws:tagkeys": ["a", "b"] })
  })

  test("may be of identity policies of an account, to its last request", () => {
    const options = { kind: "identityPolicy", account: abroad } as const
    const witness = witnessOf(
      allows({ Action: "kms:UpdateAlias" }),
      allows({ Action: "s3:*" }),
      options,
    )
    expect(witness).toMatchObject({
      identityPolicies: "allowsEverything",
      limit: "none",
      request: {
        action: "kms:UpdateAlias",
        resource: `arn:aws:kms:us-east-1:${abroad}:key/11111111-2222-3333-4444-555555555555`,
        resourceAccount: abroad,
        principal: { account: abroad },
        grantId: "grant",
      },
    })
    expect(Object.isFrozen(compare(delegated, delegated))).toBe(true)
    expect(compare(delegated, delegated)).toEqual({ relation: "equal" })
  })

  test("knows the alias of an operation on aliases, which has no key of KMS", () => {
    const kind = "identityPolicy"
    const action = { Action: "kms:CreateAlias" }
    const { onlyA } = compare(
      allows(action),
      allows({ ...action, ...when("Null", "kms:KeySpec", "false") }),
      { kind },
    )
    expect(onlyA?.request.resource).toContain(":key/")
  })

  test("refuses what was compiled as another kind, and what cannot be read", () => {
    const document = compileDocument(allows(), "identityPolicy")
    expect(() => compare(document, document)).toThrow(TypeError)
    expect(compare(document, allows(), { kind: "identityPolicy" }).relation).toBe("equal")
    expect(() => isPublic("{")).toThrow(TypeError)
  })

  test("spends no more than it is given", () => {
    const everyone = keyAllows("*")
    expect(compare(everyone, nobody, { evaluationsMax: 0 })).toEqual({ relation: "unknown" })
    expect(isPublic(everyone, { evaluationsMax: 0 })).toEqual({ public: "unknown" })
    expect(isPublic(decrypts("*"), { evaluationsMax: 1 }).public).toBe("yes")
  })

  test("has a witness for each limit of a caller", () => {
    const role = `arn:aws:iam::${home}:role/App`
    const named = decrypts({ AWS: role })
    const byArn = decrypts("*", when("ArnEquals", "aws:PrincipalArn", role))
    const { onlyB } = compare(named, byArn)
    expect(onlyB?.limit).toMatch(/AllowsNothing$/)
    expect(onlyB?.request.principal.type).toBe("role-session")
  })
})
