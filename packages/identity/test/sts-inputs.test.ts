import { describe, expect, it } from "vitest"
import { packedSize, readInput, readLimits, type StsAction } from "../src/sts/inputs.js"
import { account, otherAccount, policy, roleArn } from "./support/accounts.js"

const usual = {
  AssumeRole: { RoleArn: roleArn("App"), RoleSessionName: "run" },
  AssumeRoleWithWebIdentity: {
    ...{ RoleArn: roleArn("App"), RoleSessionName: "run", WebIdentityToken: "token" },
  },
  GetSessionToken: {},
  GetFederationToken: { Name: "eve" },
  GetCallerIdentity: {},
}

const read = (action: StsAction, more: object) => readInput(action, { ...usual[action], ...more })

const [role, web] = ["AssumeRole", "AssumeRoleWithWebIdentity"] as const
const [session, federation] = ["GetSessionToken", "GetFederationToken"] as const

/** Any letters, digits and spaces, and what else a tag may have. */
const tagText = "aZ\u00fc\u4e2d 9\u0661\u00a0_.:/=+-@"
const tagged = (Key: string, Value = "v") => ({ Tags: [{ Key, Value }] })
const tags = (count: number) => ({
  Tags: Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: "v" })),
})
const keys = (count: number) => ({
  TransitiveTagKeys: Array.from({ length: count }, (_, i) => `k${i}`),
})
const arns = (count: number, arn = "a".repeat(20)) => ({ PolicyArns: Array(count).fill({ arn }) })

const names: readonly (readonly [StsAction, string, number])[] = [
  [role, "RoleSessionName", 64],
  [role, "SourceIdentity", 64],
  [web, "RoleSessionName", 64],
  [federation, "Name", 32],
]

const durations: readonly (readonly [StsAction, number])[] = [
  [role, 43_200],
  [web, 43_200],
  [session, 129_600],
  [federation, 129_600],
]

const mfas = [role, session]
const limited = [role, web, federation]

const taken: readonly (readonly [StsAction, object])[] = [
  ...names.flatMap(([action, name, max]) =>
    ["ab", "a".repeat(max), "A9_+=,.@-"].map((one) => [action, { [name]: one }] as const),
  ),
  ...durations.flatMap(([action, max]) =>
    [900, max, "900", String(max)].map((one) => [action, { DurationSeconds: one }] as const),
  ),
  ...mfas.flatMap((action) =>
    ["A".repeat(9), "a".repeat(256), "aZ9_+=/:,.@-"].map(
      (SerialNumber) => [action, { SerialNumber, TokenCode: "012345" }] as const,
    ),
  ),
  ...[role, federation].flatMap((action) =>
    [
      ...[tagged(tagText, tagText), tagged("a", ""), tagged("k".repeat(128), "v".repeat(256))],
      ...[tagged("aws"), tagged("xaws:"), tagged("x__proto__"), tagged("__proto__x"), tags(50)],
    ].map((one) => [action, one] as const),
  ),
  ...limited.flatMap((action) =>
    [
      ...[arns(0), arns(10), arns(1, "a".repeat(2048))],
      ...["x", "x".repeat(2048)].map((Policy) => ({ Policy })),
    ].map((one) => [action, one] as const),
  ),
  ...[role, web].flatMap((action) =>
    [20, 2048].map((length) => [action, { RoleArn: "a".repeat(length) }] as const),
  ),
  ...["ab", "a".repeat(1224), "aZ9_+=,.@:/-"].map((one) => [role, { ExternalId: one }] as const),
  ...[4, 20_000].map((length) => [web, { WebIdentityToken: "a".repeat(length) }] as const),
  ...[4, 2048].map((length) => [web, { ProviderId: "a".repeat(length) }] as const),
  [role, { ...tags(50), ...keys(50) }],
]

const refused: readonly (readonly [StsAction, object, string])[] = [
  ...names.flatMap(([action, name, max]) =>
    ["", "a", "a".repeat(max + 1), "a b", " ab", "ab ", "a:b", "\u00fcber", 12, undefined]
      .filter((one) => one !== undefined || name !== "SourceIdentity")
      .map((one) => [action, { [name]: one }, name] as const),
  ),
  ...durations.flatMap(([action, max]) =>
    [899, max + 1, 900.5, "899", String(max + 1), "", " 900", "900 ", "9e2", "0x384", true].map(
      (one) => [action, { DurationSeconds: one }, "DurationSeconds"] as const,
    ),
  ),
  ...mfas.flatMap((action) => [
    ...["A".repeat(8), "a".repeat(257), "serial 12", " serial12", "serial12 ", 123_456_789].map(
      (SerialNumber) => [action, { SerialNumber }, "SerialNumber"] as const,
    ),
    ...["12345", "1234567", "12345x", "x123456", "123456x", 123_456].map(
      (TokenCode) => [action, { TokenCode }, "TokenCode"] as const,
    ),
  ]),
  ...[role, federation].flatMap((action) => [
    ...["", "k".repeat(129), "aws:x", "AWS:x", "__proto__", "a*b", "*ab", "ab*", "a\nb", 1].map(
      (Key) => [action, { Tags: [{ Key, Value: "v" }] }, "Tags.0.Key"] as const,
    ),
    ...["v".repeat(257), "a*b", "*ab", "ab*", 1, undefined].map(
      (Value) => [action, { Tags: [{ Key: "k", Value }] }, "Tags.0.Value"] as const,
    ),
    [action, { Tags: [{ Key: "k", Value: "v", Other: "o" }] }, "Tags.0"] as const,
    [action, tags(51), "Tags"] as const,
  ]),
  ...limited.flatMap((action) => [
    [action, arns(11), "PolicyArns"] as const,
    [action, arns(1, "a".repeat(19)), "PolicyArns.0.arn"] as const,
    [action, arns(1, "a".repeat(2049)), "PolicyArns.0.arn"] as const,
    [action, { PolicyArns: [{ arn: "a".repeat(20), other: "o" }] }, "PolicyArns.0"] as const,
    ...["", "x".repeat(2049), {}].map((Policy) => [action, { Policy }, "Policy"] as const),
  ]),
  ...[role, web].flatMap((action) =>
    ["a".repeat(19), "a".repeat(2049), undefined].map(
      (RoleArn) => [action, { RoleArn }, "RoleArn"] as const,
    ),
  ),
  ...["a", "a".repeat(1225), "a b", " ab", "ab ", "a*b", 12].map(
    (ExternalId) => [role, { ExternalId }, "ExternalId"] as const,
  ),
  ...["abc", "a".repeat(20_001), undefined].map(
    (WebIdentityToken) => [web, { WebIdentityToken }, "WebIdentityToken"] as const,
  ),
  ...["abc", "a".repeat(2049)].map((ProviderId) => [web, { ProviderId }, "ProviderId"] as const),
  ...["aws:x", "", "__proto__"].map(
    (key) => [role, { TransitiveTagKeys: [key] }, "TransitiveTagKeys.0"] as const,
  ),
  [role, keys(51), "TransitiveTagKeys"],
  ...Object.keys(usual).map((action) => [action as StsAction, { Other: "o" }, ""] as const),
]

