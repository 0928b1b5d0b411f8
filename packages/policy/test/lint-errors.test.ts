// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables
import { describe, expect, test } from "vitest"
import { type DocumentKind, defaultKeyPolicy, lint } from "../src/index.js"
import { identity, names, ofCode, type Row, textOf, when } from "./support/lint-rows.js"
import { home, keyArn } from "./support/scene.js"

/* Where findings about what cannot be right begin and end. */

const numeric = "aws:MultiFactorAuthAge"

ofCode("invalidNumber", [
  ["a word", when("NumericLessThan", numeric, ["1", "one"]), [`NumericLessThan.${numeric}[1]`]],
  [
    "a variable, where none is expanded",
    when("NumericLessThan", numeric, "${a}"),
    [`NumericLessThan.${numeric}`],
  ],
  ["a word as a text", when("StringEquals", numeric, "one"), []],
])

ofCode("invalidBoolean", [
  ["a word", when("Bool", "aws:SecureTransport", "maybe"), ["Bool.aws:SecureTransport"]],
  ["a variable", when("Bool", "aws:SecureTransport", "${aws:userid}"), []],
])

test.each([
  ["NumericEquals", "`%` is not a number"],
  ["DateEquals", "`%` is not a date"],
  ["IpAddress", "`%` is not an address or a range"],
  ["BinaryEquals", "`%` is not base64"],
  ["Bool", "`%` is not `true` or `false`"],
  ["ArnEquals", "`%` is not an ARN"],
])("a value that %s cannot read is told for what it is no", (operator, message) => {
  const text = textOf(when(operator, "aws:userid", "%"), {})
  expect(lint(text, "keyPolicy").map((finding) => finding.message)).toContain(message)
})

ofCode("emptyList", [
  ["of actions", { Action: [] }, ["Action"]],
  ["of resources", { Resource: [] }, ["Resource"]],
  ["of principals", { Principal: { AWS: [] } }, ["Principal"]],
  ["of values", when("StringEquals", "aws:userid", []), ["StringEquals.aws:userid"]],
  ["beside everyone", { Principal: "*" }, []],
  ["no list", { Action: undefined, Resource: undefined }, []],
])

ofCode("invalidArn", [
  ["a word", { Resource: ["*", "key"] }, ["Resource[1]"], identity],
  ["an ARN", { Resource: keyArn }, [], identity],
  ["the beginning of one", { Resource: "arn:aws:kms:*" }, [], identity],
  [
    "the beginning of one without a star",
    { Resource: "arn:aws:kms:us-east-1" },
    ["Resource"],
    identity,
  ],
  ["a word that ends in a star", { Resource: "key*" }, ["Resource"], identity],
  ["any service", { Resource: "arn:aws:*:a:1:b" }, [], identity],
  ...["k*", "k?s", "${aws:userid}"].map(
    (part): Row => [
      `a pattern of services, ${part}`,
      { Resource: `arn:aws:${part}:us-east-1:1:key/a` },
      ["Resource"],
      identity,
    ],
  ),
  ["what ends before the service", { Resource: "arn:*" }, [], identity],
  ["none", { Resource: undefined }, [], identity],
])

const inAccount = (account: string) => ({ Resource: `arn:aws:kms:us-east-1:${account}:key/a` })

ofCode("invalidAccountId", [
  ["a short one", inAccount("1234"), ["Resource"], identity],
  ["a word", inAccount("abcdefghijkl"), ["Resource"], identity],
  ["twelve digits", inAccount(home), [], identity],
  ["none", inAccount(""), [], identity],
  ...["12*", "1?2", "${aws:PrincipalAccount}"].map(
    (part): Row => [`what may be any, ${part}`, inAccount(part), [], identity],
  ),
  ["no ARN", { Resource: "key" }, [], identity],
])

const inRegion = (region: string) => ({ Resource: `arn:aws:kms:${region}:${home}:key/a` })

ofCode("invalidRegion", [
  ...["us-east-1", "us-gov-west-1", "ap-southeast-9", "", "us-*", "us-east-?", "${a}"].map(
    (region): Row => [`"${region}" may be one`, inRegion(region), [], identity],
  ),
  ...[
    "useast",
    "us-1",
    "us-east-0",
    "us-east-10",
    "us-east-",
    "us-east",
    "us--1",
    "us-East-1",
    "us-e2st-1",
    "us-east-a",
    "{s-east-1",
  ].map((region): Row => [`"${region}" is none`, inRegion(region), ["Resource"], identity]),
])

