import type { Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { Kms } from "../../src/kms.js"
import { account, alice } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { importMaterial, quickHsm } from "../support/importing.js"
import { openXksStore } from "../support/key-stores.js"
import { snapshotOf } from "../support/old-records.js"
import { openPartition } from "../support/partition.js"
import { keyPolicyOf } from "../support/policies.js"
import { type RecordText, readRecord, tamper, textBytes } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { newKey, openWorld } from "../support/world.js"

/*
 * Four attacks of somebody who reads and writes the store, and has no root key. Each of them
 * worked once. He writes what he wants in three ways: in the clear, by turning bits of what is
 * encrypted, and with the seal of records, as if he had broken that.
 */

const Plaintext = textBytes("what the owner encrypts")

type Members = Readonly<Record<string, unknown>>

/** What the enemy knows that a record says; he is given that much. */
const knownOf = (storage: Storage, key: string): Promise<RecordText> => readRecord(storage, key)

const edited = (known: RecordText, members: Members): RecordText => ({
  ...known,
  value: { ...known.value, ...members },
})

type Write = (storage: Storage, key: string, known: RecordText, members: Members) => Promise<void>

const bytesOf = (record: RecordText): Uint8Array => textBytes(JSON.stringify(record))

const putRaw = async (storage: Storage, key: string, value: Uint8Array): Promise<void> => {
  await storage.commit({ expect: [], put: [{ key, value }], remove: [] })
}

const ways: readonly (readonly [string, Write])[] = [
  [
    "in the clear",
    (storage, key, known, members) => putRaw(storage, key, bytesOf(edited(known, members))),
  ],
  [
    "by turning bits",
    // Records are encrypted by a stream: without their tag, this would be all that it takes.
    async (storage, key, known, members) => {
      const [entry] = await storage.get([key])
      const value = (entry?.value ?? new Uint8Array()).slice()
      const [from, to] = [bytesOf(known), bytesOf(edited(known, members))]
      const start = value.length - 16 - from.length
      for (const [i, byte] of from.entries()) {
        value[start + i] = (value[start + i] ?? 0) ^ byte ^ (to[i] ?? 0x20)
      }
      await putRaw(storage, key, value)
    },
  ],
  [
    "with a seal that he has broken",
    (storage, key, known, members) => tamper(storage, key, edited(known, members)),
  ],
]

describe("1: who makes a generated key one that takes imports", () => {
  it.each(ways)("has none of his material used: %s", async (_, write) => {
    const { storage, root, kms } = await openWorld({ hsm: quickHsm() })
    const KeyId = await newKey(root)
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const generated = (await root.describeKey({ KeyId })).KeyMetadata?.CurrentKeyMaterialId
    const at = `key/${account}/${KeyId}`
    const known = await knownOf(storage, at)
    const copy = await snapshotOf(storage, [at])
    const enemy = kms.as(alice)
    await write(storage, at, known, { origin: "EXTERNAL", policy: keyPolicyOf({}) })
    const ImportType = "NEW_KEY_MATERIAL"
    const isIn = await outcomeOf(importMaterial(enemy, KeyId, { ImportType }))
    await outcomeOf(enemy.rotateKeyOnDemand({ KeyId }))
    // He hides what he has done: nobody may see that it is another key now.
    const { origin, policy } = known.value
    if (isIn === "OK") await write(storage, at, await knownOf(storage, at), { origin, policy })
    else await copy.putBack()

    const owner = await openHost({ storage, hsm: quickHsm() }).then((one) =>
      one.as(kms.administrator),
    )
    const ended = await outcomeOf(owner.encrypt({ KeyId, Plaintext }))
    const { KeyMetadata } = await owner.describeKey({ KeyId })
    const isOurs = KeyMetadata?.CurrentKeyMaterialId === generated
    expect(ended).toBe(isOurs ? "OK" : "KMSInternalException")
    const opened = await owner.decrypt({ CiphertextBlob })
    expect(opened.Plaintext).toEqual(Plaintext)
  })
})

describe("2: who leads an alias to a key of his own", () => {
  const scene = async () => {
    const world = await openWorld({ hsm: quickHsm() })
    const { root } = world
    const victim = await newKey(root)
    const evil = await newKey(root, { Origin: "EXTERNAL" })
    await importMaterial(root, evil)
    await root.createAlias({ AliasName: "alias/orders", TargetKeyId: victim })
    return { ...world, victim, evil, at: `alias/${account}/orders` }
  }

  async function expectUnused(kms: Kms): Promise<void> {
    const root = kms.as(kms.administrator)
    const KeyId = "alias/orders"
    await expectRefusal(root.encrypt({ KeyId, Plaintext }), "KMSInternalException")
    const dataKey = root.generateDataKey({ KeyId, KeySpec: "AES_256" })
    await expectRefusal(dataKey, "KMSInternalException")
    await expectRefusal(root.describeKey({ KeyId }), "KMSInternalException")
    await expectRefusal(root.listAliases({}), "KMSInternalException")
  }

  it.each(ways)("has nothing encrypted under it: %s", async (_, write) => {
    const { storage, evil, at } = await scene()
    await write(storage, at, await knownOf(storage, at), { keyId: evil })
    await expectUnused(await openHost({ storage, hsm: quickHsm() }))
  })

  it("has nothing encrypted under it, not even where the alias led there once", async () => {
    const { storage, root, victim, evil, at } = await scene()
    await root.updateAlias({ AliasName: "alias/orders", TargetKeyId: evil })
    const { putBack } = await snapshotOf(storage, [at])
    await root.updateAlias({ AliasName: "alias/orders", TargetKeyId: victim })
    await putBack()
    await expectUnused(await openHost({ storage, hsm: quickHsm() }))
  })
})

describe("3: who takes an external key out of its store", () => {
  it.each(ways)("has nothing done without the proxy: %s", async (_, write) => {
    const { storage, proxy, root, newStoreKey } = await openXksStore()
    const KeyId = await newStoreKey()
    const at = `key/${account}/${KeyId}`
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext }))
    const known = await knownOf(storage, at)
    // The key manager is switched off.
    proxy.fault = () => "hang up"
    for (const origin of ["EXTERNAL_KEY_STORE", "AWS_KMS", "EXTERNAL"]) {
      await write(storage, at, known, { origin, keyStore: undefined })
      await expectRefusal(root.encrypt({ KeyId, Plaintext }), "KMSInternalException")
      await expectRefusal(root.decrypt({ CiphertextBlob }), "KMSInternalException")
      const dataKey = root.generateDataKey({ KeyId, KeySpec: "AES_256" })
      await expectRefusal(dataKey, "KMSInternalException")
    }
    await proxy.close()
  })
})

