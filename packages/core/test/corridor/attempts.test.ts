import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import type { Attestations } from "../../src/ports/attestation.js"
import { HsmError } from "../../src/ports/hsm.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { limits } from "../../src/vocabulary/limits.js"
import { alice, keyArnOf } from "../support/accounts.js"
import { openHost, sealOf } from "../support/hosts.js"
import { clusterId, clusterOf, hsmStoreInput } from "../support/key-stores.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { identityOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { newKey, openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1, 2, 3)
const newHsm = () => createSoftwareHsm({ seal: sealOf() })

describe("a call whose domain key was dropped meanwhile", () => {
  /** A host whose HSM fails twice, while the host opens a newer domain. */
  async function overtaken(code: "unknown-domain-key" | "unavailable", isOvertaken = true) {
    const storage = createMemoryStorage()
    const inner = newHsm()
    let failures = 0
    let host: Kms | undefined
    const hsm: KmsOptions["hsm"] = {
      ...inner,
      encrypt: async (request) => {
        if (failures === 0) return inner.encrypt(request)
        failures -= 1
        if (isOvertaken) await host?.rotateDomainKey()
        throw new HsmError(code, "the HSM has not that domain key")
      },
    }
    host = await openHost({ storage, hsm })
    const root = host.as(host.administrator)
    const KeyId = await newKey(root)
    failures = 2
    return outcomeOf(root.encrypt({ KeyId, Plaintext }))
  }

  it("begins again, and a call that fails for another reason does not", async () => {
    expect(await overtaken("unknown-domain-key")).toBe("OK")
    expect(await overtaken("unavailable")).not.toBe("OK")
    expect(await overtaken("unknown-domain-key", false)).not.toBe("OK")
  })
})

describe("an answer for an enclave", () => {
  const publicKey = Uint8Array.of(7)
  const Recipient = {
    KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
    AttestationDocument: Uint8Array.of(9),
  } as const

  /** A port for which every document of one byte is that of an enclave. */
  function portOf(members: Partial<Attestations> = {}) {
    const seen: unknown[] = []
    const secrets: Uint8Array[] = []
    const attestations = {
      verify: async (document: Uint8Array, nowMs: number) => {
        seen.push([...document], nowMs)
        return document.length === 1 ? { publicKey, measurements: {} } : undefined
      },
      envelop: async (key: Uint8Array, secret: Uint8Array) => {
        seen.push(key === publicKey)
        secrets.push(secret)
        return Uint8Array.from(secret, (byte) => byte ^ 255)
      },
      ...members,
    } as unknown as Attestations
    return { attestations, seen, secrets }
  }

  it("has its secret for it alone, and not the material, and wipes what it was made of", async () => {
    const { attestations, seen, secrets } = portOf()
    const { root, newKey: make, clock } = await openWorld({ attestations })
    const KeyId = await make()
    const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
    const reply = await root.decrypt({ CiphertextBlob, Recipient })
    expect(reply).toEqual({
      $metadata: expect.anything(),
      KeyId: keyArnOf(KeyId),
      EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
      CiphertextForRecipient: Plaintext.map((byte) => byte ^ 255),
    })
    expect(seen).toEqual([[9], clock(), true])
    expect(secrets[0]).toEqual(new Uint8Array(3))
    // Without a recipient it is as ever.
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  })

  it("is wiped also where it cannot be encrypted", async () => {
    const secrets: Uint8Array[] = []
    const envelop: Attestations["envelop"] = async (_, secret) => {
      secrets.push(secret)
      throw new Error("no enclave")
    }
    const { attestations } = portOf({ envelop })
    const { root } = await openWorld({ attestations })
    const refused = root.generateRandom({ NumberOfBytes: 8, Recipient })
    await expectRefusal(refused, "KMSInternalException")
    expect(secrets).toEqual([new Uint8Array(8)])
  })

  it("is refused where a part of the recipient is missing, or it is none, or nobody can tell", async () => {
    const { attestations } = portOf()
    const { root } = await openWorld({ attestations })
    const ask = (recipient: object) =>
      outcomeOf(root.generateRandom({ NumberOfBytes: 1, Recipient: recipient as never }))
    const { AttestationDocument, KeyEncryptionAlgorithm } = Recipient
    expect(await ask(Recipient)).toBe("OK")
    expect(await ask({ AttestationDocument })).toBe("ValidationException")
    expect(await ask({ KeyEncryptionAlgorithm })).toBe("ValidationException")
    expect(await ask({ ...Recipient, AttestationDocument: Uint8Array.of(1, 2) })).toBe(
      "ValidationException",
    )
    const other = await openWorld()
    const unknown = other.root.generateRandom({ NumberOfBytes: 1, Recipient })
    expect(await outcomeOf(unknown)).toBe("UnsupportedOperationException")
  })
})

describe("a dry run", () => {
  it("leaves nothing of the secrets that it has made, and changes nothing", async () => {
    const inner = newHsm()
    const made: Uint8Array[] = []
    const generateDataKey: (typeof inner)["generateDataKey"] = async (request) => {
      const dataKey = await inner.generateDataKey(request)
      made.push(dataKey.plaintext)
      return dataKey
    }
    const { root, newKey: make } = await openWorld({ hsm: { ...inner, generateDataKey } })
    const KeyId = await make()
    const dry = root.generateDataKey({ KeyId, KeySpec: "AES_256", DryRun: true })
    await expectRefusal(dry, "DryRunOperationException")
    expect(made).toEqual([new Uint8Array(32)])
    const wet = await root.generateDataKey({ KeyId, KeySpec: "AES_256", DryRun: false })
    expect(wet.Plaintext?.some((byte) => byte !== 0)).toBe(true)
  })
})

