import { createMemoryStorage, type Storage } from "@keywright/storage"
import { expect, test } from "vitest"
import { formatFixtures, parseFixtures } from "../src/fixtures/index.js"
import { createTestKms, type Fixtures, type TestKms } from "../src/index.js"

const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"
const app = "arn:aws:iam::111122223333:role/App"
const utf8 = (text: string) => new TextEncoder().encode(text)
const now = new Date("2030-01-01T00:00:00Z")

const openWith = (fixtures: Fixtures, options = {}) => createTestKms({ now, fixtures, ...options })

test("a key has the id, the aliases, the description, the tags and the policy of its fixture", async () => {
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: app }, Action: "kms:*", Resource: "*" }],
  }
  const kit = await openWith({
    keys: [
      { id, alias: ["alias/app", "alias/b"], description: "orders", tags: { a: "b" }, policy },
    ],
  })
  const client = kit.client(app)
  const { KeyMetadata } = await client.describeKey({ KeyId: "alias/app" })
  expect(KeyMetadata).toMatchObject({
    KeyId: id,
    Description: "orders",
    KeyState: "Enabled",
    CreationDate: now,
    Origin: "AWS_KMS",
  })
  const { Tags } = await client.listResourceTags({ KeyId: id })
  expect(Tags).toEqual([{ TagKey: "a", TagValue: "b" }])
  expect(JSON.parse((await client.getKeyPolicy({ KeyId: id })).Policy ?? "")).toEqual(policy)
  const aliases = (await client.describeKey({ KeyId: "alias/b" })).KeyMetadata
  expect(aliases?.KeyId).toBe(id)
  await expect(kit.client().describeKey({ KeyId: id })).rejects.toMatchObject({
    name: "AccessDeniedException",
  })
  await kit.close()
})

test("the world of fixtures has no calls and no events yet", async () => {
  const kit = await openWith({ keys: [{ alias: "alias/app" }] })
  expect([kit.calls, kit.events]).toEqual([[], []])
  await kit.close()
})

test("the same key material encrypts in one kit and decrypts in another", async () => {
  const fixtures = { keys: [{ id, material: "11".repeat(32) }] }
  const [first, second] = [await openWith(fixtures), await openWith(fixtures)]
  const Plaintext = utf8("an order")
  const { CiphertextBlob } = await first.client().encrypt({ KeyId: id, Plaintext })
  expect((await second.client().decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  for (const kit of [first, second]) await kit.close()
})

test("grants of fixtures allow what they say, and can be retired", async () => {
  const constraints = { encryptionContextSubset: { tenant: "42" } }
  const kit = await openWith({
    keys: [
      {
        id,
        grants: [
          {
            granteePrincipal: app,
            retiringPrincipal: app,
            operations: ["Encrypt"],
            constraints,
            name: "app",
          },
        ],
      },
    ],
  })
  const client = kit.client(app)
  const encrypt = (tenant: string) =>
    client.encrypt({ KeyId: id, Plaintext: utf8("x"), EncryptionContext: { tenant } })
  await encrypt("42")
  await expect(encrypt("43")).rejects.toMatchObject({ name: "AccessDeniedException" })
  const { Grants } = await kit.client().listGrants({ KeyId: id })
  expect(Grants).toMatchObject([{ Name: "app", GranteePrincipal: app, CreationDate: now }])
  await client.retireGrant({ KeyId: id, GrantId: Grants?.[0]?.GrantId })
  await expect(encrypt("42")).rejects.toMatchObject({ name: "AccessDeniedException" })
  await kit.close()
})

test("identities of fixtures decide where the key policy leaves it to the account", async () => {
  const policies = [
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "kms:DescribeKey", Resource: "*" }],
    }),
  ]
  const kit = await openWith({ keys: [{ id }], identities: { [app]: { policies } } })
  await kit.client(app).describeKey({ KeyId: id })
  const disable = kit.client(app).disableKey({ KeyId: id })
  await expect(disable).rejects.toMatchObject({ name: "AccessDeniedException" })
  await kit.close()
})

test("a key in every state behaves as its state says", async () => {
  const states = [
    [{ state: "Disabled" }, "DisabledException"],
    [{ state: "PendingDeletion", deletion: "2030-01-08T00:00:00Z" }, "KMSInvalidStateException"],
    [{ origin: "EXTERNAL" }, "KMSInvalidStateException"],
    [{}, "none"],
  ] as const
  for (const [members, name] of states) {
    const kit = await openWith({ keys: [{ id, ...members }] })
    const encrypted = kit.client().encrypt({ KeyId: id, Plaintext: utf8("x") })
    expect(
      await encrypted.then(
        () => "none",
        (error) => error.name,
      ),
    ).toBe(name)
    await kit.close()
  }
})

