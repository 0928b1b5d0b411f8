import type { KeySpec } from "@keywright/core"
import { describe, expect, it, test } from "vitest"
import type { KeyFixture } from "../src/fixtures/fixtures.js"
import { requireAgreement } from "../src/fixtures/key-agreements.js"
import { checkShape } from "../src/fixtures/shape.js"

const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"
const hexId = "0123456789abcdef".repeat(4)
const mrk = `mrk-${"0123456789abcdef".repeat(2)}`
const arn = "arn:aws:iam::111122223333:role/App"
const moments = ["1970-01-01", "9999-12-31T23:59:59.999Z", new Date(0)]
const noMoments = ["1969-12-31", "+010000-01-01T00:00:00.000Z", "soon", new Date(Number.NaN), 0]
const grant = { granteePrincipal: arn, operations: ["Encrypt"] }

/** Members of a key, by name: what each may be. */
const fitting: Readonly<Record<string, readonly unknown[]>> = {
  region: ["us-east-1"],
  account: ["111122223333"],
  id: [id, mrk],
  alias: ["alias/a", ["alias/a", "alias/b"], []],
  description: ["", "a"],
  spec: ["SYMMETRIC_DEFAULT", "ML_KEM_768"],
  usage: ["ENCRYPT_DECRYPT", "KEY_AGREEMENT"],
  origin: ["AWS_KMS", "EXTERNAL"],
  keyManager: ["CUSTOMER", "AWS"],
  state: ["Enabled", "PendingReplicaDeletion"],
  created: moments,
  deletion: moments,
  pendingWindowDays: [7, 30],
  policy: ["{}", { Version: "2012-10-17" }],
  tags: [{}, { a: "b" }],
  grants: [[], [grant], [{ ...grant, grantId: hexId, issuingAccount: "111122223333" }]],
  material: ["11", new Uint8Array(3), { hex: "11" }, { base64: "" }, { pem: "" }],
  materials: [
    [{}],
    [{ id: hexId, created: moments[0], expires: moments[1], rotated: moments[2], material: "11" }],
    [{ state: "NON_CURRENT", rotationType: "AUTOMATIC", description: "a" }],
    [{ state: "CURRENT", rotationType: "ON_DEMAND" }],
    [{ state: "PENDING_ROTATION" }],
    [{ state: "PENDING_MULTI_REGION_IMPORT_AND_ROTATION" }],
  ],
  rotation: [{ periodDays: 90 }, { periodDays: 2560, next: "2030-01-01" }],
  multiRegion: [true, false, { type: "PRIMARY" }],
}

const misfitting: Readonly<Record<string, readonly unknown[]>> = {
  region: [1],
  account: ["11112222333", "1111222233334", "x11122223333", 111_122_223_333],
  id: [id.toUpperCase(), `${id}0`, `0${id}`, `${mrk}0`, `x${mrk}`, "mrk-1", id.slice(1), ""],
  alias: ["app", "", ["app"], 1, "Alias/a"],
  description: [1, "a".repeat(8193)],
  spec: ["AES_256", ""],
  usage: ["ENCRYPT", 1],
  origin: ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE", ""],
  keyManager: ["aws", ""],
  state: ["enabled", ""],
  created: noMoments,
  deletion: noMoments,
  pendingWindowDays: [6, 31, "7"],
  policy: [1, null],
  tags: [{ a: 1 }, []],
  grants: [
    {},
    [{ ...grant, grantId: hexId.slice(1) }],
    [{ ...grant, grantId: `${hexId}0` }],
    [{ ...grant, grantId: hexId.toUpperCase() }],
    [{ ...grant, issuingAccount: "1" }],
    [{ ...grant, created: "soon" }],
    [{ ...grant, other: 1 }],
    [{ ...grant, constraints: { other: {} } }],
    [{ ...grant, constraints: { encryptionContextEquals: { a: 1 } } }],
    [{ ...grant, constraints: { encryptionContextSubset: { a: 1 } } }],
    [{ ...grant, constraints: { sourceArn: 1 } }],
  ],
  material: [1, {}, { hex: 1 }, { hex: "11", base64: "" }, { jwk: {} }, { pem: 1 }],
  materials: [
    [],
    {},
    [{ id: hexId.slice(1) }],
    [{ id: `${hexId}0` }],
    [{ state: "OLD" }],
    [{ created: "soon" }],
    [{ expires: "soon" }],
    [{ rotated: "soon" }],
    [{ rotationType: "YEARLY" }],
    [{ description: 1 }],
    [{ material: 1 }],
    [{ other: 1 }],
  ],
  rotation: [
    {},
    { periodDays: 89 },
    { periodDays: 2561 },
    { periodDays: 90.5 },
    { periodDays: 90, next: "soon" },
    { periodDays: 90, other: 1 },
  ],
  multiRegion: ["true", 1],
  other: [1],
}

