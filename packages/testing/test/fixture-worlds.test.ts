import type { KeySpec } from "@keywright/core"
import { describe, expect, it, test } from "vitest"
import { parseLocalKmsSeed } from "../src/fixtures/index.js"
import { createTestKms, type Fixtures } from "../src/index.js"

const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"
const principal = "arn:aws:iam::111122223333:role/App"

describe("a key of fixtures that says little", () => {
  it.each<[KeySpec, string]>([
    ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"],
    ["HMAC_256", "GENERATE_VERIFY_MAC"],
    ["RSA_2048", "SIGN_VERIFY"],
    ["ECC_NIST_P256", "SIGN_VERIFY"],
    ["ECC_SECG_P256K1", "SIGN_VERIFY"],
    ["ML_DSA_44", "SIGN_VERIFY"],
    ["ML_KEM_768", "KEY_AGREEMENT"],
  ])("of %s is for %s, or for what its spec allows alone", async (spec, usage) => {
    const kit = await createTestKms({ fixtures: { keys: [{ spec, id }] } })
    const { KeyMetadata } = await kit.client().describeKey({ KeyId: id })
    const usages = [usage, "ENCAPSULATE_DECAPSULATE"]
    expect(usages).toContain(KeyMetadata?.KeyUsage)
    expect(KeyMetadata).toMatchObject({ KeySpec: spec, KeyState: "Enabled", Origin: "AWS_KMS" })
    await kit.close()
  })

  test("is as CreateKey would have it", async () => {
    const now = new Date("2026-01-02T03:04:05Z")
    const kit = await createTestKms({ now, fixtures: { keys: [{ id }, { origin: "EXTERNAL" }] } })
    const { Keys } = await kit.client().listKeys({})
    const metadata = await Promise.all(
      Keys.map(async ({ KeyId }) => (await kit.client().describeKey({ KeyId })).KeyMetadata),
    )
    const [own, other] = metadata.sort((one) => (one.KeyId === id ? -1 : 1))
    const common = {
      CreationDate: now,
      Description: "",
      KeyManager: "CUSTOMER",
      MultiRegion: false,
    }
    expect(own).toMatchObject({ ...common, KeyState: "Enabled", Enabled: true })
    expect(other).toMatchObject({ ...common, KeyState: "PendingImport", Enabled: false })
    expect((await kit.client().listAliases({})).Aliases.filter((one) => one.TargetKeyId)).toEqual(
      [],
    )
    expect((await kit.client().listResourceTags({ KeyId: id })).Tags).toEqual([])
    await kit.close()
  })

  test("has its materials in order, and the last one is current", async () => {
    const materials = [
      { created: "2020-01-01T00:00:00Z" },
      { rotated: "2021-01-01T00:00:00Z", rotationType: "ON_DEMAND" as const },
      { created: "2022-01-01T00:00:00Z" },
    ]
    const kit = await createTestKms({ fixtures: { keys: [{ id, materials }] } })
    const listed = await kit
      .client()
      .listKeyRotations({ KeyId: id, IncludeKeyMaterial: "ALL_KEY_MATERIAL" })
    expect(
      listed.Rotations?.map((one) => [one.KeyMaterialState, one.RotationType, one.RotationDate]),
    ).toEqual([
      ["NON_CURRENT", undefined, undefined],
      ["NON_CURRENT", "ON_DEMAND", new Date("2021-01-01T00:00:00Z")],
      ["CURRENT", "AUTOMATIC", new Date("2022-01-01T00:00:00Z")],
    ])
    await kit.close()
  })
})

