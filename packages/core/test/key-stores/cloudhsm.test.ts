import { createMemoryStorage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import { keyArnOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { clusterId, clusterOf, openHsmStore, type StoreWorld } from "../support/key-stores.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"

let world: StoreWorld
let KeyId: string
const Plaintext = Uint8Array.of(1, 2, 3)

beforeEach(async () => {
  world = await openHsmStore()
  KeyId = await world.newStoreKey()
})

describe("a key in a CloudHSM key store", () => {
  it("says where it is", async () => {
    const { KeyMetadata } = await world.root.describeKey({ KeyId })
    expect(KeyMetadata).toMatchObject({
      Origin: "AWS_CLOUDHSM",
      CustomKeyStoreId: world.storeId,
      CloudHsmClusterId: clusterId,
      KeyState: "Enabled",
      Enabled: true,
      KeySpec: "SYMMETRIC_DEFAULT",
      MultiRegion: false,
    })
    expect(KeyMetadata).not.toHaveProperty("CurrentKeyMaterialId")
    expect(KeyMetadata).not.toHaveProperty("XksKeyConfiguration")
  })

  it("encrypts, decrypts and makes data keys, with its encryption context", async () => {
    const { root } = world
    const EncryptionContext = { tenant: "42" }
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext, EncryptionContext }))
    const opened = await root.decrypt({ CiphertextBlob, EncryptionContext })
    expect(opened.Plaintext).toEqual(Plaintext)
    expect(opened.KeyId).toBe(keyArnOf(KeyId))
    await expectRefusal(root.decrypt({ CiphertextBlob }), "InvalidCiphertextException")

    const dataKey = await root.generateDataKey({ KeyId, KeySpec: "AES_256" })
    const again = await root.decrypt({ CiphertextBlob: blobIn(dataKey) })
    expect(again.Plaintext).toEqual(dataKey.Plaintext)
    const hidden = await root.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 24 })
    expect((await root.decrypt({ CiphertextBlob: blobIn(hidden) })).Plaintext).toHaveLength(24)
  })

  it("has its key material in the HSM of the cluster and nowhere else", async () => {
    const storage = createMemoryStorage()
    const used: string[] = []
    const cluster = clusterOf()
    const spy = (name: "generateKey" | "encrypt" | "generateRandom") => ({
      [name]: (...parameters: never[]) => {
        used.push(name)
        return (cluster.hsm[name] as (...list: never[]) => unknown)(...parameters)
      },
    })
    const hsm = {
      ...cluster.hsm,
      ...spy("generateKey"),
      ...spy("encrypt"),
      ...spy("generateRandom"),
    }
    const keyStores = { [clusterId]: { ...cluster, hsm } }
    const { root, newStoreKey, newKey, storeId } = await openHsmStore({ storage, keyStores })
    await newKey()
    expect(used).toEqual([])
    await root.encrypt({ KeyId: await newStoreKey(), Plaintext })
    await root.generateRandom({ NumberOfBytes: 5, CustomKeyStoreId: storeId })
    expect(used).toEqual(["generateKey", "encrypt", "generateRandom"])
    expect(Object.keys(await dumpOf(storage)).filter((key) => /^domain(\/|$)/.test(key))).toEqual([
      "domain",
      `domain/111122223333/${storeId}`,
    ])
  })

  it("is re-encrypted to and from keys of the region, and from store to store", async () => {
    const { root } = world
    const inRegion = await world.newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const moved = await root.reEncrypt({ CiphertextBlob, DestinationKeyId: inRegion })
    expect(moved).toMatchObject({ SourceKeyId: keyArnOf(KeyId), KeyId: keyArnOf(inRegion) })
    const back = await root.reEncrypt({ CiphertextBlob: blobIn(moved), DestinationKeyId: KeyId })
    const another = await world.newStoreKey()
    const last = await root.reEncrypt({ CiphertextBlob: blobIn(back), DestinationKeyId: another })
    const opened = await root.decrypt({ CiphertextBlob: blobIn(last), KeyId: another })
    expect(opened.Plaintext).toEqual(Plaintext)
    const damaged = blobIn(back).map((byte, i) => (i === 100 ? byte ^ 1 : byte))
    const call = root.reEncrypt({ CiphertextBlob: damaged, DestinationKeyId: inRegion })
    await expectRefusal(call, "InvalidCiphertextException")
  })

  it("cannot do what no key in a key store can", async () => {
    const { root } = world
    const unsupported: readonly Promise<unknown>[] = [
      root.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
      root.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: "ECC_NIST_P256" }),
      root.enableKeyRotation({ KeyId }),
      root.disableKeyRotation({ KeyId }),
      root.rotateKeyOnDemand({ KeyId }),
      root.getKeyRotationStatus({ KeyId }),
      root.getParametersForImport({
        KeyId,
        WrappingAlgorithm: "RSAES_OAEP_SHA_256",
        WrappingKeySpec: "RSA_2048",
      }),
      root.deleteImportedKeyMaterial({ KeyId }),
    ]
    for (const call of unsupported) await expectRefusal(call, "UnsupportedOperationException")
    await expectRefusal(
      root.sign({ KeyId, Message: Plaintext, SigningAlgorithm: "ECDSA_SHA_256" }),
      "InvalidKeyUsageException",
    )
    expect((await root.listKeyRotations({ KeyId })).Rotations).toEqual([])
  })

  it.each([
    [{ Origin: "AWS_CLOUDHSM", CustomKeyStoreId: undefined }, "ValidationException"],
    [{ Origin: "AWS_KMS" }, "ValidationException"],
    [{ Origin: "EXTERNAL" }, "ValidationException"],
    [{ Origin: undefined }, "ValidationException"],
    [{ XksKeyId: "first" }, "ValidationException"],
    [{ Origin: "EXTERNAL_KEY_STORE", XksKeyId: "first" }, "ValidationException"],
    [{ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }, "ValidationException"],
    [{ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }, "ValidationException"],
    [{ MultiRegion: true }, "UnsupportedOperationException"],
    [{ CustomKeyStoreId: "cks-1234567890abcdef0" }, "CustomKeyStoreNotFoundException"],
  ])("is not made of %o: %s", async (members, name) => {
    expect(await outcomeOf(world.newStoreKey(members))).toBe(name)
  })

  it("takes two active HSMs to make", async () => {
    let activeHsms = 2
    const cluster = clusterOf(89, { status: () => ({ isActive: true, activeHsms }) })
    const { newStoreKey } = await openHsmStore({ keyStores: { [clusterId]: cluster } })
    activeHsms = 1
    await expectRefusal(newStoreKey(), "CloudHsmClusterInvalidConfigurationException")
  })
})

