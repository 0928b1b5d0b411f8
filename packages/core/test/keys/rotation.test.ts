import { type Storage, StorageError } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsEvent } from "../../src/ports/events.js"
import { limits } from "../../src/vocabulary/limits.js"
import { keyArnOf } from "../support/accounts.js"
import { dayMs, impatient, startMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

const Plaintext = new Uint8Array([1, 2, 3])

async function openRotating(RotationPeriodInDays?: number) {
  const world = await openWorld()
  const KeyId = await world.newKey()
  await world.root.enableKeyRotation({ KeyId, RotationPeriodInDays })
  const materials = async () => {
    const { Rotations } = await world.root.listKeyRotations({
      KeyId,
      IncludeKeyMaterial: "ALL_KEY_MATERIAL",
    })
    return Rotations ?? []
  }
  const encrypt = async () => (await world.root.encrypt({ KeyId, Plaintext })).CiphertextBlob
  return { ...world, KeyId, materials, encrypt }
}

describe("automatic rotation", () => {
  it("is due a year after it was enabled, unless another period was chosen", async () => {
    const { root, KeyId } = await openRotating()
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({
      KeyRotationEnabled: true,
      KeyId,
      RotationPeriodInDays: 365,
      NextRotationDate: new Date(startMs + 365 * dayMs),
    })
    await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(startMs + 90 * dayMs),
    })
  })

  it("happens before the next use once it is due, and old ciphertext still opens", async () => {
    const { root, KeyId, clock, materials, encrypt } = await openRotating(90)
    const before = await encrypt()
    clock.advanceDays(89)
    expect(await materials()).toHaveLength(1)
    clock.advanceDays(2)
    const after = await encrypt()
    const [first, second] = await materials()
    expect(first).toMatchObject({ KeyId: keyArnOf(KeyId), KeyMaterialState: "NON_CURRENT" })
    expect(first?.RotationDate).toBeUndefined()
    expect(second).toMatchObject({
      KeyMaterialState: "CURRENT",
      RotationType: "AUTOMATIC",
      RotationDate: new Date(startMs + 90 * dayMs),
    })
    const old = await root.decrypt({ CiphertextBlob: before })
    const fresh = await root.decrypt({ CiphertextBlob: after })
    expect(old).toMatchObject({ Plaintext, KeyMaterialId: first?.KeyMaterialId })
    expect(fresh).toMatchObject({ Plaintext, KeyMaterialId: second?.KeyMaterialId })
    const { KeyMetadata } = await root.describeKey({ KeyId })
    expect(KeyMetadata?.CurrentKeyMaterialId).toBe(second?.KeyMaterialId)
  })

  it("makes one material for several periods that were missed, and keeps the schedule", async () => {
    const { root, KeyId, clock, materials, encrypt } = await openRotating(100)
    clock.advanceDays(350)
    await encrypt()
    expect(await materials()).toHaveLength(2)
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({
      NextRotationDate: new Date(startMs + 400 * dayMs),
    })
  })

  it("is done by a sweep where nobody uses the key", async () => {
    const { kms, clock, materials } = await openRotating(90)
    clock.advanceDays(91)
    expect(await kms.sweep()).toMatchObject({ keysRotated: 1 })
    expect(await kms.sweep()).toMatchObject({ keysRotated: 0 })
    expect(await materials()).toHaveLength(2)
  })

  it("is done once by hosts that meet it at the same time", async () => {
    const { root, kms, storage, clock, KeyId, materials } = await openRotating(90)
    const other = (await openHost({ storage, clock })).as(kms.administrator)
    clock.advanceDays(91)
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 ? root : other).encrypt({ KeyId, Plaintext })),
    )
    expect(await materials()).toHaveLength(2)
  })

  it("waits while the key is disabled, and is made up for when it is enabled", async () => {
    const { root, KeyId, clock, materials } = await openRotating(90)
    await root.disableKey({ KeyId })
    clock.advanceDays(91)
    expect(await materials()).toHaveLength(1)
    await root.enableKey({ KeyId })
    expect(await materials()).toHaveLength(2)
  })

  it.each<[string, (root: World["root"], KeyId: string) => Promise<unknown>]>([
    ["was disabled", (root, KeyId) => root.disableKey({ KeyId })],
    ["was to be deleted", (root, KeyId) => root.scheduleKeyDeletion({ KeyId })],
  ])("of a key that %s is due when it is enabled, and every period from then", async (_, stop) => {
    const { root, kms, KeyId, clock, materials } = await openRotating(90)
    clock.advanceDays(80)
    await stop(root, KeyId)
    clock.advanceDays(15)
    expect(await kms.sweep()).toMatchObject({ keysRotated: 0 })
    clock.advanceDays(5)
    const { KeyMetadata } = await root.describeKey({ KeyId })
    if (KeyMetadata?.KeyState === "PendingDeletion") await root.cancelKeyDeletion({ KeyId })
    await root.enableKey({ KeyId })
    expect(await kms.sweep()).toMatchObject({ keysRotated: 1 })
    expect((await materials()).map(({ RotationDate }) => RotationDate)).toEqual([
      undefined,
      new Date(startMs + 100 * dayMs),
    ])
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({
      NextRotationDate: new Date(startMs + 190 * dayMs),
    })
  })

  it("is off while deletion is pending, and on again when that is cancelled", async () => {
    const { root, KeyId } = await openRotating(90)
    await root.scheduleKeyDeletion({ KeyId })
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({ KeyRotationEnabled: false })
    await root.cancelKeyDeletion({ KeyId })
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({ KeyRotationEnabled: true })
  })

  it("ends when it is disabled", async () => {
    const { root, KeyId, clock, materials, encrypt } = await openRotating(90)
    await root.disableKeyRotation({ KeyId })
    clock.advanceDays(1000)
    await encrypt()
    expect(await materials()).toHaveLength(1)
  })
})