test("deletion, rotation and expiry of fixtures become due", async () => {
  const kit = await openWith({
    keys: [
      { alias: "alias/r", rotation: { periodDays: 100 } },
      {
        alias: "alias/x",
        origin: "EXTERNAL",
        materials: [{ material: "22".repeat(32), expires: "2030-01-02T00:00:00Z" }],
      },
      { id, state: "PendingDeletion", deletion: new Date("2030-03-01T00:00:00Z") },
    ],
  })
  const moments = [
    await kit.clock.runUntil("KeyMaterialExpiration"),
    await kit.clock.runUntil("KeyDeletion"),
    await kit.clock.runUntil("KeyRotation"),
  ]
  expect(moments.map((moment) => moment.toISOString().slice(0, 10))).toEqual([
    "2030-01-02",
    "2030-03-01",
    "2030-04-11",
  ])
  const { KeyMetadata } = await kit.client().describeKey({ KeyId: "alias/x" })
  expect(KeyMetadata?.KeyState).toBe("PendingImport")
  await kit.close()
})

test("a key with a rotation history still decrypts what its older materials encrypted", async () => {
  const materials = ["11", "22", "33"].map((byte) => ({ material: byte.repeat(32) }))
  const old = await openWith({ keys: [{ id, materials: materials.slice(0, 1) }] })
  const { CiphertextBlob } = await old.client().encrypt({ KeyId: id, Plaintext: utf8("old") })
  const kit = await openWith({
    keys: [
      {
        id,
        materials: materials.map((one, i) => ({
          ...one,
          rotated: i === 0 ? undefined : new Date(Date.UTC(2020 + i, 0)),
        })),
      },
    ],
  })
  expect((await kit.client().decrypt({ CiphertextBlob })).Plaintext).toEqual(utf8("old"))
  const { Rotations } = await kit.client().listKeyRotations({ KeyId: id })
  expect(Rotations?.map(({ RotationDate }) => RotationDate?.getUTCFullYear())).toEqual([2021, 2022])
  for (const one of [old, kit]) await one.close()
})

test("with a seed, keys of fixtures that say little come out alike, one more or one less", async () => {
  const run = async (more: readonly { readonly alias: string }[]) => {
    const fixtures = { keys: [...more, { alias: "alias/app" }] }
    const kit = await createTestKms({ seed: "fixtures", fixtures })
    const { KeyMetadata } = await kit.client().describeKey({ KeyId: "alias/app" })
    const { CiphertextBlob } = await kit.client().encrypt({
      KeyId: "alias/app",
      Plaintext: utf8("x"),
    })
    await kit.close()
    return { KeyMetadata, CiphertextBlob }
  }
  expect(await run([{ alias: "alias/more" }])).toEqual(await run([]))
})

const throughS3 = {
  principal: "arn:aws:iam::111122223333:root",
  context: { viaService: "s3.us-east-1.amazonaws.com" },
}

/** A world with a past, in two regions and two accounts. */
async function liveALittle(): Promise<{ kit: TestKms; blobs: Uint8Array[] }> {
  const kit = await createTestKms({ now, regions: ["us-east-1", "eu-west-1"] })
  const east = kit.client()
  const west = kit.client(undefined, "eu-west-1")
  const blobs: Uint8Array[] = []
  const symmetric = await east.createKey({ Tags: [{ TagKey: "a", TagValue: "ü" }] })
  const KeyId = symmetric.KeyMetadata?.KeyId
  await east.enableKeyRotation({ KeyId })
  for (let rotation = 0; rotation < 2; rotation += 1) {
    const { CiphertextBlob } = await east.encrypt({ KeyId, Plaintext: utf8("past") })
    blobs.push(CiphertextBlob as Uint8Array)
    await kit.clock.runUntil("KeyRotation")
  }
  await east.createAlias({ AliasName: "alias/app", TargetKeyId: KeyId })
  await east.createGrant({ KeyId, GranteePrincipal: app, Operations: ["Decrypt"] })
  const KeyUsage = "SIGN_VERIFY"
  await east.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage })
  await kit.client("arn:aws:iam::444455556666:root").createKey({ Description: "theirs" })
  const multi = await west.createKey({ MultiRegion: true })
  await west.replicateKey({ KeyId: multi.KeyMetadata?.KeyId, ReplicaRegion: "us-east-1" })
  const gone = await west.createKey({ Origin: "EXTERNAL" })
  await west.scheduleKeyDeletion({ KeyId: gone.KeyMetadata?.KeyId })
  await kit.client(throughS3).encrypt({ KeyId: "alias/aws/s3", Plaintext: utf8("managed") })
  return { kit, blobs }
}

