import { describe, expect, test } from "vitest"
import {
  compare,
  compile,
  isPublic,
  type Policies,
  type PolicyDocument,
  type Witness,
} from "../src/index.js"
import {
  abroad,
  allows,
  closed,
  delegated,
  home,
  keyAllows,
  keyDenies,
  merge,
} from "./support/scene.js"
import { everything, limits } from "./support/witnesses.js"

const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})
function isAllowed(
  keyPolicy: PolicyDocument,
  { request, identityPolicies, limit }: Witness,
): boolean {
  const policies: Policies = {
    keyPolicy,
    identityPolicies: identityPolicies === "allowsEverything" ? [everything] : [],
    ...limits[limit],
  }
  return compile(policies).decide(request).effect === "allow"
}

const role = `arn:aws:iam::${home}:role/App`
const session = `arn:aws:sts::${home}:assumed-role/App/stranger`
const narrow = keyAllows({ AWS: home }, { Action: "kms:Decrypt" })

const comparisons = [
  ["a policy equals itself", delegated, delegated, "equal"],
  [
    "the order of statements does not matter",
    merge(delegated, closed),
    merge(closed, delegated),
    "equal",
  ],
  [
    "two spellings of an account are equal",
    delegated,
    keyAllows({ AWS: `arn:aws:iam::${home}:root` }),
    "equal",
  ],
  [
    "accounts of one number in two partitions are not equal",
    keyAllows({ AWS: `arn:aws:iam::${abroad}:root` }),
    keyAllows({ AWS: `arn:aws-cn:iam::${abroad}:root` }),
    "incomparable",
  ],
  [
    "in any partition fewer actions are narrower",
    keyAllows({ AWS: `arn:aws-cn:iam::${home}:root` }, { Action: "kms:Decrypt" }),
    keyAllows({ AWS: `arn:aws-cn:iam::${home}:root` }),
    "narrower",
  ],
  [
    "everyone with the ARN of a role escapes the limits of the role",
    keyAllows({ AWS: role }),
    keyAllows("*", when("ArnEquals", "aws:PrincipalArn", role)),
    "narrower",
  ],
  [
    "NotPrincipal denies whoever has a boundary",
    keyAllows({ AWS: role }),
    merge(
      keyAllows({ AWS: role }),
      keyAllows(undefined, {
        Effect: "Deny",
        NotPrincipal: { AWS: [role, session, home] },
      }),
    ),
    "wider",
  ],
  ["fewer actions are narrower", narrow, delegated, "narrower"],
  ["more actions are wider", delegated, narrow, "wider"],
  [
    "a pattern of actions equals its members",
    keyAllows("*", { Action: "kms:ReEncrypt*" }),
    keyAllows("*", { Action: ["kms:ReEncryptFrom", "kms:ReEncryptTo"] }),
    "equal",
  ],
  [
    "other actions are incomparable",
    narrow,
    keyAllows({ AWS: home }, { Action: "kms:Encrypt" }),
    "incomparable",
  ],
  ["everyone is wider than the account", keyAllows("*"), delegated, "wider"],
  [
    "a direct allow is wider than delegation",
    keyAllows({ AWS: "arn:aws:iam::111122223333:user/ann" }),
    delegated,
    "incomparable",
  ],
  ["a deny is narrower", keyDenies({ AWS: abroad }), keyAllows("*"), "narrower"],
  [
    "an idle deny changes nothing",
    merge(delegated, {
      Statement: { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" },
    }),
    delegated,
    "equal",
  ],
  [
    "a smaller network is narrower",
    keyAllows("*", when("IpAddress", "aws:SourceIp", "10.0.0.0/16")),
    keyAllows("*", when("IpAddress", "aws:SourceIp", "10.0.0.0/8")),
    "narrower",
  ],
  [
    "overlapping networks are compared exactly",
    keyAllows("*", when("IpAddress", "aws:SourceIp", ["10.0.0.0/9", "10.128.0.0/9"])),
    keyAllows("*", when("IpAddress", "aws:SourceIp", "10.0.0.0/8")),
    "equal",
  ],
  [
    "a tag of the key says nothing in a key policy",
    merge(delegated, keyAllows("*", when("StringEquals", "aws:ResourceTag/open", "yes"))),
    delegated,
    "equal",
  ],
  [
    "a longer pattern is narrower",
    keyAllows("*", when("StringLike", "kms:ViaService", "s3.*.amazonaws.com")),
    keyAllows("*", when("StringLike", "kms:ViaService", "s3.*")),
    "narrower",
  ],
  [
    "patterns that cross are incomparable",
    keyAllows("*", when("StringLike", "kms:ViaService", "s3*")),
    keyAllows("*", when("StringLike", "kms:ViaService", "*com")),
    "incomparable",
  ],
  [
    "a pattern without wildcards equals the exact operator",
    keyAllows("*", when("StringLike", "kms:ViaService", "a")),
    keyAllows("*", when("StringEquals", "kms:ViaService", "a")),
    "equal",
  ],
  [
    "ignoring case is wider",
    keyAllows("*", when("StringEqualsIgnoreCase", "kms:ViaService", "a")),
    keyAllows("*", when("StringEquals", "kms:ViaService", "a")),
    "wider",
  ],
  [
    "an earlier end is narrower",
    keyAllows("*", when("DateLessThan", "aws:CurrentTime", "2026-01-01")),
    keyAllows("*", when("DateLessThan", "aws:CurrentTime", "2027-01-01")),
    "narrower",
  ],
  [
    "a smaller number is narrower",
    keyAllows("*", when("NumericLessThan", "kms:RotationPeriodInDays", "100")),
    keyAllows("*", when("NumericLessThanEquals", "kms:RotationPeriodInDays", "100")),
    "narrower",
  ],
  [
    "IfExists is wider",
    keyAllows("*", when("StringEqualsIfExists", "kms:ViaService", "a")),
    keyAllows("*", when("StringEquals", "kms:ViaService", "a")),
    "wider",
  ],
  [
    "ForAllValues and ForAnyValue are incomparable",
    keyAllows("*", when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", ["a", "b"])),
    keyAllows("*", when("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", ["a", "b"])),
    "incomparable",
  ],
  [
    "a condition on another key is incomparable",
    keyAllows("*", when("StringEquals", "kms:KeySpec", "a")),
    keyAllows("*", when("StringEquals", "kms:KeyUsage", "a")),
    "incomparable",
  ],
  [
    "one Allow for two values is wider than two Allows when names come in two letter cases",
    merge(
      keyAllows("*", when("StringEquals", "kms:EncryptionContext:Stage", "a")),
      keyAllows("*", when("StringEquals", "kms:EncryptionContext:Stage", "b")),
    ),
    keyAllows("*", when("StringEquals", "kms:EncryptionContext:Stage", ["a", "b"])),
    "narrower",
  ],
  [
    "a Deny on one value is a negated Allow, however many values come",
    keyDenies("*", when("StringEquals", "kms:EncryptionContext:Stage", "a")),
    keyAllows("*", when("StringNotEquals", "kms:EncryptionContext:Stage", "a")),
    "equal",
  ],
  [
    "variables leave the answer open",
    keyAllows("*", when("StringEquals", "kms:ViaService", "$" + "{aws:userid}")),
    keyAllows("*", when("StringEquals", "kms:ViaService", "$" + "{aws:userid}")),
    "unknown",
  ],
] as const

describe("comparing key policies", () => {
  test.each(comparisons)("%s", (_name, a, b, relation) => {
    const comparison = compare(a, b)
    expect(comparison.relation).toBe(relation)
    if (comparison.onlyA) {
      expect(isAllowed(a, comparison.onlyA)).toBe(true)
      expect(isAllowed(b, comparison.onlyA)).toBe(false)
    }
    if (comparison.onlyB) {
      expect(isAllowed(b, comparison.onlyB)).toBe(true)
      expect(isAllowed(a, comparison.onlyB)).toBe(false)
    }
  })

  test("identity policies can be compared too", () => {
    const kind = "identityPolicy"
    expect(compare(allows({ Action: "kms:Decrypt" }), allows(), { kind }).relation).toBe("narrower")
  })

  const hasCaller = when("Null", "kms:CallerAccount", "false")
  const viaService = when("StringLike", "kms:ViaService", "*")

  test.each([
    ["an operation without a caller account is not let in by one", "kms:ListKeys", hasCaller],
    ["nor is the alias of an operation on aliases", "kms:CreateAlias", hasCaller],
    ["an operation on a key has one", "kms:Decrypt", hasCaller, "equal"],
    ["an operation that comes through no service", "kms:ListKeys", viaService],
    ["the right to retire the grants of the account", "kms:RetireGrant", { Action: "s3:*" }],
  ])("%s", (_name, action, narrower, relation = "wider") => {
    const kind = "identityPolicy"
    const a = allows({ Action: action })
    expect(compare(a, allows({ Action: action, ...narrower }), { kind }).relation).toBe(relation)
  })

  test("no request comes through a service where AWS KMS does not say so", () => {
    const kind = "identityPolicy"
    const nothing = allows({ Action: "s3:*" })
    const b = allows({ Action: "kms:ListKeys", ...viaService })
    expect(compare(nothing, b, { kind }).relation).toBe("equal")
  })

  test("a spent budget is unknown, never a guess", () => {
    expect(compare(delegated, delegated, { evaluationsMax: 3 }).relation).toBe("unknown")
  })

  test("a broken policy is not compared", () => {
    expect(() => compare("{", delegated)).toThrow(TypeError)
  })
})

const publicAnswers = [
  ["the default policy is not public", delegated, "no"],
  ["everyone is public", keyAllows("*"), "yes"],
  ["every AWS principal is public", keyAllows({ AWS: "*" }), "yes"],
  ["a named foreign account is not public", keyAllows({ AWS: abroad }), "no"],
  [
    "kms:CallerAccount narrows everyone",
    keyAllows("*", when("StringEquals", "kms:CallerAccount", home)),
    "no",
  ],
  [
    "an organization narrows everyone",
    keyAllows("*", when("StringEquals", "aws:PrincipalOrgID", "o-1")),
    "no",
  ],
  [
    "any organization is public",
    keyAllows("*", when("StringLike", "aws:PrincipalOrgID", "o-*")),
    "yes",
  ],
  [
    "an endpoint narrows everyone",
    keyAllows("*", when("StringEquals", "aws:SourceVpce", "vpce-1")),
    "no",
  ],
  [
    "every endpoint but one is public",
    keyAllows("*", when("StringNotEquals", "aws:SourceVpce", "vpce-1")),
    "yes",
  ],
  [
    "an office network narrows everyone",
    keyAllows("*", when("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
    "no",
  ],
  [
    "every address is public",
    keyAllows("*", when("IpAddress", "aws:SourceIp", "0.0.0.0/0")),
    "yes",
  ],
  [
    "an encryption context is no secret",
    keyAllows("*", when("StringEquals", "kms:EncryptionContext:a", "1")),
    "yes",
  ],
  [
    "a deny for other accounts closes the key",
    merge(
      keyAllows("*"),
      keyAllows("*", { Effect: "Deny", ...when("StringNotEquals", "kms:CallerAccount", home) }),
    ),
    "no",
  ],
  ["a deny of everything closes the key", keyDenies("*"), "no"],
  [
    "three quarters of all addresses may be anybody's",
    keyAllows("*", when("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/2"])),
    "unknown",
  ],
  [
    "a network of any account may be anybody's",
    keyAllows("*", when("ArnLike", "aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:*:vpc/*")),
    "unknown",
  ],
  [
    "any network of one account narrows everyone",
    keyAllows("*", when("ArnLike", "aws:SourceVpcArn", `arn:aws:ec2:*:${home}:vpc/*`)),
    "no",
  ],
  [
    "a bucket narrows everyone",
    keyAllows("*", when("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket/*")),
    "no",
  ],
  [
    "some beginning of a name may be anybody's",
    keyAllows("*", when("StringLike", "aws:userid", "AROA*")),
    "unknown",
  ],
  [
    "the sessions of one role narrow everyone",
    keyAllows("*", when("StringLike", "aws:userid", "AROAEXAMPLE000000000:*")),
    "no",
  ],
  [
    "the units of an organization narrow everyone",
    keyAllows("*", when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*")),
    "no",
  ],
  [
    "a deny of half of all addresses leaves a key public",
    keyDenies("*", when("IpAddress", "aws:SourceIp", "0.0.0.0/1")),
    "yes",
  ],
  [
    "a tag opens no key to the public",
    keyAllows("*", when("StringEquals", "aws:ResourceTag/open", "yes")),
    "no",
  ],
  [
    "actions that never cross accounts are not public",
    keyAllows("*", { Action: "kms:PutKeyPolicy" }),
    "no",
  ],
  [
    "NotPrincipal denies are respected",
    merge(keyAllows("*"), keyAllows(undefined, { Effect: "Deny", NotPrincipal: { AWS: home } })),
    "no",
  ],
] as const

describe("public access", () => {
  test.each(publicAnswers)("%s", (_name, policy, answer) => {
    const found = isPublic(policy)
    expect(found.public).toBe(answer)
    if (found.public === "yes") {
      expect(isAllowed(policy, found.witness)).toBe(true)
      expect(found.witness.request.principal.account).not.toBe(home)
    }
  })
})
