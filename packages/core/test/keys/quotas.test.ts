import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { catalogue } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { keySpecRow, keySpecs } from "../../src/vocabulary/key-specs.js"
import { limits, limitTable } from "../../src/vocabulary/limits.js"
import { awsRequestQuotas } from "../../src/vocabulary/request-quotas.js"
import { account, rootOf, userOf } from "../support/accounts.js"
import { createClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { newKey, openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1)

/** How many keys the account has by its count. */
async function countIn(storage: Storage, owner = account): Promise<number> {
  const entries = Object.entries(await dumpOf(storage))
  const counts = entries.filter(([key]) => key === `count/${owner}`)
  return counts.reduce((total, [, text]) => total + JSON.parse(text).value.keys, 0)
}

describe("the quota of keys", () => {
  it("is 100,000 in an account, and the host may set another", async () => {
    expect(limits.keysPerAccountMax).toBe(100_000)
    const { root, stranger } = await openWorld({ quotas: { keysPerAccount: 3 } })
    for (let i = 0; i < 3; i += 1) await newKey(root)
    await expectRefusal(root.createKey({}), "LimitExceededException")
    await newKey(stranger)
  })

  it("counts keys in every state until they are destroyed, and none that AWS manages", async () => {
    const world = await openWorld({ quotas: { keysPerAccount: 2 } })
    const { root, clock, kms, storage } = world
    const [KeyId, imported] = [await newKey(root), await newKey(root, { Origin: "EXTERNAL" })]
    await root.describeKey({ KeyId: "alias/aws/ebs" })
    expect(await countIn(storage)).toBe(2)
    await root.disableKey({ KeyId })
    await root.scheduleKeyDeletion({ KeyId: imported, PendingWindowInDays: 7 })
    await expectRefusal(root.createKey({}), "LimitExceededException")
    clock.advanceDays(7)
    await kms.sweep()
    expect(await countIn(storage)).toBe(1)
    await newKey(root)
  })

  it("lets no two hosts take the last place", async () => {
    for (let round = 0; round < 10; round += 1) {
      const storage = createMemoryStorage()
      const quotas = { keysPerAccount: 4 }
      const hosts = await Promise.all(
        Array.from({ length: 3 }, () => openHost({ storage, quotas })),
      )
      const roots = hosts.map((kms) => kms.as(kms.administrator))
      const creating = Array.from({ length: 9 }, (_, i) =>
        outcomeOf((roots[i % 3] as KmsClient).createKey({})),
      )
      const made = (await Promise.all(creating)).filter((ending) => ending === "OK").length
      expect(made).toBeLessThanOrEqual(4)
      while ((await outcomeOf((roots[0] as KmsClient).createKey({}))) === "OK");
      const { Keys } = await (roots[1] as KmsClient).listKeys({})
      expect([Keys?.length, await countIn(storage)]).toEqual([4, 4])
    }
  })

  it("is exact for a thousand calls at once that find a few places left", async () => {
    const { root, storage } = await openWorld({ quotas: { keysPerAccount: 100 } })
    const endings = await Promise.all(
      Array.from({ length: 1000 }, () => outcomeOf(root.createKey({}))),
    )
    const made = endings.filter((ending) => ending === "OK")
    expect(new Set(endings)).toEqual(new Set(["OK", "LimitExceededException"]))
    expect([made.length, await countIn(storage)]).toEqual([100, 100])
  })

  it("counts a replica in the region of the replica", async () => {
    const partition = await openPartition()
    const KeyId = await replicatedKey(partition)
    await partition.settle()
    const [here, there] = partition.regions
    if (here === undefined || there === undefined) throw new Error("there are two regions")
    expect([await countIn(here.storage), await countIn(there.storage)]).toEqual([1, 1])
    await there.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.clock.advanceDays(8)
    await partition.settle()
    expect([await countIn(here.storage), await countIn(there.storage)]).toEqual([1, 0])
    await partition.close()
  })
})

describe("the other quotas of an account", () => {
  it("are of grants on a key and of key stores, and the host may set them", async () => {
    const quotas = { grantsPerKey: 2, keyStoresPerAccount: 0 }
    const { root } = await openWorld({ quotas })
    const KeyId = await newKey(root)
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    const { GrantId } = await root.createGrant(grant)
    await root.createGrant(grant)
    await expectRefusal(root.createGrant(grant), "LimitExceededException")
    await root.revokeGrant({ KeyId, GrantId })
    await root.createGrant(grant)
    const store = {
      CustomKeyStoreName: "s",
      CloudHsmClusterId: "cluster-abcdefghijk",
      TrustAnchorCertificate: "x",
      KeyStorePassword: "password",
    }
    await expectRefusal(root.createCustomKeyStore(store), "LimitExceededException")
  })

  it.each([
    [{ keysPerAccount: -1 }],
    [{ keysPerAccount: 1.5 }],
    [{ keysPerAccount: Number.NaN }],
    [{ aliasesPerKey: 100 }],
  ])("are refused as %o", async (quotas) => {
    await expect(openHost({ quotas: quotas as object })).rejects.toThrow(TypeError)
  })
})

describe("the table of limits", () => {
  it("is what the engine enforces", () => {
    for (const [name, { value }] of Object.entries(limitTable)) {
      expect([name, limits[name as keyof typeof limits]]).toEqual([name, value])
    }
  })
})

describe("the table of request quotas", () => {
  it("has a group for every operation, and for every key that an operation can use", () => {
    for (const [operation, { effect }] of Object.entries(catalogue as Record<string, AnyRow>)) {
      expect([operation, Object.hasOwn(awsRequestQuotas, operation)]).toEqual([
        operation,
        effect !== "use",
      ])
    }
    const groups = keySpecs.flatMap((spec) => {
      const { quota, pairQuota } = keySpecRow(spec)
      return [quota, ...(pairQuota ? [pairQuota] : [])]
    })
    for (const group of groups) expect(Object.keys(awsRequestQuotas)).toContain(group)
    const named = new Set([...groups, "Custom key store", ...Object.keys(catalogue)])
    expect(Object.keys(awsRequestQuotas).filter((group) => !named.has(group as never))).toEqual([])
  })
})

const symmetric = "Cryptographic operations (symmetric)"
const rsa = "Cryptographic operations (RSA)"
const tooFast =
  "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."

describe("request rates", () => {
  it("are not bounded when no quotas are given", async () => {
    const { root } = await openWorld()
    for (let i = 0; i < 100; i += 1) await root.listKeys({})
  })

  it("are bounded for each account and group, by the clock, and can be tried again", async () => {
    const requestQuotas = { ListKeys: 3 }
    const { root, stranger, clock, kms } = await openWorld({ requestQuotas })
    for (let i = 0; i < 3; i += 1) await root.listKeys({})
    const error = await expectRefusal(root.listKeys({}), "ThrottlingException", tooFast)
    expect(error.retryable).toBe(true)
    await expectRefusal(kms.as(userOf(account)).listKeys({}), "ThrottlingException")
    await stranger.listKeys({})
    await root.listAliases({})
    clock.advanceMs(333)
    await expectRefusal(root.listKeys({}), "ThrottlingException")
    clock.advanceMs(1)
    await root.listKeys({})
    await expectRefusal(root.listKeys({}), "ThrottlingException")
    clock.advanceDays(1)
    for (let i = 0; i < 3; i += 1) await root.listKeys({})
    await expectRefusal(root.listKeys({}), "ThrottlingException")
    clock.advanceDays(-1)
    await expectRefusal(root.listKeys({}), "ThrottlingException")
    clock.advanceMs(1000)
    await root.listKeys({})
  })

  it("are those of the keys that are used: each kind of key once, and the shared group", async () => {
    const requestQuotas = { [symmetric]: 3, [rsa]: 1 } as const
    const { root, clock } = await openWorld({ requestQuotas })
    const KeyId = await newKey(root)
    const pair = await newKey(root, { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" })
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256"
    const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
    await root.reEncrypt({
      CiphertextBlob,
      DestinationKeyId: pair,
      DestinationEncryptionAlgorithm: EncryptionAlgorithm,
    })
    await expectRefusal(
      root.encrypt({ KeyId: pair, Plaintext, EncryptionAlgorithm }),
      "ThrottlingException",
    )
    await root.generateRandom({ NumberOfBytes: 1 })
    await expectRefusal(root.generateRandom({ NumberOfBytes: 1 }), "ThrottlingException")
    clock.advanceMs(1000)
    await root.encrypt({ KeyId: pair, Plaintext, EncryptionAlgorithm })
  })

  it("are those of the caller's account, also for a key of another one", async () => {
    const requestQuotas = { [symmetric]: 1 } as const
    const { root, stranger } = await openWorld({ requestQuotas })
    const KeyId = `arn:aws:kms:us-east-1:${account}:key/${await newKey(root)}`
    await expectRefusal(stranger.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    await expectRefusal(stranger.encrypt({ KeyId, Plaintext }), "ThrottlingException")
    await root.encrypt({ KeyId, Plaintext })
  })

  it("of key pairs go by the spec of the pair", async () => {
    const requestQuotas = { "GenerateDataKeyPair (ECC)": 1 }
    const { root } = await openWorld({ requestQuotas })
    const KeyId = await newKey(root)
    await root.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" })
    const again = root.generateDataKeyPairWithoutPlaintext({ KeyId, KeyPairSpec: "ECC_NIST_P384" })
    await expectRefusal(again, "ThrottlingException")
    await root.generateDataKeyPair({ KeyId, KeyPairSpec: "ML_KEM_512" })
  })

  it("count a request once, also when it is decided again", async () => {
    const requestQuotas = { [symmetric]: 1 } as const
    const { root, kms, clock } = await openWorld({ requestQuotas })
    const KeyId = await newKey(root)
    await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    clock.advanceDays(100)
    await root.encrypt({ KeyId, Plaintext })
    expect((await root.listKeyRotations({ KeyId })).Rotations).toHaveLength(1)
    await kms.close()
  })

  it("refuse before a call is looked at, and are recorded", async () => {
    const { root, events } = await openWorld({ requestQuotas: { DescribeKey: 1 } })
    await expectRefusal(root.describeKey({ KeyId: "alias/none" }), "NotFoundException")
    await expectRefusal(root.describeKey({ KeyId: "alias/none" }), "ThrottlingException")
    await expectRefusal(root.describeKey({ KeyId: "" }), "ValidationException")
    expect(events.map(({ errorCode }) => errorCode)).toEqual([
      "NotFoundException",
      "ThrottlingException",
      "ValidationException",
    ])
    expect(rootOf(account)).toBe(events[1]?.userIdentity.arn)
  })

  it.each([[{ Sing: 5 }], [{ ListKeys: 0 }], [{ ListKeys: Number.NaN }]])(
    "are refused as %o",
    async (requestQuotas) => {
      await expect(openHost({ requestQuotas: requestQuotas as object })).rejects.toThrow(TypeError)
    },
  )

  it("of AWS are a value that can be handed in", async () => {
    const kms = await openHost({ requestQuotas: awsRequestQuotas, clock: createClock() })
    const root = kms.as(kms.administrator)
    for (let i = 0; i < 5; i += 1) await root.createKey({})
    await expectRefusal(root.createKey({}), "ThrottlingException")
  })
})