describe("a world of fixtures", () => {
  const broken = { Version: "2012-10-17", Statement: [{ Effect: "Maybe" }] }
  const fine = { Version: "2012-10-17", Statement: [] }

  it.each<[object, string]>([
    [{ policies: [fine, broken] }, "policies[1]"],
    [{ sessionPolicies: [fine, broken] }, "sessionPolicies[1]"],
    [{ permissionsBoundary: broken }, "permissionsBoundary"],
  ])("has no identity whose policy does not parse (%#)", async (identity, place) => {
    const fixtures = { identities: { [principal]: identity } } as Fixtures
    await expect(createTestKms({ fixtures })).rejects.toMatchObject({
      name: "FixtureError",
      place: `fixtures.identities.${principal}.${place}`,
    })
  })

  it.each<[Fixtures["keys"] & object, string, string]>([
    [[{ id }, { id }], "keys[1].id", `the key id ${id} is also at fixtures.keys[0].id`],
    [
      [{ alias: "alias/a" }, { alias: ["alias/b", "alias/a"] }],
      "keys[1].alias",
      "the alias alias/a is also at fixtures.keys[0].alias",
    ],
    [
      [{ region: "mars-1" }],
      "keys[0].region",
      "there is no region mars-1 in this kit, only us-east-1, eu-west-1",
    ],
    [
      [{ materials: [{ state: "CURRENT" }, { state: "CURRENT" }] }],
      "keys[0].materials",
      "has more than one CURRENT",
    ],
  ])("has nothing twice (%#)", async (keys, place, what) => {
    const regions = ["us-east-1", "eu-west-1"]
    await expect(createTestKms({ regions, fixtures: { keys } })).rejects.toMatchObject({
      message: `fixtures.${place}: ${what}`,
    })
  })

  test("may have the same names in other regions and accounts", async () => {
    const keys = [
      { id, alias: "alias/a" },
      { id, alias: "alias/a", region: "eu-west-1" },
      { id, alias: "alias/a", account: "444455556666" },
    ]
    const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"], fixtures: { keys } })
    for (const region of ["us-east-1", "eu-west-1"]) {
      const { KeyMetadata } = await kit.client(undefined, region).describeKey({ KeyId: "alias/a" })
      expect(KeyMetadata?.Arn).toBe(`arn:aws:kms:${region}:111122223333:key/${id}`)
    }
    await kit.close()
  })
})

describe("a seeding file of local-kms", () => {
  const hex = "11".repeat(32)

  test("is read as fixtures, key by key", () => {
    const fixtures = parseLocalKmsSeed(`
Keys:
  Symmetric:
    Aes:
      - Metadata: { KeyId: a, Description: d, Origin: EXTERNAL, KeyUsage: ENCRYPT_DECRYPT }
        BackingKeys: ["${hex}", "${hex}"]
        NextKeyRotation: "2030-01-01"
      - Metadata: { KeyId: b }
        BackingKeys: []
    Hmac:
      - Metadata: { KeyId: c, KeySpec: HMAC_224, KeyUsage: GENERATE_VERIFY_MAC }
        BackingKeys: ["${hex}"]
      - Metadata: { KeyId: e, KeySpec: HMAC_512, Description: f, Origin: AWS_KMS }
Aliases:
  - { AliasName: alias/one, TargetKeyId: a }
  - { AliasName: alias/two, TargetKeyId: a }
  - { AliasName: alias/three, TargetKeyId: e }
`)
    expect(fixtures).toEqual({
      keys: [
        {
          id: "a",
          description: "d",
          origin: "EXTERNAL",
          materials: [{ material: { hex } }, { material: { hex } }],
          rotation: { periodDays: 365, next: "2030-01-01" },
          alias: ["alias/one", "alias/two"],
        },
        { id: "b" },
        { id: "c", spec: "HMAC_224", usage: "GENERATE_VERIFY_MAC", material: { hex } },
        {
          id: "e",
          description: "f",
          origin: "AWS_KMS",
          spec: "HMAC_512",
          usage: "GENERATE_VERIFY_MAC",
          alias: ["alias/three"],
        },
      ],
    })
    expect(parseLocalKmsSeed("")).toEqual({ keys: [] })
  })

  it.each([
    ["Aes: [{ Metadata: { KeyId: a, KeySpec: AES } }]", "KeySpec"],
    ["Aes: [{ Metadata: {} }]", "KeyId"],
    ["Aes: [{ Metadata: { KeyId: a, Origin: AWS_CLOUDHSM } }]", "Origin"],
    ["Aes: [{ Metadata: { KeyId: a, KeyUsage: GENERATE_VERIFY_MAC } }]", "KeyUsage"],
    ["Hmac: [{ Metadata: { KeyId: a } }]", "KeySpec"],
    ["Hmac: [{ Metadata: { KeyId: a, KeySpec: HMAC_1 } }]", "KeySpec"],
    ["Hmac: [{ Metadata: { KeyId: a, KeySpec: HMAC_256, KeyUsage: SIGN_VERIFY } }]", "KeyUsage"],
    ["Hmac: [{ Metadata: { KeyId: a, KeySpec: HMAC_256 }, BackingKeys: [a, b] }]", "BackingKeys"],
    ["Other: []", "Other"],
  ])("has nothing else: %s", (text, member) => {
    const read = () => parseLocalKmsSeed(`Keys:\n  Symmetric:\n    ${text}\n`)
    expect(read).toThrow(
      new RegExp(`^seed\\.yaml:3:\\d+ \\(Keys\\.Symmetric\\.[^)]*${member}\\): `),
    )
  })
})
