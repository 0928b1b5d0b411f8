import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { limits } from "../../src/vocabulary/limits.js"
import { app, keyArnOf } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { importMaterial, quickHsm } from "../support/importing.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { keyPolicyOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld } from "../support/world.js"

/*
 * What is always true of AWS KMS, by number. Each has more tests elsewhere; here they stand
 * together, and in one sentence each.
 */

const Plaintext = Uint8Array.of(1, 2, 3)
const asymmetric = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const
const mlDsa = { KeySpec: "ML_DSA_44", KeyUsage: "SIGN_VERIFY" } as const
const mlKem = { KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" } as const
const hmac = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const

const metadataOf = async (root: KmsClient, KeyId: string) =>
  (await root.describeKey({ KeyId })).KeyMetadata

describe("1 KeyId, KeySpec, KeyUsage, Origin and MultiRegion never change", () => {
  it("whatever is done to a key", async () => {
    const { root, newKey: make, clock, kms } = await openWorld()
    const KeyId = await make({ MultiRegion: true })
    const traits = async () => {
      const {
        KeyId: id,
        KeySpec,
        KeyUsage,
        Origin,
        MultiRegion,
      } = (await metadataOf(root, KeyId)) ?? {}
      return { id, KeySpec, KeyUsage, Origin, MultiRegion }
    }
    const before = await traits()
    await root.rotateKeyOnDemand({ KeyId })
    await root.disableKey({ KeyId })
    await root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({}) })
    await root.updateKeyDescription({ KeyId, Description: "x" })
    await root.scheduleKeyDeletion({ KeyId })
    await root.cancelKeyDeletion({ KeyId })
    await root.enableKey({ KeyId })
    await root.enableKeyRotation({ KeyId })
    clock.advanceDays(400)
    await kms.sweep()
    expect(await traits()).toEqual(before)
  })
})

describe("2 Enabled is true exactly in key state Enabled", () => {
  it("on the way through the states", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const steps = [
      () => root.disableKey({ KeyId }),
      () => root.enableKey({ KeyId }),
      () => root.scheduleKeyDeletion({ KeyId }),
      () => root.cancelKeyDeletion({ KeyId }),
    ]
    const seen = new Set<string | undefined>()
    for (const step of steps) {
      await step()
      const { Enabled, KeyState } = (await metadataOf(root, KeyId)) ?? {}
      expect(Enabled).toBe(KeyState === "Enabled")
      seen.add(KeyState)
    }
    expect(seen).toEqual(new Set(["Enabled", "Disabled", "PendingDeletion"]))
  })
})

describe("3 what was encrypted opens under the same context, in any order, and under no other", () => {
  it("and the refusal says nothing", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const EncryptionContext = { a: "1", b: "2" }
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext, EncryptionContext }))
    const opened = await root.decrypt({ CiphertextBlob, EncryptionContext: { b: "2", a: "1" } })
    expect(opened.Plaintext).toEqual(Plaintext)
    for (const other of [
      {},
      { a: "1" },
      { a: "2", b: "1" },
      { A: "1", b: "2" },
      { ...EncryptionContext, c: "" },
    ]) {
      const opening = root.decrypt({ CiphertextBlob, EncryptionContext: other as never })
      await expectRefusal(opening, "InvalidCiphertextException", "")
    }
  })
})

describe("4 two encryptions of the same differ, and show neither plaintext nor context", () => {
  it("byte by byte", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const secret = new TextEncoder().encode("a secret that is long enough to be found")
    const EncryptionContext = { tenant: "a context that is long enough to be found" }
    const input = { KeyId, Plaintext: secret, EncryptionContext }
    const [one, two] = [blobIn(await root.encrypt(input)), blobIn(await root.encrypt(input))]
    expect(one).not.toEqual(two)
    const text = Buffer.from(one).toString("latin1")
    expect(text).not.toContain("secret")
    expect(text).not.toContain("context")
  })
})

describe("5 after rotations every old ciphertext opens and names its own material", () => {
  it("and new ones are made with the current material", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const made: { CiphertextBlob: Uint8Array; id: string | undefined }[] = []
    for (let i = 0; i < 4; i += 1) {
      const { CurrentKeyMaterialId: id } = (await metadataOf(root, KeyId)) ?? {}
      made.push({ CiphertextBlob: blobIn(await root.encrypt({ KeyId, Plaintext })), id })
      await root.rotateKeyOnDemand({ KeyId })
    }
    for (const { CiphertextBlob, id } of made) {
      const { KeyMaterialId, Plaintext: opened } = await root.decrypt({ CiphertextBlob })
      expect([KeyMaterialId, opened]).toEqual([id, Plaintext])
    }
    expect(new Set(made.map(({ id }) => id)).size).toBe(4)
  })
})