describe("an operation of the token service", () => {
  it.each(taken)("%s takes %j", (action, more) => {
    const numbers = "DurationSeconds" in more && { DurationSeconds: Number(more.DurationSeconds) }
    expect(read(action, more)).toMatchObject({ ...usual[action], ...more, ...numbers })
  })

  it.each(refused)("%s does not take %j", (action, more, member) => {
    const path = member.charAt(0).toLowerCase() + member.slice(1)
    const said = `1 validation error detected: Value at '${path}' failed to satisfy constraint: `
    const act = () => read(action, more)
    expect(act).toThrow(expect.objectContaining({ name: "ValidationError" }))
    expect(act).toThrow(said)
  })

  it("takes what is left out for none", () => {
    const none = { Tags: [], PolicyArns: [] }
    expect(read(role, {})).toEqual({ ...usual[role], ...none, TransitiveTagKeys: [] })
    expect(read(federation, {})).toEqual({ ...usual[federation], ...none })
    expect(read(web, {})).toEqual({ ...usual[web], PolicyArns: [] })
  })
})

describe("the limits of a session", () => {
  const managed = (name: string, of = account) => `arn:aws:iam::${of}:policy/${name}`
  const limitsOf = (...given: readonly string[]) =>
    readLimits({ PolicyArns: given.map((arn) => ({ arn })) }, "aws", account)

  it("are policies of the account of the role, by their names", () => {
    const names = ["P", "path/P", "a/b!~/P", "aZ9_+=,.@-"]
    expect(limitsOf(...names.map((name) => managed(name)))).toEqual({
      managedPolicies: ["P", "P", "P", "aZ9_+=,.@-"],
    })
    for (const wrong of [
      ...[managed("P", otherAccount), managed(""), managed("P/"), managed("/P"), managed("a b")],
      ...[managed("a b/P"), `x${managed("P")}`, managed("P").replace("aws", "aws-cn"), "P"],
      managed("P").replace("policy", "role"),
    ]) {
      expect(() => limitsOf(wrong)).toThrow(expect.objectContaining({ name: "ValidationError" }))
      expect(() => limitsOf(wrong)).toThrow("must be managed policies of the account")
    }
  })

  it("are a policy that can be read, and kept without its white space", () => {
    const document = policy({ Action: "kms:Encrypt" })
    const text = JSON.stringify(document, undefined, 2)
    expect(readLimits({ Policy: text, PolicyArns: [] }, "aws", account)).toEqual({
      ...{ policy: JSON.stringify(document), managedPolicies: [] },
    })
    const act = () => readLimits({ Policy: "{}", PolicyArns: [] }, "aws", account)
    expect(act).toThrow(expect.objectContaining({ name: "MalformedPolicyDocument" }))
    expect(act).toThrow(/^Syntax errors in policy: ./)
  })

  it.each([
    [{ managedPolicies: [] }, {}, 0],
    [{ managedPolicies: ["a"] }, {}, 1],
    [{ managedPolicies: ["a".repeat(41)] }, {}, 2],
    [{ policy: "p".repeat(2048), managedPolicies: ["a".repeat(1024)] }, { k: "v" }, 76],
    [{ managedPolicies: [] }, { k: "\u00fc".repeat(20) }, 2],
    [{ managedPolicies: ["a".repeat(2048), "b".repeat(2046)] }, { k: "v" }, 100],
  ])("%j with the tags %j are packed in so many percent", (limits, tags, percent) => {
    expect(packedSize(limits, tags)).toBe(percent)
  })

  it("are refused where they take more than there is", () => {
    const act = () => packedSize({ managedPolicies: ["a".repeat(4095)] }, { k: "v" })
    expect(act).toThrow(expect.objectContaining({ name: "PackedPolicyTooLarge" }))
    expect(act).toThrow("Packed size of session tags consumes 101% of allotted space.")
  })
})