const casesOf = (table: Readonly<Record<string, readonly unknown[]>>) =>
  Object.entries(table).flatMap(([name, values]) =>
    values.map((value) => [name, value] as readonly [string, unknown]),
  )
const check = (key: object) => checkShape({ keys: [key] }, (path) => path.join("."))

describe("a key of fixtures", () => {
  test.each(casesOf(fitting))("may have this %s: %j", (name, value) => {
    expect(() => check({ [name]: value })).not.toThrow()
    expect(() => check({ [name]: undefined })).not.toThrow()
  })

  test.each(casesOf(misfitting))("cannot have this %s: %j", (name, value) => {
    expect(() => check({ [name]: value })).toThrow(
      expect.objectContaining({
        name: "FixtureError",
        place: expect.stringMatching(new RegExp(`^keys\\.0\\.${name}`)),
      }),
    )
  })

  test.each<[object, string]>([
    [{ keys: {} }, "keys"],
    [{ others: [] }, "others"],
    [{ identities: [] }, "identities"],
    [{ identities: { a: { policy: {} } } }, "identities.a.policy"],
    [{ identities: { a: { policies: {} } } }, "identities.a.policies"],
    [{ identities: { a: { policies: [1] } } }, "identities.a.policies.0"],
    [{ identities: { a: { permissionsBoundary: 1 } } }, "identities.a.permissionsBoundary"],
    [{ identities: { a: { sessionPolicies: [1] } } }, "identities.a.sessionPolicies.0"],
    [{ identities: { a: { tags: { b: 1 } } } }, "identities.a.tags.b"],
    [{ identities: { a: { conditionKeys: 1 } } }, "identities.a.conditionKeys"],
  ])("stands in a world that is none: %j", (world, place) => {
    expect(() => checkShape(world, (path) => path.join("."))).toThrow(
      expect.objectContaining({ name: "FixtureError", place }),
    )
  })
})

const many = (count: number, name: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => name(i))
const tags = (count: number) => Object.fromEntries(many(count, (i) => `t${i}`).map((t) => [t, ""]))
const aliases = (count: number) => many(count, (i) => `alias/${i}`)

const agreeing: readonly (readonly [KeyFixture, KeySpec])[] = [
  [{}, "SYMMETRIC_DEFAULT"],
  [{ usage: "SIGN_VERIFY" }, "RSA_2048"],
  [{ usage: "ENCRYPT_DECRYPT" }, "RSA_2048"],
  [{ origin: "EXTERNAL" }, "SYMMETRIC_DEFAULT"],
  [{ id, multiRegion: false }, "SYMMETRIC_DEFAULT"],
  [{ id: mrk, multiRegion: true }, "SYMMETRIC_DEFAULT"],
  [{ alias: "alias/aws/s3", keyManager: "AWS" }, "SYMMETRIC_DEFAULT"],
  [{ alias: "alias/awsome" }, "SYMMETRIC_DEFAULT"],
  [{ alias: aliases(50) }, "SYMMETRIC_DEFAULT"],
  [{ tags: tags(50) }, "SYMMETRIC_DEFAULT"],
  [{ tags: { "my-aws:a": "" } }, "SYMMETRIC_DEFAULT"],
  [{ state: "PendingDeletion", deletion: "2030-01-01" }, "SYMMETRIC_DEFAULT"],
  [{ state: "PendingReplicaDeletion", pendingWindowDays: 7 }, "SYMMETRIC_DEFAULT"],
  [{ rotation: { periodDays: 90 } }, "SYMMETRIC_DEFAULT"],
  [{ rotation: { periodDays: 90 }, origin: "AWS_KMS" }, "SYMMETRIC_DEFAULT"],
  [{ material: "11" }, "SYMMETRIC_DEFAULT"],
  [{ materials: [{}, {}] }, "SYMMETRIC_DEFAULT"],
  [{ materials: [{}] }, "RSA_2048"],
]