describe("a rotation that is due and cannot be written", () => {
  const unwritable: Readonly<Record<string, Storage["commit"]>> = {
    "that refuses": () => Promise.reject(new StorageError("failed", "the disk is full")),
    "that does not answer": () => new Promise<never>(() => {}),
  }

  it.each(Object.keys(unwritable))("makes no call fail on a storage %s", async (kind) => {
    const { root: owner, kms, storage, clock, KeyId } = await openRotating(90)
    const CiphertextBlob = blobIn(await owner.encrypt({ KeyId, Plaintext }))
    clock.advanceDays(91)
    const commit = unwritable[kind] as Storage["commit"]
    const events: KmsEvent[] = []
    const broken = await openHost({
      storage: { ...storage, commit },
      clock,
      timer: impatient,
      events: (event) => void events.push(event),
    })
    const root = broken.as(kms.administrator)
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    await root.describeKey({ KeyId })
    await root.getKeyPolicy({ KeyId })
    await root.encrypt({ KeyId, Plaintext })
    if (kind === "that refuses") {
      expect(events).toEqual([
        expect.objectContaining({
          source: "keywright",
          "detail-type": "Keywright Write Late",
          detail: { write: "rotation", waiting: 1 },
        }),
      ])
    }
    expect(await kms.sweep()).toMatchObject({ keysRotated: 1 })
  })

  it("is tried again by calls after a while", async () => {
    const { storage, clock, KeyId, kms, materials } = await openRotating(90)
    clock.advanceDays(91)
    let isBroken = true
    const commit: Storage["commit"] = (change) =>
      isBroken ? Promise.reject(new Error("the disk is full")) : storage.commit(change)
    const host = await openHost({ storage: { ...storage, commit }, clock })
    const root = host.as(kms.administrator)
    await root.encrypt({ KeyId, Plaintext })
    isBroken = false
    await root.encrypt({ KeyId, Plaintext })
    expect((await storage.list({ prefix: "due/", limit: 10 })).entries).toHaveLength(1)
    clock.advanceMs(limits.restMs)
    await root.encrypt({ KeyId, Plaintext })
    expect(await materials()).toHaveLength(2)
  })
})

describe("rotation on demand", () => {
  it("makes a new current material at once and leaves the schedule alone", async () => {
    const { root, KeyId, materials, encrypt } = await openRotating(365)
    const before = await encrypt()
    const next = (await root.getKeyRotationStatus({ KeyId })).NextRotationDate
    expect(await root.rotateKeyOnDemand({ KeyId })).toMatchObject({ KeyId: keyArnOf(KeyId) })
    expect((await materials()).map((one) => one.RotationType)).toEqual([undefined, "ON_DEMAND"])
    expect((await root.getKeyRotationStatus({ KeyId })).NextRotationDate).toEqual(next)
    expect(await root.decrypt({ CiphertextBlob: before })).toMatchObject({ Plaintext })
  })

  it("moves data to the current material by ReEncrypt on the same key", async () => {
    const { root, KeyId, materials, encrypt } = await openRotating()
    const CiphertextBlob = await encrypt()
    await root.rotateKeyOnDemand({ KeyId })
    const [first, second] = (await materials()).map((one) => one.KeyMaterialId)
    expect(await root.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId })).toMatchObject({
      SourceKeyMaterialId: first,
      DestinationKeyMaterialId: second,
    })
  })

  it("can be had 25 times, and every ciphertext ever made still opens", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    const blobs: (Uint8Array | undefined)[] = []
    for (let i = 0; i < 25; i += 1) {
      blobs.push((await root.encrypt({ KeyId, Plaintext })).CiphertextBlob)
      await root.rotateKeyOnDemand({ KeyId })
    }
    await expectRefusal(
      root.rotateKeyOnDemand({ KeyId }),
      "LimitExceededException",
      "The on-demand rotations limit has been reached for the given keyId. No more on-demand " +
        `rotations can be performed for this key: ${keyArnOf(KeyId)}`,
    )
    const ids = new Set<string | undefined>()
    for (const CiphertextBlob of blobs) {
      ids.add((await root.decrypt({ CiphertextBlob })).KeyMaterialId)
    }
    expect(ids.size).toBe(25)
  })

  it("is refused within 20 minutes of an automatic one", async () => {
    const { root, KeyId, clock } = await openRotating(90)
    clock.advanceMs(90 * dayMs - 20 * 60_000)
    await expectRefusal(root.rotateKeyOnDemand({ KeyId }), "ConflictException")
  })

  it("lists its rotations by pages", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    for (let i = 0; i < 5; i += 1) await root.rotateKeyOnDemand({ KeyId })
    const seen: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await root.listKeyRotations({ KeyId, Limit: 2, Marker })
      seen.push(...(page.Rotations ?? []).map((one) => one.KeyMaterialId))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(new Set(seen).size).toBe(5)
  })
})

describe("keys that do not rotate", () => {
  it.each([
    ["HMAC_256", "GENERATE_VERIFY_MAC"],
    ["ECC_NIST_P256", "SIGN_VERIFY"],
  ] as const)("%s says so", async (KeySpec, KeyUsage) => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({ KeySpec, KeyUsage })
    await expectRefusal(root.enableKeyRotation({ KeyId }), "UnsupportedOperationException", "")
    await expectRefusal(root.rotateKeyOnDemand({ KeyId }), "UnsupportedOperationException", "")
    await root.disableKeyRotation({ KeyId })
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({ KeyRotationEnabled: false })
    expect((await root.listKeyRotations({ KeyId })).Rotations).toEqual([])
  })
})