describe("4: who brings back the trust in a region that was taken away", () => {
  const at = "region/eu-west-1"

  /** `us` trusted one region, which was lost and is to be replaced by another of that name. */
  const scene = async () => {
    const partition = await openPartition()
    const [us, lost] = [partition.region("us-east-1"), partition.region("eu-west-1")]
    const known = await knownOf(us.storage, at)
    const copy = await snapshotOf(us.storage, [at])
    await us.kms.regions.disconnect("eu-west-1")
    const successor = await openRegion("eu-west-1", { clock: partition.clock })
    /** The new region is named, and its messages go to the one that was lost. */
    const connect = async () => {
      const replicationKey = await successor.kms.regions.replicationKey()
      const link = { deliver: (bytes: Uint8Array) => lost.kms.regions.receive(bytes) }
      await us.kms.regions.connect({ region: "eu-west-1", replicationKey, link })
    }
    return { us, lost, known, copy, connect }
  }

  /** Nothing that `us` replicates from now on can be opened by the region that was lost. */
  async function expectNothingGiven({ us, lost }: Awaited<ReturnType<typeof scene>>) {
    const KeyId = await newKey(us.root, { MultiRegion: true })
    await outcomeOf(us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" }))
    await us.kms.sweep().catch(() => undefined)
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext }))
    const stolen = await outcomeOf(lost.root.decrypt({ KeyId, CiphertextBlob }))
    expect(stolen).toBe("NotFoundException")
  }

  it("has no key material given to it, when he puts the whole record back", async () => {
    const all = await scene()
    await all.copy.putBack()
    await expectNothingGiven(all)
    await all.connect()
    await expectNothingGiven(all)
    await all.copy.putBack()
    await expectNothingGiven(all)
  })

  it.each(ways)("has none given to it in the name of the new one: %s", async (_, write) => {
    const all = await scene()
    await all.connect()
    const { endorsement } = all.known.value
    await write(all.us.storage, at, await knownOf(all.us.storage, at), { endorsement })
    await expectNothingGiven(all)
    await all.connect().catch(() => undefined)
    await expectNothingGiven(all)
  })
})
