import { describe, expect, test } from "vitest"
import { isPublic } from "../src/index.js"
import { home, keyAllows, keyDenies } from "./support/scene.js"

/* Whom a key policy means that lets everyone in who meets a condition. */

const when = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
})

const ip = (...ranges: readonly string[]) => when("IpAddress", "aws:SourceIp", ranges)

const arn = (pattern: string) => when("ArnLike", "aws:SourceArn", pattern)

const id = (pattern: string) => when("StringLike", "aws:userid", pattern)

const owners: readonly (readonly [
  sentence: string,
  condition: ReturnType<typeof when>,
  answer: string,
])[] = [
  ["a network of a 256th of all", ip("12.0.0.0/8"), "no"],
  ["a larger one", ip("12.0.0.0/7"), "unknown"],
  ["two that are together larger", ip("12.0.0.0/8", "14.0.0.0/32"), "unknown"],
  ["a network of the sixth version", ip("2c00::/16"), "no"],
  ["a larger one of the sixth version", ip("2c00::/15"), "unknown"],
  ["one of each", ip("12.0.0.0/8", "2c00::/16"), "no"],
  ["what is no range", ip("12.0.0.0/99"), "no"],
  ["an address as a text", when("StringEquals", "aws:SourceIp", "12.0.0.1"), "no"],
  ["addresses by pattern", when("StringLike", "aws:SourceIp", "12.*"), "unknown"],
  ["an account of an ARN", arn(`arn:aws:sns:*:${home}:*`), "no"],
  ["any account of an ARN", arn("arn:aws:sns:us-east-1:*:topic"), "unknown"],
  ["some accounts of an ARN", arn("arn:aws:sns:us-east-1:11112222333?:topic"), "unknown"],
  ["a bucket", arn("arn:aws:s3:::bucket"), "no"],
  ["what is in a bucket", arn("arn:aws:s3:::bucket/*"), "no"],
  ["buckets by pattern", arn("arn:aws:s3:::bucket*"), "unknown"],
  ["buckets by pattern, and what is in them", arn("arn:aws:s3:::b*/x"), "unknown"],
  ["all that has no account", arn("arn:aws:s3:::*"), "yes"],
  ["what has no end", when("StringLike", "aws:SourceArn", "arn:aws:sns*"), "unknown"],
  [
    "one of two that may be anybody's",
    when("ArnLike", "aws:SourceArn", ["arn:aws:s3:::b", "arn:aws:sns:*:*:x"]),
    "unknown",
  ],
  ["a session of a role", id("AROAEXAMPLE000000000:*"), "no"],
  ["sessions of a role by a mark", id("AROAEXAMPLE00000000?:run"), "unknown"],
  ["a pattern without an end", id("AROA*"), "unknown"],
  [
    "an organization by path",
    when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*"),
    "no",
  ],
  [
    "organizations by path",
    when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1*/r-1"),
    "unknown",
  ],
  ["an endpoint by pattern", when("StringLike", "aws:SourceVpce", "vpce-1*"), "unknown"],
  ...["aws:SourceOrgPaths", "aws:VpceOrgPaths"].flatMap((key) => [
    [`${key} of one organization`, when("ForAnyValue:StringLike", key, "o-1/*"), "no"] as const,
    [`${key} of some`, when("ForAnyValue:StringLike", key, "o-1*/r-1"), "unknown"] as const,
  ]),
]

const path = "o-1/r-1/ou-1/"

const ownersKeys = [
  ["aws:PrincipalOrgID", "StringEquals", "o-1"],
  ["aws:PrincipalOrgPaths", "ForAnyValue:StringEquals", path],
  ["aws:SourceOrgID", "StringEquals", "o-1"],
  ["aws:SourceOrgPaths", "ForAnyValue:StringEquals", path],
  ["aws:VpceOrgID", "StringEquals", "o-1"],
  ["aws:VpceOrgPaths", "ForAnyValue:StringEquals", path],
  ["aws:SourceVpce", "StringEquals", "vpce-1"],
  ["aws:SourceVpc", "StringEquals", "vpc-1"],
  ["aws:SourceVpcArn", "ArnEquals", `arn:aws:ec2:us-east-1:${home}:vpc/vpc-1`],
  ["aws:VpceAccount", "StringEquals", home],
  ["aws:SourceAccount", "StringEquals", home],
  ["aws:SourceArn", "ArnEquals", "arn:aws:s3:::bucket"],
  ["aws:userid", "StringEquals", "AIDAEXAMPLE000000000"],
  ["aws:SourceIp", "IpAddress", "203.0.113.0/24"],
  ["aws:VpcSourceIp", "IpAddress", "10.0.0.0/24"],
]

describe("a key that only somebody in particular may use", () => {
  const account = "666666666666"

  test.each(ownersKeys)(
    "by %s is not public, and is where everyone else may",
    (key, operator, value) => {
      expect(isPublic(keyAllows("*", when(operator, key, value))).public).toBe("no")
      const closed = keyDenies("*", when(operator.replace("AnyValue", "AllValues"), key, value))
      expect(isPublic(closed).public).toBe("yes")
      expect(isPublic(keyAllows("*", when("Null", key, "false"))).public).toBe("yes")
    },
  )

  test.each([
    ["aws:PrincipalOrgID", "o-stranger00"],
    ["aws:SourceVpce", "vpce-00000000000000000"],
    ["aws:SourceVpc", "vpc-00000000000000000"],
    ["aws:SourceVpcArn", `arn:aws:ec2:us-east-1:${account}:vpc/vpc-00000000000000000`],
    ["aws:VpceAccount", account],
    ["aws:SourceAccount", account],
    ["aws:SourceArn", "arn:aws:s3:::stranger"],
    ["aws:userid", "AIDASTRANGER00000000"],
    ["aws:PrincipalOrgPaths", ["o-stranger00/r-0000/ou-0000-00000000/"]],
  ])("the %s of a stranger is its own", (key, own) => {
    const found = isPublic(keyAllows("*", when("Null", key, "false")))
    if (found.public !== "yes") throw new Error("it is public")
    expect(found.witness.request.context).toMatchObject({ [key.toLowerCase()]: own })
    expect(found.witness).toMatchObject({ identityPolicies: "allowsEverything", limit: "none" })
  })

  test.each([
    ["an address of the fourth version", "198.18.0.0/15", "198.18.0.77"],
    ["an address of the sixth version", "2a00::/16", "2a00::1"],
  ])("a stranger has %s", (_sentence, range, address) => {
    const found = isPublic(keyAllows("*", when("IpAddress", "aws:SourceIp", range)))
    expect(found.public === "yes" && found.witness.request.context["aws:sourceip" as never]).toBe(
      address,
    )
  })

  test.each(owners)("%s", (_sentence, condition, answer) => {
    expect(isPublic(keyAllows("*", condition)).public).toBe(answer)
  })

  test("is of the account that is named", () => {
    const named = keyAllows({ AWS: "999999999999" })
    expect(isPublic(named, { account: "999999999999" }).public).toBe("no")
    const found = isPublic(keyAllows("*"), { account: "999999999999" })
    expect(found.public === "yes" && found.witness.request).toMatchObject({
      resourceAccount: "999999999999",
      principal: { account: "888888888888" },
    })
  })

  test("has no say where no key is asked for", () => {
    expect(isPublic(keyAllows("*", { Action: "kms:ListKeys" })).public).toBe("no")
  })
})