describe("6 ReEncrypt on the same key moves a ciphertext to the current material", () => {
  it("and the plaintext is not in the reply", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    await root.rotateKeyOnDemand({ KeyId })
    const reply = await root.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId })
    const { CurrentKeyMaterialId } = (await metadataOf(root, KeyId)) ?? {}
    expect(reply.DestinationKeyMaterialId).toBe(CurrentKeyMaterialId)
    expect(reply.SourceKeyMaterialId).not.toBe(CurrentKeyMaterialId)
    expect(Object.keys(reply)).not.toContain("Plaintext")
    const opened = await root.decrypt({ CiphertextBlob: blobIn(reply) })
    expect(opened.KeyMaterialId).toBe(CurrentKeyMaterialId)
  })
})

describe("7 Verify and VerifyMac never answer false", () => {
  it("they refuse", async () => {
    const { root, newKey: make } = await openWorld()
    const signing = { KeyId: await make(asymmetric), SigningAlgorithm: "ECDSA_SHA_256" } as const
    const signed = await root.sign({ ...signing, Message: Plaintext })
    const Signature = blobIn(signed, "Signature")
    expect(await root.verify({ ...signing, Message: Plaintext, Signature })).toMatchObject({
      SignatureValid: true,
    })
    const wrong = root.verify({ ...signing, Message: Uint8Array.of(9), Signature })
    await expectRefusal(wrong, "KMSInvalidSignatureException", "")
    const mac = { KeyId: await make(hmac), MacAlgorithm: "HMAC_SHA_256" } as const
    const Mac = blobIn(await root.generateMac({ ...mac, Message: Plaintext }), "Mac")
    expect(await root.verifyMac({ ...mac, Message: Plaintext, Mac })).toMatchObject({
      MacValid: true,
    })
    const other = root.verifyMac({ ...mac, Message: Uint8Array.of(9), Mac })
    await expectRefusal(other, "KMSInvalidMacException", "")
  })
})

describe("8 a signature over an external mu verifies as one over the raw message", () => {
  it("and the other way round", async () => {
    const { shake256 } = await import("@noble/hashes/sha3.js")
    const { root, newKey: make } = await openWorld()
    const KeyId = await make(mlDsa)
    const SigningAlgorithm = "ML_DSA_SHAKE_256"
    const { PublicKey = new Uint8Array() } = await root.getPublicKey({ KeyId })
    // FIPS 204, algorithm 7: tr is a hash of the key, which ends the SPKI with its 1312 bytes.
    const tr = shake256(PublicKey.slice(-1312), { dkLen: 64 })
    const mu = shake256(Uint8Array.from([...tr, 0, 0, ...Plaintext]), { dkLen: 64 })
    const raw = { KeyId, SigningAlgorithm, Message: Plaintext, MessageType: "RAW" } as const
    const outer = { KeyId, SigningAlgorithm, Message: mu, MessageType: "EXTERNAL_MU" } as const
    for (const [by, against] of [
      [raw, outer],
      [outer, raw],
    ] as const) {
      const Signature = blobIn(await root.sign(by), "Signature")
      expect((await root.verify({ ...against, Signature })).SignatureValid).toBe(true)
    }
  })
})

describe("9 Decapsulate of wrong bytes of the right length answers 32 bytes, always the same", () => {
  it("and those of another length are refused", async () => {
    const { root, newKey: make } = await openWorld()
    const key = { KeyId: await make(mlKem), EncapsulationAlgorithm: "ML_KEM" } as const
    const made = await root.encapsulate(key)
    const blob = blobIn(made, "SharedSecretCiphertextBlob")
    const secretOf = async (SharedSecretCiphertextBlob: Uint8Array) =>
      blobIn(await root.decapsulate({ ...key, SharedSecretCiphertextBlob }), "SharedSecret")
    expect(await secretOf(blob)).toEqual(made.SharedSecret)
    const wrong = new Uint8Array(blob.length).fill(7)
    const [once, twice] = [await secretOf(wrong), await secretOf(wrong)]
    expect(once).toHaveLength(32)
    expect(once).toEqual(twice)
    await expectRefusal(secretOf(blob.slice(1)), "InvalidCiphertextException")
  })
})

describe("10 a key that is pending deletion cannot be used, granted, tagged or given an alias", () => {
  it("and PutKeyPolicy, DeleteAlias and RetireGrant still work", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const grant = { KeyId, GranteePrincipal: app, Operations: ["Encrypt" as const] }
    const { GrantToken } = await root.createGrant(grant)
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    await root.scheduleKeyDeletion({ KeyId })
    for (const call of [
      () => root.encrypt({ KeyId, Plaintext }),
      () => root.decrypt({ CiphertextBlob }),
      () => root.generateDataKey({ KeyId, KeySpec: "AES_256" }),
      () => root.createGrant(grant),
      () => root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] }),
      () => root.untagResource({ KeyId, TagKeys: ["a"] }),
      () => root.createAlias({ AliasName: "alias/y", TargetKeyId: KeyId }),
    ]) {
      await expectRefusal(
        call(),
        "KMSInvalidStateException",
        `${keyArnOf(KeyId)} is pending deletion.`,
      )
    }
    await root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({}) })
    await root.deleteAlias({ AliasName: "alias/x" })
    await root.retireGrant({ GrantToken })
  })
})