describe("a call about a key elsewhere", () => {
  it("asks the other region whether it admits that", async () => {
    const partition = await openPartition()
    const KeyId = await replicatedKey(partition)
    const [us, eu] = [partition.region("us-east-1"), partition.region("eu-west-1")]
    await eu.root.disableKey({ KeyId })
    const PrimaryRegion = "eu-west-1"
    const refused = await outcomeOf(us.root.updatePrimaryRegion({ KeyId, PrimaryRegion }))
    expect(refused).toBe("DisabledException")
    await eu.root.enableKey({ KeyId })
    expect(await outcomeOf(us.root.updatePrimaryRegion({ KeyId, PrimaryRegion }))).toBe("OK")
    await partition.close()
  })
})

describe("a call that is decided", () => {
  it("needs the permission for what it is given, and an empty list is not given", async () => {
    const identities = { [alice]: identityOf({ Action: "kms:CreateKey" }) }
    const { kms } = await openWorld({ identities })
    const Tags = [{ TagKey: "a", TagValue: "b" }]
    expect(await outcomeOf(kms.as(alice).createKey({ Tags: [] }))).toBe("OK")
    expect(await outcomeOf(kms.as(alice).createKey({ Tags }))).toBe("AccessDeniedException")
  })

  it("is admitted by the state of its key store", async () => {
    const world = await openWorld({ keyStores: { [clusterId]: clusterOf() } })
    const { CustomKeyStoreId = "" } = await world.root.createCustomKeyStore(hsmStoreInput())
    await world.root.connectCustomKeyStore({ CustomKeyStoreId })
    const remove = () => outcomeOf(world.root.deleteCustomKeyStore({ CustomKeyStoreId }))
    expect(await remove()).toBe("CustomKeyStoreInvalidStateException")
    await world.root.disconnectCustomKeyStore({ CustomKeyStoreId })
    expect(await remove()).toBe("OK")
  })

  it("is explained as far as it comes to be decided", async () => {
    const { kms, newKey: make } = await openWorld()
    const explain = (KeyId: string) =>
      outcomeOf(kms.explain(kms.administrator, "DescribeKey", { KeyId }))
    expect(await explain(await make())).toBe("OK")
    expect(await explain("alias/none")).toBe("NotFoundException")
    expect(await explain("")).toBe("ValidationException")
  })

  it("starts again when another region has said that a replica is gone", async () => {
    const partition = await openPartition()
    const KeyId = await replicatedKey(partition)
    const [us, eu] = [partition.region("us-east-1"), partition.region("eu-west-1")]
    await us.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const state = async () => (await us.root.describeKey({ KeyId })).KeyMetadata?.KeyState
    expect(await state()).toBe("PendingReplicaDeletion")
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.clock.advanceDays(8)
    expect(await state()).toBe("PendingDeletion")
    await partition.close()
  })
})

describe("what is recorded of a call", () => {
  it("is the algorithm also where nobody named one, and what may be shown of the input", async () => {
    const { root, newKey: make, events } = await openWorld()
    const KeyId = await make({ Description: "not shown", Tags: [{ TagKey: "a", TagValue: "b" }] })
    const EncryptionContext = { tenant: "42" }
    await root.encrypt({ KeyId, Plaintext, EncryptionContext })
    const [created, encrypted] = events
    expect(created).toMatchObject({ eventName: "CreateKey", readOnly: false })
    expect(created?.resources).toMatchObject([{ arn: keyArnOf(KeyId) }])
    expect(encrypted?.requestParameters).toEqual({
      keyId: KeyId,
      encryptionAlgorithm: "SYMMETRIC_DEFAULT",
      encryptionContext: EncryptionContext,
    })
    expect(encrypted).toMatchObject({ readOnly: true, errorCode: undefined })
    expect(encrypted?.keyMaterialIds).toHaveLength(1)
    expect(encrypted?.decisions).toHaveLength(1)
  })

  it("is nothing but its name of a call that was not understood", async () => {
    const { call, events } = await openWorld()
    expect(await outcomeOf(call("Encrypt", { KeyId: 7 }))).toBe("ValidationException")
    expect(await outcomeOf(call("Invent", {}))).toBe("UnknownOperationException")
    expect(events).toMatchObject([
      {
        eventName: "Encrypt",
        readOnly: true,
        requestParameters: {},
        resources: [],
        decisions: [],
        keyMaterialIds: [],
      },
      { eventName: "Invent", readOnly: true, requestParameters: {} },
    ])
  })

  it("is that it failed, where it could not be recorded that it succeeded", async () => {
    const errors: unknown[] = []
    const audit: NonNullable<KmsOptions["audit"]> = (event) => {
      errors.push(event.errorCode)
      if (event.errorCode === undefined) throw new Error("the log is full")
    }
    const kms = await openHost({ audit })
    await expectRefusal(kms.as(kms.administrator).listKeys({}), "KMSInternalException")
    expect(errors).toEqual([undefined, "KMSInternalException"])
  })
})

describe("a call that goes on failing to find one state of the store", () => {
  it("is given up after some attempts", async () => {
    const inner = createMemoryStorage()
    let isTorn = false
    let commits = 0
    const commit: Storage["commit"] = async (change) => {
      if (isTorn && change.put.some(({ key }) => key.startsWith("alias/"))) {
        commits += 1
        return false
      }
      return inner.commit(change)
    }
    const kms = await openHost({
      storage: { ...inner, commit },
      timer: () => ({ over: Promise.resolve(), stop: () => undefined }),
    })
    const root = kms.as(kms.administrator)
    isTorn = true
    const refused = await outcomeOf(root.describeKey({ KeyId: "alias/aws/ebs" }))
    expect(refused).toBe("KMSInternalException")
    expect(commits).toBeGreaterThanOrEqual(limits.commitAttemptsMax)
  })
})