test.each(["yaml", "json"] as const)(
  "a world that was captured and written as %s comes back as it was",
  async (format) => {
    const { kit, blobs } = await liveALittle()
    const captured = await kit.capture()
    const text = formatFixtures(captured, format)
    const fixtures = parseFixtures(text, `world.${format}`)
    const again = await createTestKms({
      now: kit.clock.now(),
      regions: ["us-east-1", "eu-west-1"],
      fixtures,
    })
    expect(formatFixtures(await again.capture(), format)).toBe(text)
    for (const CiphertextBlob of blobs) {
      expect((await again.client().decrypt({ CiphertextBlob })).Plaintext).toEqual(utf8("past"))
      expect((await again.client(app).decrypt({ CiphertextBlob })).Plaintext).toEqual(utf8("past"))
    }
    const KeyId = captured.keys?.find((key) => key.id?.startsWith("mrk-"))?.id ?? ""
    const { CiphertextBlob } = await again.client().encrypt({ KeyId, Plaintext: utf8("new") })
    const west = again.client(undefined, "eu-west-1")
    expect((await west.decrypt({ KeyId, CiphertextBlob })).Plaintext).toEqual(utf8("new"))
    for (const one of [kit, again]) await one.close()
  },
)

test("accounts and key material without a letter need no quotes in YAML", async () => {
  const text = `keys: [{ account: 444455556666, id: ${id}, material: ${"12".repeat(32)} }]`
  const kit = await openWith(parseFixtures(text))
  const owner = kit.client("arn:aws:iam::444455556666:root")
  expect((await owner.listKeys({})).Keys).toHaveLength(1)
  await kit.close()
})

test("an AWS managed key is captured as one, and is not made twice", async () => {
  const { kit } = await liveALittle()
  const captured = await kit.capture()
  const again = await openWith(captured, { regions: ["us-east-1", "eu-west-1"] })
  await again.client(throughS3).encrypt({ KeyId: "alias/aws/s3", Plaintext: utf8("managed") })
  const managed = captured.keys?.filter(({ keyManager }) => keyManager === "AWS")
  expect(managed).toMatchObject([{ alias: ["alias/aws/s3"] }])
  expect((await again.client().listKeys({})).Keys).toHaveLength(4)
  for (const one of [kit, again]) await one.close()
})

test("keys of fixtures count for the quota, and can be deleted like all others", async () => {
  const kit = await openWith({ keys: [{ id }, {}, {}] })
  for (const { KeyId } of (await kit.client().listKeys({})).Keys ?? []) {
    await kit.client().scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  }
  await kit.clock.runUntil("KeyDeletion")
  expect((await kit.client().listKeys({})).Keys).toEqual([])
  await kit.close()
})

/** A storage that could be a file for all that a kit knows. */
function createOtherStorage(): Storage {
  const { fork: _, ...storage } = createMemoryStorage()
  return storage
}

test.each([{ seed: "s" }, { fixtures: {} }])(
  "what is predictable stays out of other storages than memory unless told twice: %o",
  async (predictable) => {
    const options = { ...predictable, storage: createOtherStorage }
    await expect(createTestKms(options)).rejects.toThrow("when `durable: true` says so, too")
    const kit = await createTestKms({ ...options, durable: true })
    await kit.client().createKey({})
    expect(() => kit.snapshot()).toThrow("only worlds on memory storages have snapshots")
    await expect(kit.fork()).rejects.toThrow("only worlds on memory storages have snapshots")
    await kit.close()
  },
)

test("a fixture that is there already is refused at its place", async () => {
  const storages = new Map<string, Storage>()
  const storage = (region: string): Storage => {
    const made = storages.get(region) ?? { ...createOtherStorage(), close: async () => undefined }
    storages.set(region, made)
    return made
  }
  const id = "0b1a4ab4-6b5e-4a5b-9c57-1f2ff0a3c8d1"
  const options = { seed: "s", storage, durable: true }
  const first = await createTestKms({ ...options, fixtures: { keys: [{ id }] } })
  await first.close()
  const again = createTestKms({ ...options, fixtures: { keys: [{}, { id, description: "b" }] } })
  await expect(again).rejects.toMatchObject({
    name: "FixtureError",
    place: "fixtures.keys[1]",
    message: expect.stringContaining("is there already"),
  })
  const kit = await createTestKms(options)
  expect((await kit.client().describeKey({ KeyId: id })).KeyMetadata?.Description).toBe("")
  await kit.close()
})

test("a random world on another storage needs to be told once", async () => {
  const kit = await createTestKms({ storage: createOtherStorage })
  await kit.client().createKey({})
  await kit.close()
  await expect(createTestKms({ durable: true })).rejects.toThrow("`durable` is said of a `storage`")
})