describe("a key whose store is disconnected", () => {
  it("is unavailable, and itself again when the store is connected", async () => {
    const { root } = world
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    await world.disconnect()
    expect(await world.state(KeyId)).toBe("Unavailable")
    expect((await root.describeKey({ KeyId })).KeyMetadata?.Enabled).toBe(false)
    const message = `${keyArnOf(KeyId)} is unavailable.`
    for (const call of [
      () => root.encrypt({ KeyId, Plaintext }),
      () => root.decrypt({ CiphertextBlob }),
      () => root.generateDataKey({ KeyId, KeySpec: "AES_128" }),
      () => root.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId }),
    ]) {
      await expectRefusal(call(), "KMSInvalidStateException", message)
    }
    await expectRefusal(root.listKeyRotations({ KeyId }), "UnsupportedOperationException")
    await world.connect()
    expect(await world.state(KeyId)).toBe("Enabled")
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  })

  it("takes the state that was asked for meanwhile", async () => {
    const { root } = world
    await world.disconnect()
    await root.disableKey({ KeyId })
    expect(await world.state(KeyId)).toBe("Unavailable")
    await world.connect()
    expect(await world.state(KeyId)).toBe("Disabled")
    await world.disconnect()
    expect(await world.state(KeyId)).toBe("Unavailable")
    await root.enableKey({ KeyId })
    await world.connect()
    expect(await world.state(KeyId)).toBe("Enabled")
  })

  it("can be described, tagged, named and granted, none of which makes it forget its state", async () => {
    const { root } = world
    await world.disconnect()
    await root.updateKeyDescription({ KeyId, Description: "words" })
    await root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    await root.createGrant({
      KeyId,
      GranteePrincipal: world.kms.administrator,
      Operations: ["Decrypt"],
    })
    await expectRefusal(root.cancelKeyDeletion({ KeyId }), "KMSInvalidStateException")
    await world.connect()
    expect(await world.state(KeyId)).toBe("Enabled")
  })

  it("stays in its waiting period, and can be saved from it", async () => {
    const { root } = world
    await world.disconnect()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    expect(await world.state(KeyId)).toBe("PendingDeletion")
    await root.cancelKeyDeletion({ KeyId })
    expect(await world.state(KeyId)).toBe("Unavailable")
    await world.connect()
    expect(await world.state(KeyId)).toBe("Disabled")
  })

  it("is unavailable on every host at once", async () => {
    const storage = createMemoryStorage()
    const keyStores = { [clusterId]: clusterOf() }
    const { newStoreKey, disconnect, connect } = await openHsmStore({ storage, keyStores })
    const id = await newStoreKey()
    const other = await openHost({ storage, keyStores: { [clusterId]: clusterOf() } })
    const client = other.as(other.administrator)
    const reply = await client.encrypt({ KeyId: id, Plaintext })
    await disconnect()
    const call = client.decrypt({ CiphertextBlob: blobIn(reply) })
    await expectRefusal(call, "KMSInvalidStateException")
    await connect()
    const opened = await client.decrypt({ CiphertextBlob: blobIn(reply) })
    expect(opened.Plaintext).toEqual(Plaintext)
  })
})

describe("a host without the cluster of a key store", () => {
  it("answers that the key is not available, and can be asked again elsewhere", async () => {
    const storage = createMemoryStorage()
    const keyStores = { [clusterId]: clusterOf() }
    const { newStoreKey, root } = await openHsmStore({ storage, keyStores })
    const id = await newStoreKey()
    const reply = await root.encrypt({ KeyId: id, Plaintext })
    const without = await openHost({ storage })
    const client = without.as(without.administrator)
    const call = client.decrypt({ CiphertextBlob: blobIn(reply) })
    const { retryable } = await expectRefusal(call, "KeyUnavailableException")
    expect(retryable).toBe(true)
    expect((await client.describeKey({ KeyId: id })).KeyMetadata?.KeyState).toBe("Enabled")
    await root.decrypt({ CiphertextBlob: blobIn(reply) })
  })
})

describe("GenerateRandom in a key store", () => {
  it("refuses a store that is not there or not connected", async () => {
    const random = (CustomKeyStoreId: string) =>
      world.root.generateRandom({ NumberOfBytes: 16, CustomKeyStoreId })
    expect((await random(world.storeId)).Plaintext).toHaveLength(16)
    await expectRefusal(random("cks-1234567890abcdef0"), "CustomKeyStoreNotFoundException")
    await world.disconnect()
    await expectRefusal(random(world.storeId), "CustomKeyStoreInvalidStateException")
  })
})
