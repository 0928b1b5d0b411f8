import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createBranchKeyStore } from "../../../src/envelope/keys/branch/branch-key-store.js"
import type { BranchKeyTable } from "../../../src/envelope/keys/branch/branch-key-table.js"
import { branchKeysInStorage } from "../../../src/envelope/keys/branch/storage-table.js"
import { keyArnIn, unknownKeyId } from "../../support/accounts.js"

/*
 * What a store of branch keys asks its KMS, and what it writes into its table, as the
 * specification says: either is read by the libraries of AWS.
 */

const mrk = `mrk-${"1a".repeat(16)}`
const keyId = keyArnIn("us-east-1", unknownKeyId)
const grantTokens = ["one"]
const branchKey = new Uint8Array(32).fill(9)

function recordingKms(changes: object = {}) {
  const asked: [string, object][] = []
  let count = 0
  const answering = (name: string) => async (request: object) => {
    asked.push([name, request])
    count += 1
    const CiphertextBlob = new Uint8Array(3).fill(count)
    return name === "decrypt"
      ? { Plaintext: branchKey, ...changes }
      : { CiphertextBlob, ...changes }
  }
  const client = {
    decrypt: answering("decrypt"),
    generateDataKeyWithoutPlaintext: answering("generateDataKeyWithoutPlaintext"),
    reEncrypt: answering("reEncrypt"),
  }
  return { client, asked }
}

function storeOf(changes: Partial<Parameters<typeof createBranchKeyStore>[0]> = {}) {
  const { client, asked } = recordingKms()
  const table = branchKeysInStorage(createMemoryStorage())
  const common = { client, keyId, table, name: "tests", grantTokens }
  // 0xff everywhere but where a UUID says that it is random.
  const entropy = (target: Uint8Array) => target.fill(0xff)
  const clock = () => Date.UTC(2026, 1, 3, 4, 5, 6, 7)
  return { asked, table, store: createBranchKeyStore({ ...common, entropy, clock, ...changes }) }
}

const version = "ffffffff-ffff-4fff-bfff-ffffffffffff"
const common = {
  "branch-key-id": "tenant",
  "create-time": "2026-02-03T04:05:06.007000Z",
  "kms-arn": keyId,
  "hierarchy-version": "1",
  "aws-crypto-ec:tenant": "42",
}
const ofVersion = { ...common, type: `branch:version:${version}` }
const ofActive = { ...common, type: "branch:ACTIVE", version: `branch:version:${version}` }
const ofBeacon = { ...common, type: "beacon:ACTIVE" }
const named = (attributes: object) => ({ ...attributes, tablename: "tests" })
const grants = { GrantTokens: grantTokens }
const generating = (attributes: object) => [
  "generateDataKeyWithoutPlaintext",
  { KeyId: keyId, NumberOfBytes: 32, EncryptionContext: named(attributes), ...grants },
]
const reEncrypting = (from: object, to: object, blob: number) => [
  "reEncrypt",
  {
    SourceKeyId: keyId,
    SourceEncryptionContext: named(from),
    DestinationKeyId: keyId,
    DestinationEncryptionContext: named(to),
    CiphertextBlob: new Uint8Array(3).fill(blob),
    ...grants,
  },
]
const tenant = { id: "tenant", context: { tenant: "42" } }

describe("a branch key", () => {
  it("is made as a version, as the active one and as a beacon", async () => {
    const { store, asked, table } = storeOf()
    expect(await store.create(tenant)).toBe("tenant")
    expect(asked).toEqual([
      generating(ofVersion),
      reEncrypting(ofVersion, ofActive, 1),
      generating(ofBeacon),
    ])
    for (const [attributes, blob] of [
      [ofVersion, 1],
      [ofActive, 2],
      [ofBeacon, 3],
    ] as const) {
      const wrapped = new Uint8Array(3).fill(blob)
      expect(await table.get("tenant", attributes.type)).toEqual({ attributes, wrapped })
    }
  })

  it("is read under its attributes, with the grants", async () => {
    const { store, asked } = storeOf()
    await store.create(tenant)
    asked.length = 0
    expect(await store.active("tenant")).toEqual({ version, key: branchKey })
    expect(await store.version("tenant", version)).toEqual({ version, key: branchKey })
    const opening = (attributes: object, blob: number) => [
      "decrypt",
      {
        KeyId: keyId,
        CiphertextBlob: new Uint8Array(3).fill(blob),
        EncryptionContext: named(attributes),
        ...grants,
      },
    ]
    expect(asked).toEqual([opening(ofActive, 2), opening(ofVersion, 1)])
  })

  it("is rotated when its active item is genuine, and keeps its context", async () => {
    const later = "00000000-0000-4000-8000-000000000000"
    let fill = 0xff
    const { store, asked, table } = storeOf({ entropy: (target) => target.fill(fill) })
    await store.create(tenant)
    asked.length = 0
    fill = 0
    await store.rotate("tenant")
    const [newVersion, newActive] = [
      { ...common, type: `branch:version:${later}` },
      { ...ofActive, version: `branch:version:${later}` },
    ]
    expect(asked).toEqual([
      reEncrypting(ofActive, ofActive, 2),
      generating(newVersion),
      reEncrypting(newVersion, newActive, 5),
    ])
    expect(await store.active("tenant")).toMatchObject({ version: later })
    expect((await table.get("tenant", `branch:version:${version}`))?.attributes).toEqual(ofVersion)
  })

  it("without an id of its own has a UUID for one, and needs no context", async () => {
    const { store } = storeOf()
    expect(await store.create()).toBe(version)
    await expect(store.create({ id: "" })).rejects.toThrow("`id` may not be empty")
    await expect(store.create({ id: "own", context: {} })).rejects.toThrow(TypeError)
  })

  it("under a replica of its KMS key is read with the one at hand", async () => {
    const [here, there] = [keyArnIn("us-east-1", mrk), keyArnIn("eu-west-1", mrk)]
    const table = branchKeysInStorage(createMemoryStorage())
    await storeOf({ table, keyId: there }).store.create(tenant)
    const { store, asked } = storeOf({ table, keyId: here, entropy: (target) => target.fill(0) })
    await store.rotate("tenant")
    const { EncryptionContext } = (asked[1]?.[1] ?? {}) as { EncryptionContext?: object }
    expect(EncryptionContext).toMatchObject({ "kms-arn": there })
    expect(asked[1]?.[1]).toMatchObject({ KeyId: here })
  })
})