const usage = "is no usage of that spec"
const ids = "the ids of multi-Region keys, and no others, begin with mrk-"
const ofAws = "the aliases of AWS managed keys, and no others, begin with alias/aws/"
const rotate = "only symmetric encryption keys with key material of KMS rotate by themselves"
const deletion = "a key has it exactly in the state PendingDeletion"
const waiting = "a key has it exactly in the state PendingReplicaDeletion"

const disagreeing: readonly (readonly [string, string, KeyFixture, KeySpec])[] = [
  ["usage", usage, { usage: "KEY_AGREEMENT" }, "RSA_2048"],
  ["origin", "is no origin of keys of that spec", { origin: "EXTERNAL" }, "ML_KEM_768"],
  ["id", ids, { id, multiRegion: true }, "SYMMETRIC_DEFAULT"],
  ["id", ids, { id: mrk, multiRegion: false }, "SYMMETRIC_DEFAULT"],
  ["alias", ofAws, { alias: ["alias/a", "alias/aws/s3"] }, "SYMMETRIC_DEFAULT"],
  ["alias", ofAws, { alias: ["alias/a"], keyManager: "AWS" }, "SYMMETRIC_DEFAULT"],
  ["alias", "there may be 50, and none twice", { alias: aliases(51) }, "SYMMETRIC_DEFAULT"],
  [
    "alias",
    "there may be 50, and none twice",
    { alias: ["alias/a", "alias/b", "alias/a"] },
    "SYMMETRIC_DEFAULT",
  ],
  [
    "tags",
    "there may be 50, and none may begin with aws:",
    { tags: tags(51) },
    "SYMMETRIC_DEFAULT",
  ],
  [
    "tags",
    "there may be 50, and none may begin with aws:",
    { tags: { a: "", "AWS:a": "" } },
    "SYMMETRIC_DEFAULT",
  ],
  ["deletion", deletion, { state: "PendingDeletion" }, "SYMMETRIC_DEFAULT"],
  ["deletion", deletion, { state: "Enabled", deletion: "2030-01-01" }, "SYMMETRIC_DEFAULT"],
  ["pendingWindowDays", waiting, { pendingWindowDays: 7 }, "SYMMETRIC_DEFAULT"],
  ["pendingWindowDays", waiting, { state: "PendingReplicaDeletion" }, "SYMMETRIC_DEFAULT"],
  ["rotation", rotate, { rotation: { periodDays: 90 } }, "HMAC_256"],
  ["rotation", rotate, { rotation: { periodDays: 90 }, origin: "EXTERNAL" }, "SYMMETRIC_DEFAULT"],
  [
    "materials",
    "has `material`, too: the one or the other",
    { material: "11", materials: [{}] },
    "SYMMETRIC_DEFAULT",
  ],
  ["materials", "a key of that spec has one key material", { materials: [{}, {}] }, "HMAC_256"],
]

describe("members of a key that go together", () => {
  it.each(agreeing)("do (%#)", (fixture, spec) => {
    expect(() => requireAgreement(fixture, spec, (path) => path.join("."), ["k"])).not.toThrow()
  })

  it.each(disagreeing)("do not: %s, %s (%#)", (member, what, fixture, spec) => {
    expect(() => requireAgreement(fixture, spec, (path) => path.join("."), ["k"])).toThrow(
      expect.objectContaining({ name: "FixtureError", message: `k.${member}: ${what}` }),
    )
  })
})