ofCode("setOperatorMissing", [
  ["a key of many values", when("StringEquals", names, "a"), [`StringEquals.${names}`]],
  ["a key of one value", when("StringEquals", "aws:userid", "a"), []],
  ["a key that nobody knows", when("StringEquals", "kms:Colour", "a"), []],
  ["a test of presence", when("Null", names, "true"), []],
  ["ForAllValues", when("ForAllValues:StringEquals", names, "a"), []],
])

ofCode("duplicateSid", [
  ["thrice", [{}, {}, {}], ["Statement[1].Sid", "Statement[2].Sid"], identity],
  ["in a key policy", [{}, {}], []],
  ["no name", [{ Sid: undefined }, { Sid: undefined }], [], identity],
])

ofCode("invalidSid", [
  ...["Az09", "", "aZ"].map((Sid): Row => [`"${Sid}" may be one`, { Sid }, [], identity]),
  ...["a b", "a_b", "a-b", "ä", "a{", "a@", "a:", "a/", "\u0130"].map(
    (Sid): Row => [`"${Sid}" is none`, { Sid }, ["Sid"], identity],
  ),
  ["spaces in a key policy", { Sid: "a b" }, []],
  ["a line end in a key policy", { Sid: "a\tb" }, ["Sid"]],
  ["no name", { Sid: undefined }, [], identity],
])

describe("sizeOverLimit", () => {
  const spaceFree = "characters without white space"
  const limits: readonly (readonly [DocumentKind, number, string])[] = [
    ["keyPolicy", 32_768, "bytes"],
    ["identityPolicy", 6_144, spaceFree],
    ["permissionsBoundary", 6_144, spaceFree],
    ["sessionPolicy", 2_048, "characters"],
    ["scp", 5_120, "characters"],
    ["rcp", 5_120, "characters"],
    ["vpcEndpointPolicy", 20_480, "characters"],
  ]
  const finding = (text: string, kind: DocumentKind) =>
    lint(text, kind).find(({ code }) => code === "sizeOverLimit")

  test.each(limits)("%s ends at %i %s", (kind, max, unit) => {
    const filled = (size: number) => {
      const text = textOf({}, { kind })
      return text.replace("Use", "U".repeat(3 + size - text.length))
    }
    expect(filled(max)).toHaveLength(max)
    expect(finding(filled(max), kind)).toBeUndefined()
    expect(finding(filled(max + 1), kind)).toEqual({
      code: "sizeOverLimit",
      severity: "error",
      message: `the document has ${max + 1} ${unit}, more than ${max}`,
      path: "",
      line: 1,
      column: 1,
    })
    for (const space of [" ", "\t", "\r", "\n"]) {
      expect(finding(filled(max) + space, kind) === undefined).toBe(unit === spaceFree)
    }
  })

  test("bytes of a key policy are counted, characters of others", () => {
    const long = { Sid: "\u00e9".repeat(2_400) }
    expect(finding(textOf(long, { kind: "scp" }), "scp")).toBeUndefined()
    const longer = { Sid: "\u00e9".repeat(16_400) }
    expect(finding(textOf(longer, {}), "keyPolicy")?.message).toContain("32768")
  })
})

describe("findings of one place", () => {
  test("come errors first, and places in the order of the text", () => {
    const text = textOf(
      [
        { Sid: undefined, Principal: "*", Action: "kms:CreateGrant" },
        { Sid: "b_", Action: ["kms:Sign", "kms:Sign"] },
        { Sid: undefined, Resource: undefined },
      ],
      {},
    )
    expect(lint(text, "keyPolicy").map(({ code, path }) => `${code} ${path}`)).toEqual([
      "defaultPolicyDrift Statement",
      "missingSid Statement[0]",
      "publicPrincipal Statement[0].Principal",
      "unboundCreateGrant Statement[0].Action",
      "invalidSid Statement[1].Sid",
      "redundantAction Statement[1].Action[1]",
      "inertStatement Statement[2]",
      "missingSid Statement[2]",
    ])
    expect(lint(defaultKeyPolicy(home, "aws"), "keyPolicy", { account: home })).toEqual([])
  })
})