it("a storage is changed where the branch key stands, and nothing is removed from it", async () => {
  const storage = createMemoryStorage()
  const changes: Parameters<typeof storage.commit>[0][] = []
  const watched: typeof storage = {
    ...storage,
    commit: (change) => {
      changes.push(change)
      return storage.commit(change)
    },
  }
  const { store } = storeOf({ table: branchKeysInStorage(watched) })
  await store.create(tenant)
  const keys = ["branch:ACTIVE", "beacon:ACTIVE", `branch:version:${version}`].map(
    (type) => `branch-keys/${Buffer.from("tenant").toString("hex")}/${type}`,
  )
  expect(changes).toHaveLength(1)
  expect(changes[0]?.remove).toEqual([])
  for (const part of [changes[0]?.expect, changes[0]?.put]) {
    expect(part?.map(({ key }) => key).toSorted()).toEqual(keys.toSorted())
  }
})

describe("a branch key is refused", () => {
  const refused = { name: "EnvelopeError", reason: "keys" }

  it.each([
    { CiphertextBlob: undefined },
    { CiphertextBlob: new Uint8Array(0) },
    { CiphertextBlob: "AQID" },
  ])("when the KMS makes none: %j", async (changes) => {
    const { store, table } = storeOf({ client: recordingKms(changes).client as never })
    await expect(store.create(tenant)).rejects.toMatchObject(refused)
    expect(await table.get("tenant", "branch:ACTIVE")).toBeUndefined()
  })

  it.each([
    { Plaintext: undefined },
    { Plaintext: new Uint8Array(31) },
    { Plaintext: new Uint8Array(33) },
  ])("when the KMS opens none: %j", async (changes) => {
    const { store, table } = storeOf()
    await store.create(tenant)
    const lying = storeOf({ table, client: recordingKms(changes).client as never })
    await expect(lying.store.active("tenant")).rejects.toMatchObject(refused)
  })

  it("with what failed as its cause, be it the table or the KMS", async () => {
    const cause = new Error("no network")
    const fail = () => Promise.reject(cause)
    const { store, table } = storeOf()
    await store.create(tenant)
    const client = { ...recordingKms().client, decrypt: fail, reEncrypt: fail }
    const deaf = storeOf({ table, client }).store
    const blind: BranchKeyTable = { get: fail, write: fail }
    for (const asked of [
      () => deaf.active("tenant"),
      () => deaf.rotate("tenant"),
      () => deaf.create(),
      () => storeOf({ table: blind }).store.active("tenant"),
      () => storeOf({ table: blind }).store.create(),
      () => storeOf({ table: { ...table, write: fail } }).store.rotate("tenant"),
    ]) {
      await expect(asked()).rejects.toMatchObject({ ...refused, cause })
    }
  })

  it("when its item is not what it was asked for as, before the KMS is asked", async () => {
    const changes: readonly object[] = [
      { "branch-key-id": "other" },
      { type: "branch:version:1" },
      { "hierarchy-version": "2" },
      { "hierarchy-version": undefined },
      { "create-time": undefined },
      { version: undefined },
      { version },
      { version: `beacon:version:${version}` },
      { tablename: "tests" },
      { enc: "" },
      { "kms-arn": undefined },
      { "kms-arn": "alias/a" },
      { "kms-arn": keyId.replace("us-east-1", "eu-west-1") },
      { "kms-arn": keyId.replace("1234", "5678") },
    ]
    for (const change of changes) {
      const kept = Object.entries({ ...ofActive, ...change }).filter(
        ([, value]) => value !== undefined,
      )
      const attributes = Object.fromEntries(kept)
      const table = {
        get: async () => ({ attributes, wrapped: branchKey }),
        write: async () => true,
      }
      const { store, asked } = storeOf({ table })
      await expect(store.active("tenant")).rejects.toMatchObject(refused)
      await expect(store.rotate("tenant")).rejects.toMatchObject(refused)
      expect(asked).toEqual([])
    }
    const attributes = { ...ofVersion, version: `branch:version:${version}` }
    const table = { get: async () => ({ attributes, wrapped: branchKey }), write: async () => true }
    const { store, asked } = storeOf({ table })
    await expect(store.version("tenant", version)).rejects.toMatchObject(refused)
    expect(asked).toEqual([])
  })
})
