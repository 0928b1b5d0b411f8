import { describe, expect, it } from "vitest"
import {
  accessKeyFormat,
  accountFormat,
  entityKey,
  groupFormat,
  lastUseFormat,
  organizationFormat,
  organizationKey,
  policyFormat,
  type RecordFormat,
  roleFormat,
  userFormat,
} from "../src/records/records.js"
import { entityArn, readPrincipalArn } from "../src/vocabulary/arns.js"
import { IdentityError, type IdentityErrorName } from "../src/vocabulary/identity-error.js"
import { newId, newSecret } from "../src/vocabulary/ids.js"
import { base64Of, bytesOfBase64, bytesOfText, textOfBytes } from "../src/vocabulary/text.js"
import { account, policy, roleArn, trust, userArn } from "./support/accounts.js"

const document = JSON.stringify(policy({}))
const trustPolicy = JSON.stringify(trust({ AWS: account }))
const made = { account, name: "Name", id: "AIDAAAAAAAAAAAAAAAAA", createdMs: 5 }
const rules = { path: "/", policies: { p: document }, managedPolicies: ["P"] }
const user = {
  ...{ ...rules, ...made, groups: ["G"], tags: { a: "b" }, permissionsBoundary: "B" },
  ...{ mfaDevices: {}, accessKeyIds: ["AKIA"], mfaSteps: { serial: 5 } },
}
const role = { ...rules, ...made, trustPolicy, maxSessionSeconds: 3600, tags: {} }
const accessKey = {
  ...{ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret-secret-secret" },
  ...{ status: "Active", account, userName: "Name", createdMs: 5 },
}
const organization = {
  ...{ id: "o-exampleorgid", managementAccount: account },
  root: { id: "r-ab12", accounts: [{ account }], units: [] },
}

interface Kept {
  readonly format: RecordFormat<never>
  readonly key: string
  readonly value: object
}
const kept: Readonly<Record<string, Kept>> = {
  user: { format: userFormat as never, key: `user/${account}/name`, value: user },
  group: {
    format: groupFormat as never,
    key: `group/${account}/name`,
    value: { ...rules, ...made },
  },
  role: { format: roleFormat as never, key: `role/${account}/name`, value: role },
  policy: {
    ...{ format: policyFormat as never, key: `policy/${account}/name` },
    value: { path: "/", document, ...made },
  },
  "access key": {
    ...{ format: accessKeyFormat as never, key: "access-key/AKIAIOSFODNN7EXAMPLE" },
    value: accessKey,
  },
  "last use": {
    ...{ format: lastUseFormat as never, key: "last-use/AKIA" },
    value: { accessKeyId: "AKIA", usedMs: 0 },
  },
  account: {
    format: accountFormat as never,
    key: `account/${account}`,
    value: { account, changes: 1 },
  },
  organization: { format: organizationFormat as never, key: organizationKey, value: organization },
}
const bytesOf = (whole: unknown) => bytesOfText(JSON.stringify(whole))
const decode = ({ format, key }: Kept, value: unknown, more: object = {}) =>
  format.decode(bytesOf({ v: 1, value, ...more }), key)

describe("a record", () => {
  it.each(Object.entries(kept))(
    "of the kind %s is read as it was written, at its place",
    (_, one) => {
      const { format, key, value } = one
      expect(format.keyOf(value as never)).toBe(key)
      expect(key.startsWith(format.prefix)).toBe(true)
      const bytes = format.encode(value as never)
      expect(textOfBytes(bytes)).toBe(JSON.stringify({ v: 1, value }))
      expect(format.decode(bytes, key)).toEqual(value)
      expect(decode(one, value)).toEqual(value)
    },
  )

  it.each(Object.entries(kept))(
    "of the kind %s is none that is edited or lies elsewhere",
    (_, one) => {
      const { format, key, value } = one
      const said = new Error(`the record \`${key}\` is none that this store has written`)
      expect(() => decode(one, value, { v: 2 })).toThrow(said)
      expect(() => decode(one, value, { more: 1 })).toThrow(said)
      expect(() => decode(one, { ...value, more: 1 })).toThrow(said)
      expect(() => decode(one, undefined)).toThrow(said)
      expect(() => format.decode(bytesOfText("{"), key)).toThrow(said)
      expect(() => format.decode(Uint8Array.of(255), key)).toThrow(said)
      const elsewhere = `${key}x`
      expect(() => format.decode(format.encode(value as never), elsewhere)).toThrow(elsewhere)
    },
  )

  it.each<[string, object]>([
    ["user", { account: "1" }],
    ["user", { account: `${account}1` }],
    ["user", { name: "a b" }],
    ["user", { id: "short" }],
    ["user", { id: `${"A".repeat(16)}a` }],
    ["user", { id: `a${"A".repeat(16)}` }],
    ["user", { id: "A".repeat(129) }],
    ["user", { createdMs: -1 }],
    ["user", { createdMs: 1.5 }],
    ["user", { accessKeyIds: [5] }],
    ["user", { mfaSteps: { serial: 1.5 } }],
    ["user", { accessKeyIds: undefined }],
    ["user", { mfaSteps: undefined }],
    ["role", { trustPolicy: document }],
    ["policy", { document: "{}" }],
    ["access key", { account: "1" }],
    ["access key", { userName: "a b" }],
    ["access key", { createdMs: -1 }],
    ["last use", { usedMs: -1 }],
    ["last use", { usedMs: 1.5 }],
    ["account", { changes: 0 }],
    ["account", { changes: 1.5 }],
    ["account", { account: "1" }],
  ])("of the kind %s is none with %j", (kind, more) => {
    const one = kept[kind] as Kept
    const key = one.format.keyOf({ ...one.value, ...more } as never)
    const act = () => one.format.decode(bytesOf({ v: 1, value: { ...one.value, ...more } }), key)
    expect(act).toThrow(`the record \`${key}\` is none that this store has written`)
  })

  it("is nobody's secret when it is wrong", () => {
    const one = kept["access key"] as Kept
    expect(() => decode(one, { ...accessKey, status: "x" })).not.toThrow("secret")
  })

  it("has one place for names that differ in letter case alone", () => {
    expect(entityKey("user", account, "Some.Name")).toBe(`user/${account}/some.name`)
  })
})

describe("the ARN of a principal", () => {
  it.each([
    [userArn("a"), { kind: "user", account, path: "/", name: "a" }],
    [roleArn("a", "/p/q!~/"), { kind: "role", account, path: "/p/q!~/", name: "a" }],
    [userArn("aZ9_+=,.@-"), { kind: "user", account, path: "/", name: "aZ9_+=,.@-" }],
  ])("%s says account, kind, path and name", (arn, named) => {
    expect(readPrincipalArn("aws", arn)).toEqual(named)
    const { kind, path, name } = named
    expect(entityArn("aws", kind as "user", account, path, name)).toBe(arn)
    expect(readPrincipalArn("aws-cn", arn)).toBeUndefined()
    expect(readPrincipalArn("aws-cn", arn.replace("aws", "aws-cn"))).toEqual(named)
  })

  it.each([
    ...[
      "",
      "a",
      userArn(""),
      userArn("a b"),
      userArn("a/"),
      userArn("a", "/ü/"),
      `x${userArn("a")}`,
    ],
    ...[`${userArn("a")} `, userArn("a", ""), userArn("a", "p/"), `arn:aws:iam::${account}:root`],
    ...[
      `arn:aws:iam::${account}:group/a`,
      "arn:aws:iam::1:user/a",
      "arn:AWS:iam::111122223333:user/a",
    ],
    ...[`arn:aws:sts::${account}:user/a`, userArn("a").replace("1", "x")],
  ])("is none of %j", (arn) => {
    expect(readPrincipalArn("aws", arn)).toBeUndefined()
  })
})

describe("ids and secrets", () => {
  const random = (given: Uint8Array[]) => async (length: number) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + 250) & 255)
    given.push(bytes)
    return bytes
  }

  it.each([
    ["user", "AIDA", 17],
    ["group", "AGPA", 17],
    ["role", "AROA", 17],
    ["policy", "ANPA", 17],
    ["access key", "AKIA", 16],
    ["session key", "ASIA", 16],
  ] as const)("of a %s begin as in AWS, and are as long", async (kind, prefix, length) => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    const letters = Array.from({ length }, (_, i) => alphabet[((i * 7 + 250) & 255) % 32])
    const given: Uint8Array[] = []
    expect(await newId(random(given), kind)).toBe(prefix + letters.join(""))
    expect(given.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true])
  })

  it("are of forty random characters, of which nothing is left behind", async () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    const letters = Array.from({ length: 40 }, (_, i) => alphabet[((i * 7 + 250) & 255) % 64])
    const given: Uint8Array[] = []
    expect(await newSecret(random(given))).toBe(letters.join(""))
    expect(given.map((bytes) => bytes.every((byte) => byte === 0))).toEqual([true])
  })
})