describe("11 CancelKeyDeletion leaves the key disabled and gives its rotation back", () => {
  it("with the period and the date that it had", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 100 })
    const { $metadata: _, ...before } = await root.getKeyRotationStatus({ KeyId })
    await root.scheduleKeyDeletion({ KeyId })
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({ KeyRotationEnabled: false })
    await root.cancelKeyDeletion({ KeyId })
    expect((await metadataOf(root, KeyId))?.KeyState).toBe("Disabled")
    expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject(before)
  })
})

describe("12 the waiting period of a primary key begins when its last replica is gone", () => {
  it("until then it is PendingReplicaDeletion", async () => {
    const partition = await openPartition()
    const [us, eu] = partition.regions
    if (us === undefined || eu === undefined) throw new Error("there are two regions")
    const KeyId = await replicatedKey(partition)
    await us.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 10 })
    partition.clock.advanceDays(30)
    expect(await metadataOf(us.root, KeyId)).toMatchObject({
      KeyState: "PendingReplicaDeletion",
      PendingDeletionWindowInDays: 10,
    })
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.clock.advanceDays(7)
    await partition.settle()
    expect(await metadataOf(us.root, KeyId)).toMatchObject({
      KeyState: "PendingDeletion",
      DeletionDate: new Date(partition.clock.nowMs + 10 * dayMs),
    })
    await partition.close()
  })
})

describe("13 what one multi-Region key encrypted its related keys open, and nothing else does", () => {
  it("not even a key with the same imported bytes", async () => {
    const partition = await openPartition()
    const [us, eu] = partition.regions
    const KeyId = await replicatedKey(partition)
    const sealed = await us?.root.encrypt({ KeyId, Plaintext })
    const opened = await eu?.root.decrypt({ CiphertextBlob: blobIn(sealed ?? {}) })
    expect(opened?.Plaintext).toEqual(Plaintext)
    await partition.close()

    const { root, newKey: make } = await openWorld({ hsm: quickHsm() })
    const [one, other] = [await make({ Origin: "EXTERNAL" }), await make({ Origin: "EXTERNAL" })]
    for (const id of [one, other]) await importMaterial(root, id, { seed: 5 })
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId: one, Plaintext }))
    const decrypting = root.decrypt({ CiphertextBlob, KeyId: other })
    await expectRefusal(decrypting, "IncorrectKeyException")
  })
})

describe("14 a key that lacks one of its imported materials is PendingImport", () => {
  it("until all of them are back", async () => {
    const { root, newKey: make } = await openWorld({ hsm: quickHsm() })
    const KeyId = await make({ Origin: "EXTERNAL" })
    const first = await importMaterial(root, KeyId, { seed: 1 })
    await importMaterial(root, KeyId, { seed: 2, ImportType: "NEW_KEY_MATERIAL" })
    await root.rotateKeyOnDemand({ KeyId })
    const second = (await metadataOf(root, KeyId))?.CurrentKeyMaterialId
    const stateNow = async () => (await metadataOf(root, KeyId))?.KeyState
    for (const KeyMaterialId of [first.KeyMaterialId, second]) {
      await root.deleteImportedKeyMaterial({ KeyId, KeyMaterialId })
      expect(await stateNow()).toBe("PendingImport")
    }
    const again = { ImportType: "EXISTING_KEY_MATERIAL" } as const
    await importMaterial(root, KeyId, { seed: 1, ...again })
    expect(await stateNow()).toBe("PendingImport")
    await importMaterial(root, KeyId, { seed: 2, ...again })
    expect(await stateNow()).toBe("Enabled")
  })
})

describe("15 one material at most waits for its rotation, and 25 rotations on demand are all", () => {
  it("the second that would wait is refused", async () => {
    const { root, newKey: make } = await openWorld({ hsm: quickHsm() })
    const KeyId = await make({ Origin: "EXTERNAL" })
    await importMaterial(root, KeyId, { seed: 1 })
    await importMaterial(root, KeyId, { seed: 2, ImportType: "NEW_KEY_MATERIAL" })
    const third = importMaterial(root, KeyId, { seed: 3, ImportType: "NEW_KEY_MATERIAL" })
    await expectRefusal(third, "KMSInvalidStateException", /is pending rotation\.$/)
  })

  it("the 26th rotation is refused", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    for (let i = 0; i < limits.onDemandRotationsPerKeyMax; i += 1) {
      await root.rotateKeyOnDemand({ KeyId })
    }
    await expectRefusal(root.rotateKeyOnDemand({ KeyId }), "LimitExceededException")
  })
})
