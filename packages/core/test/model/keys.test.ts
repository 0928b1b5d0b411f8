import { describe, expect, it } from "vitest"
import type { KeyRecord } from "../../src/formats/stored/key-records.js"
import type { KeyStore } from "../../src/formats/stored/key-store-records.js"
import {
  algorithmLists,
  algorithmsOf,
  cancelDeletion,
  daysWithoutUsage,
  disable,
  enable,
  isDeleted,
  keyMetadata,
  scheduleDeletion,
  slotNumberOf,
  startWaiting,
  withAlias,
  withoutAlias,
  withoutTags,
  withTags,
} from "../../src/model/keys.js"
import { account, keyArnIn, keyArnOf, unknownKeyId } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { atMs, keyRecord, materialOf, primaryOf, replicaOf } from "../support/key-records.js"

const place = { partition: "aws", region: "us-east-1" }
const tag = (key: string, value = key) => ({ key, value })

describe("a key", () => {
  it("is gone from its deletion date on", () => {
    expect([9, 10, 11].map((nowMs) => isDeleted({ deletionMs: 10 }, nowMs))).toEqual([
      false,
      true,
      true,
    ])
    expect(isDeleted({}, 1e15)).toBe(false)
  })

  it("is enabled and disabled, and rotates then if it had to", () => {
    const rotation = { periodDays: 90, nextMs: 5 }
    const key = keyRecord({ rotation, state: "Disabled" })
    expect(enable(key, 4)).toEqual({ ...key, state: "Enabled" })
    expect(enable(key, 6)).toEqual({
      ...key,
      state: "Enabled",
      rotation: { ...rotation, nextMs: 6 },
    })
    expect(disable(keyRecord())).toEqual(keyRecord({ state: "Disabled" }))
  })

  it("waits for its deletion, and a primary for its replicas first", () => {
    const waiting = { state: "PendingDeletion", deletionMs: 5 + 7 * dayMs } as const
    expect(startWaiting(keyRecord(), 5, 7)).toEqual(keyRecord(waiting))
    expect(scheduleDeletion(keyRecord(), 5, 7)).toEqual(keyRecord(waiting))
    expect(scheduleDeletion(primaryOf(), 5, 7)).toEqual(primaryOf({}, waiting))
    const replicas = [{ region: "eu-west-1", since: 2 }]
    expect(scheduleDeletion(replicaOf({ replicas }), 5, 7)).toEqual(
      replicaOf({ replicas }, waiting),
    )
    expect(scheduleDeletion(primaryOf({ replicas }), 5, 7)).toEqual(
      primaryOf(
        { replicas },
        { state: "PendingReplicaDeletion", pendingWindowDays: 7, pendingFromMs: 5 },
      ),
    )
  })

  it("comes back disabled, or waiting for its material", () => {
    const dates = { deletionMs: 5, pendingWindowDays: 7, pendingFromMs: 3 }
    const waiting = keyRecord({ state: "PendingDeletion", ...dates })
    const back = cancelDeletion(waiting)
    expect(back).toEqual(keyRecord({ state: "Disabled" }))
    expect(Object.keys(back).filter((name) => name in dates)).toEqual([])
    expect(cancelDeletion({ ...waiting, materials: [] }).state).toBe("PendingImport")
    expect(cancelDeletion(replicaOf({}, { ...dates, materials: [] })).state).toBe("Creating")
  })

  it("has tags, sorted by their keys, each once", () => {
    const present = [tag("a"), tag("c")]
    expect(withTags(present, [tag("d"), tag("b"), tag("a", "new")])).toEqual([
      tag("a", "new"),
      tag("b"),
      tag("c"),
      tag("d"),
    ])
    expect(withTags([], [])).toEqual([])
    expect(withoutTags(present, ["a", "x"])).toEqual([tag("c")])
    expect(withoutTags(present, [])).toEqual(present)
  })

  it("has aliases, sorted, each once", () => {
    const key = withAlias(withAlias(keyRecord(), "alias/b"), "alias/a")
    expect(key.aliases).toEqual(["alias/a", "alias/b"])
    expect(withAlias(key, "alias/b")).toEqual(key)
    expect(withoutAlias(key, "alias/a")).toEqual(keyRecord({ aliases: ["alias/b"] }))
    expect(withoutAlias(key, "alias/c")).toEqual(key)
  })

  it("has the algorithms of its spec for its usage, and nobody changes the table", () => {
    const lists = algorithmLists("ECC_NIST_P256", "SIGN_VERIFY")
    expect(lists).toEqual({ SigningAlgorithms: ["ECDSA_SHA_256"] })
    lists.SigningAlgorithms?.pop()
    expect(algorithmsOf("ECC_NIST_P256", "SIGN_VERIFY")).toEqual({
      SigningAlgorithms: ["ECDSA_SHA_256"],
    })
    expect(() => algorithmsOf("HMAC_256", "SIGN_VERIFY")).toThrow("usage")
  })

  it("was not used for whole days, since it was made if never", () => {
    const key = keyRecord({ createdMs: 0 })
    const days = (nowMs: number, usedMs?: number) =>
      daysWithoutUsage(key, usedMs === undefined ? undefined : ({ usedMs } as never), nowMs)
    expect([days(dayMs - 1), days(dayMs), days(3 * dayMs, dayMs), days(0, dayMs)]).toEqual([
      0, 1, 2, 0,
    ])
  })

  it("has a number by the end of its id", () => {
    const number = (keyId: string) => slotNumberOf({ keyId })
    expect(number("x0")).toBe(("x".charCodeAt(0) << 4) + 0x30)
    expect(new Set(["00", "01", "10", "0f", "f0"].map(number)).size).toBe(5)
  })
})