describe("Base64", () => {
  it("is that of everybody, of any length, and is read back", () => {
    for (let length = 0; length < 70; length += 1) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + length * 31 + 251) & 255)
      const text = Buffer.from(bytes).toString("base64")
      expect(base64Of(bytes)).toBe(text)
      expect(bytesOfBase64(text)).toEqual(bytes)
    }
  })

  it.each([
    ...["A", "AA", "AAA", "AAAAA", "AA=", "A===", "====", "AA=A", "=AAA", "AA-_", "AAA ", " AAA"],
    ...["AB==", "AAB=", "AA==AAAA", "ÄÄÄÄ", "AAA\n", "\nAAA", "AAAA=", "AAAA====", "A=A="],
  ])("is not %j", (text) => {
    expect(bytesOfBase64(text)).toBeUndefined()
  })

  it("is of texts that are UTF-8", () => {
    expect(textOfBytes(bytesOfText("aü€\u{1f511}"))).toBe("aü€\u{1f511}")
    expect(() => textOfBytes(Uint8Array.of(0xc3))).toThrow(TypeError)
  })
})

it.each<[IdentityErrorName, number]>([
  ["AccessDenied", 403],
  ["DeleteConflict", 409],
  ["EntityAlreadyExists", 409],
  ["ExpiredToken", 403],
  ["ExpiredTokenException", 400],
  ["IDPRejectedClaim", 403],
  ["IncompleteSignature", 403],
  ["InternalFailure", 500],
  ["InvalidAction", 400],
  ["InvalidClientTokenId", 403],
  ["InvalidIdentityToken", 400],
  ["LimitExceeded", 409],
  ["MalformedPolicyDocument", 400],
  ["MissingAuthenticationToken", 403],
  ["NoSuchEntity", 404],
  ["PackedPolicyTooLarge", 400],
  ["RequestExpired", 400],
  ["SignatureDoesNotMatch", 403],
  ["ValidationError", 400],
])("a refusal named %s has the status %i over HTTP", (name, status) => {
  expect(new IdentityError(name, "said")).toMatchObject({ name, status, message: "said" })
})