const always = {
  AWSAccountId: account,
  KeyId: unknownKeyId,
  Arn: keyArnOf(unknownKeyId),
  CreationDate: new Date(atMs),
  Enabled: true,
  Description: "",
  KeyUsage: "ENCRYPT_DECRYPT",
  KeyState: "Enabled",
  Origin: "AWS_KMS",
  KeyManager: "CUSTOMER",
  KeySpec: "SYMMETRIC_DEFAULT",
  CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
  EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
  MultiRegion: false,
  CurrentKeyMaterialId: "one",
}

const { CurrentKeyMaterialId: _, ...nameless } = always
const external = { origin: "EXTERNAL" } as const
const imported = { ...always, Origin: "EXTERNAL" }
const hmac = { keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" } as const
const cluster = { id: "cks-1", type: "AWS_CLOUDHSM", clusterId: "cluster-1" } as KeyStore
const proxy = { id: "cks-1", type: "EXTERNAL_KEY_STORE", clusterId: "x" } as unknown as KeyStore

const shown: readonly (readonly [
  sentence: string,
  key: Partial<KeyRecord>,
  shown: object,
  as?: Parameters<typeof keyMetadata>[2],
])[] = [
  ["a symmetric key", {}, always],
  ["what describes it", { description: "d" }, { ...always, Description: "d" }],
  ["a disabled key", { state: "Disabled" }, { ...always, Enabled: false, KeyState: "Disabled" }],
  [
    "a state that its store hides",
    {},
    { ...always, Enabled: false, KeyState: "Unavailable" },
    { state: "Unavailable" },
  ],
  [
    "a key that is to be deleted",
    { state: "PendingDeletion", deletionMs: 7 },
    { ...always, Enabled: false, KeyState: "PendingDeletion", DeletionDate: new Date(7) },
  ],
  [
    "one that waits for its replicas",
    { state: "PendingReplicaDeletion", pendingWindowDays: 9 },
    {
      ...always,
      Enabled: false,
      KeyState: "PendingReplicaDeletion",
      PendingDeletionWindowInDays: 9,
    },
  ],
  [
    "an HMAC key",
    hmac,
    {
      ...nameless,
      EncryptionAlgorithms: undefined,
      MacAlgorithms: ["HMAC_SHA_256"],
      KeyUsage: "GENERATE_VERIFY_MAC",
      KeySpec: "HMAC_256",
      CustomerMasterKeySpec: "HMAC_256",
    },
  ],
  [
    "a spec that is younger than CustomerMasterKeySpec",
    { keySpec: "ML_DSA_44", keyUsage: "SIGN_VERIFY" },
    {
      ...nameless,
      EncryptionAlgorithms: undefined,
      SigningAlgorithms: ["ML_DSA_SHAKE_256"],
      KeyUsage: "SIGN_VERIFY",
      KeySpec: "ML_DSA_44",
      CustomerMasterKeySpec: undefined,
    },
  ],
  ["imported material", external, { ...imported, ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" }],
  [
    "imported material that expires: the first that is needed",
    {
      ...external,
      materials: [
        materialOf("next", { state: "PENDING_ROTATION", expiresMs: 1 }),
        materialOf("zero", { state: "NON_CURRENT", expiresMs: 5 }),
        materialOf("one", { expiresMs: 9 }),
      ],
    },
    { ...imported, ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: new Date(5) },
  ],
  [
    "no material yet",
    { ...external, materials: [], state: "PendingImport" },
    { ...imported, Enabled: false, KeyState: "PendingImport", CurrentKeyMaterialId: undefined },
  ],
  [
    "a key in a cluster",
    { origin: "AWS_CLOUDHSM", keyStore: { id: "cks-1" } },
    {
      ...nameless,
      Origin: "AWS_CLOUDHSM",
      CustomKeyStoreId: "cks-1",
      CloudHsmClusterId: "cluster-1",
    },
    { store: cluster },
  ],
  [
    "a key behind a proxy",
    { origin: "EXTERNAL_KEY_STORE", keyStore: { id: "cks-1", xksKeyId: "x" } },
    {
      ...nameless,
      Origin: "EXTERNAL_KEY_STORE",
      CustomKeyStoreId: "cks-1",
      XksKeyConfiguration: { Id: "x" },
    },
    { store: proxy },
  ],
  [
    "a key whose store is gone",
    { origin: "AWS_CLOUDHSM", keyStore: { id: "cks-1" } },
    { ...nameless, Origin: "AWS_CLOUDHSM", CustomKeyStoreId: "cks-1" },
  ],
]

describe("the metadata of a key", () => {
  it.each(shown.map((row) => [row[0], row] as const))("show %s", (_sentence, row) => {
    const [, key, metadata, as] = row
    expect(keyMetadata(place, keyRecord(key), as)).toEqual(metadata)
    const wanted = Object.entries(metadata).filter(([, value]) => value !== undefined)
    const isNamed = "CurrentKeyMaterialId" in metadata
    const names = [...wanted.map(([name]) => name), ...(isNamed ? ["CurrentKeyMaterialId"] : [])]
    expect(Object.keys(keyMetadata(place, keyRecord(key), as)).sort()).toEqual(
      [...new Set(names)].sort(),
    )
  })

  it("show related keys, each in its region", () => {
    const replicas = [{ region: "eu-west-1", since: 2 }]
    const at = (Region: string) => ({ Arn: keyArnIn(Region, unknownKeyId), Region })
    expect(keyMetadata(place, primaryOf({ replicas }))).toEqual({
      ...always,
      MultiRegion: true,
      MultiRegionConfiguration: {
        MultiRegionKeyType: "PRIMARY",
        PrimaryKey: at("us-east-1"),
        ReplicaKeys: [at("eu-west-1")],
      },
    })
  })
})
