import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { openDomain } from "../../src/engine/hsms/domain.js"
import { sealedStorage, withoutStamps } from "../../src/engine/hsms/sealed-storage.js"
import type { Kms } from "../../src/kms.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { createClock, type TestClock } from "../support/clock.js"
import { domainKeysIn, sweepAll } from "../support/domain-keys.js"
import { openHost, sealOf } from "../support/hosts.js"
import { importMaterial, quickHsm, wrappedMaterial } from "../support/importing.js"
import { clusterId, clusterOf, hsmStoreInput, openXksStore } from "../support/key-stores.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { recordsIn, tamper } from "../support/records.js"
import { outcomeOf } from "../support/refusals.js"
import type { TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage } from "../support/storages.js"
import { newKey, openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1, 2, 3)
const hourMs = 3_600_000
/** How long a domain key stays that nothing is under. */
const idleMs = 25 * hourMs

/** The domain keys that an HSM has after it opened what is stored. */
async function storedKeys(storage: Storage) {
  const [entry] = await storage.get(["domain"])
  const { value } = JSON.parse(Buffer.from(entry?.value ?? []).toString())
  const hsm = createSoftwareHsm({ seal: sealOf() })
  await hsm.openDomain(value.name, new Uint8Array(Buffer.from(value.sealedState, "base64")))
  return hsm.domainKeys()
}

const encrypted = async (client: KmsClient, KeyId: string): Promise<Uint8Array> =>
  blobIn(await client.encrypt({ KeyId, Plaintext }))

async function expectOpen(client: KmsClient, CiphertextBlob: Uint8Array): Promise<void> {
  expect((await client.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
}

describe("after a rotation of the domain key", () => {
  it("sweeps put all that is stored under the new one, in as many steps as one likes", async () => {
    const world = await openWorld({ hsm: quickHsm() })
    const keys = await Promise.all([world.newKey(), world.newKey(), world.newKey()])
    const imported = await world.newKey({ Origin: "EXTERNAL" })
    await importMaterial(world.root, imported)
    await world.root.createAlias({ AliasName: "alias/x", TargetKeyId: keys[0] })
    await world.root.rotateKeyOnDemand({ KeyId: keys[0] })
    const texts = await Promise.all([...keys, imported].map((id) => encrypted(world.root, id)))
    const [before] = await domainKeysIn(world.storage)
    await world.kms.rotateDomainKey()

    const left: number[] = []
    let report = await world.kms.sweep({ itemsMax: 3 })
    for (; report.next !== undefined; ) {
      expect(report.recordsRewrapped).toBeLessThanOrEqual(3)
      expect(report.domainKeysLeft).toBe(1)
      left.push(report.recordsToRewrap)
      report = await world.kms.sweep({ itemsMax: 3, after: report.next })
    }
    expect(left.length).toBeGreaterThan(3)
    expect(left.at(-1)).toBeLessThan(left[0] ?? 0)
    expect(report).toMatchObject({ recordsToRewrap: 0, domainKeysLeft: 1, domainKeysRetired: 0 })
    const { currentId } = await storedKeys(world.storage)
    expect(await domainKeysIn(world.storage)).toEqual(new Set([currentId]))
    expect(currentId).not.toBe(before)
    for (const text of texts) await expectOpen(world.root, text)
  })

  it("the old one goes once import tokens under it cannot be used any more", async () => {
    const events: KmsEvent[] = []
    const world = await openWorld({ hsm: quickHsm(), events: (event) => void events.push(event) })
    const imported = await world.newKey({ Origin: "EXTERNAL" })
    const wrapped = await wrappedMaterial(world.root, imported)
    const { currentId: oldId } = await storedKeys(world.storage)
    await world.kms.rotateDomainKey()
    await sweepAll(world.kms)
    world.clock.advanceMs(idleMs - 2 * hourMs)
    expect(await sweepAll(world.kms)).toMatchObject({ domainKeysRetired: 0, domainKeysLeft: 1 })
    await world.root.importKeyMaterial(wrapped)
    world.clock.advanceMs(2 * hourMs)
    expect(await sweepAll(world.kms)).toMatchObject({ domainKeysRetired: 1, domainKeysLeft: 0 })

    const { currentId, formerIds } = await storedKeys(world.storage)
    expect(formerIds).toEqual([])
    expect(await domainKeysIn(world.storage)).toEqual(new Set([currentId]))
    await expectOpen(world.root, await encrypted(world.root, imported))
    const late = { ...wrapped, EncryptedKeyMaterial: wrapped.EncryptedKeyMaterial }
    expect(await outcomeOf(world.root.importKeyMaterial(late))).toMatch(/ImportToken/)
    const told = events.filter((event) => event["detail-type"] === "Keywright Domain Key")
    expect(told.map(({ detail }) => detail)).toEqual([
      { change: "rotated", "domain-key-ids": [currentId] },
      { change: "retired", "domain-key-ids": [oldId] },
    ])
    expect(await sweepAll(world.kms)).toMatchObject({ recordsRewrapped: 0, domainKeysRetired: 0 })
  })

  it("and after one a day, each goes when its own time has come", async () => {
    const { kms, clock, storage, newKey } = await openWorld()
    await newKey()
    for (let day = 0; day < 5; day += 1) {
      await kms.rotateDomainKey()
      await sweepAll(kms)
      clock.advanceDays(1)
    }
    const { formerIds } = await storedKeys(storage)
    expect(formerIds.length).toBeLessThanOrEqual(2)
  })

  it("the secrets of key stores and the keys in them move with it", async () => {
    const world = await openXksStore({ keyStores: { [clusterId]: clusterOf() } })
    const external = await world.newStoreKey()
    const { CustomKeyStoreId } = await world.root.createCustomKeyStore(hsmStoreInput())
    await world.root.connectCustomKeyStore({ CustomKeyStoreId })
    const inCluster = await world.newKey({ CustomKeyStoreId, Origin: "AWS_CLOUDHSM" })
    const texts = [await encrypted(world.root, external), await encrypted(world.root, inCluster)]
    await world.kms.rotateDomainKey()
    await sweepAll(world.kms)
    world.clock.advanceMs(idleMs)
    expect(await sweepAll(world.kms)).toMatchObject({ domainKeysLeft: 0, unreadable: [] })
    const { currentId } = await storedKeys(world.storage)
    expect(await domainKeysIn(world.storage)).toEqual(new Set([currentId]))
    for (const text of texts) await expectOpen(world.root, text)
    await encrypted(world.root, external)
    await world.proxy.close()
  })

  it("regions that trusted each other do so still, and a replica is made as before", async () => {
    const partition = await openPartition()
    const [source, target] = partition.regions as [TestRegion, TestRegion]
    const published = await source.kms.regions.replicationKey()
    for (const { kms } of partition.regions) {
      await kms.rotateDomainKey()
      await sweepAll(kms)
    }
    partition.clock.advanceMs(idleMs)
    for (const { kms, storage } of partition.regions) {
      expect(await sweepAll(kms)).toMatchObject({ domainKeysRetired: 1, unreadable: [] })
      expect((await domainKeysIn(storage)).size).toBe(1)
    }
    expect(await source.kms.regions.replicationKey()).toEqual(published)
    const KeyId = await replicatedKey(partition)
    await partition.settle()
    const CiphertextBlob = await encrypted(source.root, KeyId)
    await expectOpen(target.root, CiphertextBlob)
  })

  it("an endorsement from before trust was withdrawn keeps no domain key", async () => {
    const { clock, regions } = await openPartition()
    const { kms, storage } = regions[0] as TestRegion
    const records = await recordsIn(storage)
    const at = "region/eu-west-1"
    const [old] = await records.get([at])
    await kms.regions.disconnect("eu-west-1")
    await tamper(storage, at, old?.value)
    await sweepAll(kms)
    clock.advanceMs(idleMs)
    expect(await sweepAll(kms)).toMatchObject({ domainKeysLeft: 0, unreadable: [] })
  })

  it.each(["rewrapping", "uses"])(
    "a sweep goes on where %s was damaged, and says so",
    async (name) => {
      const world = await openWorld()
      await world.newKey()
      await world.kms.rotateDomainKey()
      await world.kms.sweep({ itemsMax: 1 })
      const { entries } = await world.storage.list({ prefix: name, limit: 10 })
      const put = entries.map(({ key }) => ({ key, value: Plaintext }))
      await world.storage.commit({ expect: [], put, remove: [] })
      const kms = await openHost({ storage: world.storage, clock: world.clock })
      const report = await kms.sweep()
      expect(report).toMatchObject({ domainKeysLeft: 1, domainKeysRetired: 0 })
      expect(report.unreadable.join()).toContain(name)
    },
  )

  it("a record that cannot be opened is named, and keeps the old key until it is gone", async () => {
    const world = await openWorld()
    const KeyId = await world.newKey()
    const at = `key/${world.kms.account}/${KeyId}`
    const [entry] = await world.storage.get([at])
    const damaged = Uint8Array.from(entry?.value ?? [])
    damaged.fill(0, -1)
    await world.storage.commit({ expect: [], put: [{ key: at, value: damaged }], remove: [] })
    await world.kms.rotateDomainKey()
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      const report = await sweepAll(world.kms)
      expect(report.unreadable.join()).toContain(at)
      world.clock.advanceMs(idleMs)
      expect(report.domainKeysRetired).toBe(0)
    }
    await world.storage.commit({ expect: [], put: [], remove: [at] })
    await sweepAll(world.kms)
    world.clock.advanceMs(idleMs)
    expect(await sweepAll(world.kms)).toMatchObject({ domainKeysRetired: 1, unreadable: [] })
  })
})

/** Eight writers on two hosts, which go on until they are told to stop. */
function writersOn(hosts: readonly Kms[]) {
  let isOver = false
  const texts: Uint8Array[] = []
  const failures: unknown[] = []
  const write = async (client: KmsClient, i: number): Promise<void> => {
    const KeyId = await newKey(client)
    for (let round = 0; !isOver; round += 1) {
      texts.push(await encrypted(client, KeyId))
      await client.updateKeyDescription({ KeyId, Description: `${round}` })
      if (round % 3 === i % 3) texts.push(await encrypted(client, await newKey(client)))
      const AliasName = `alias/w${i}-${round}`
      await client.createAlias({ AliasName, TargetKeyId: KeyId })
      await client.deleteAlias({ AliasName })
      await expectOpen(client, texts.at(-1) as Uint8Array)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const running = Array.from({ length: 8 }, async (_, i) => {
    const kms = hosts[i % hosts.length] as Kms
    await write(kms.as(kms.administrator), i).catch((error: unknown) => failures.push(error))
  })
  return {
    stop: async () => {
      isOver = true
      await Promise.all(running)
      return { texts, failures }
    },
  }
}

/** Rotates and sweeps to the end on one host, which may die of its storage. */
async function rotateAndRetire(kms: Kms, clock: TestClock): Promise<void> {
  await kms.rotateDomainKey()
  await sweepAll(kms, 7)
  clock.advanceMs(idleMs)
  await sweepAll(kms, 7)
}

describe("while eight writers go on on two hosts,", () => {
  // Of two calls in a row one is not made, and the other one's answer is lost.
  it.each([
    ["before", 0],
    ["after", 1],
  ] as const)(
    "the host that rotates and sweeps may die %s any call to its storage: nothing is lost",
    async (moment, first) => {
      for (let calls = first, isBroken = true; isBroken; calls += 2) {
        const storage = createMemoryStorage()
        const clock = createClock()
        const hosts = [await openHost({ storage, clock }), await openHost({ storage, clock })]
        await Promise.all(hosts.map((kms) => newKey(kms.as(kms.administrator))))
        const { currentId: oldId } = await storedKeys(storage)
        const faulty = faultyStorage(storage)
        const dying = await openHost({ storage: faulty, clock })
        const writers = writersOn(hosts)
        faulty.breakAfter(calls, moment)
        await rotateAndRetire(dying, clock).catch(() => undefined)
        isBroken = faulty.mend()

        // Another host goes on where it stopped.
        const heir = await openHost({ storage, clock })
        await rotateAndRetire(heir, clock)
        const { texts, failures } = await writers.stop()
        expect(failures).toEqual([])
        const keys = await storedKeys(storage)
        expect(keys.formerIds).toEqual([])
        expect(await domainKeysIn(storage)).toEqual(new Set([keys.currentId]))
        expect(keys.currentId).not.toBe(oldId)
        for (const kms of [...hosts, heir, await openHost({ storage, clock })]) {
          for (const text of texts) await expectOpen(kms.as(kms.administrator), text)
        }
      }
    },
  )
})

it("a domain key that was dropped leaves the memory of other hosts as they write or sweep", async () => {
  const storage = createMemoryStorage()
  const clock = createClock()
  const kms = await openHost({ storage, clock })
  const KeyId = await newKey(kms.as(kms.administrator))
  const hsms = [sealOf(), sealOf()].map((seal) => createSoftwareHsm({ seal }))
  const others = await Promise.all(hsms.map((hsm) => openHost({ storage, clock, hsm })))
  await kms.rotateDomainKey()
  await sweepAll(kms)
  const reader = others.map((other) => other.as(other.administrator))
  await Promise.all(reader.map((client) => client.encrypt({ KeyId, Plaintext })))
  clock.advanceMs(idleMs)
  expect(await sweepAll(kms)).toMatchObject({ domainKeysRetired: 1 })
  const kept = async () =>
    (await Promise.all(hsms.map((hsm) => hsm.domainKeys()))).map(
      ({ formerIds }) => formerIds.length,
    )
  expect(await kept()).toEqual([1, 1])
  await reader[0]?.updateKeyDescription({ KeyId, Description: "x" })
  await others[1]?.sweep()
  expect(await kept()).toEqual([0, 0])
})

it("a host that heard of none of it writes nothing under a key that was dropped", async () => {
  const storage = createMemoryStorage()
  const at = { name: "aws:us-east-1", key: "domain", recordsPrefix: "key/" }
  const openMember = () => openDomain(storage, createSoftwareHsm({ seal: sealOf() }), at)
  const [quick, slow] = [await openMember(), await openMember()]
  const { currentId } = await quick.use((hsm) => hsm.domainKeys())
  await quick.rotateDomainKey()
  expect(await quick.retireKeys([currentId])).toBe(true)
  const put = [{ key: "x", value: Plaintext }]
  const recordsOf = (domain: typeof slow) =>
    sealedStorage(withoutStamps(storage), { ...domain, count: () => undefined })
  const sealed = recordsOf(slow)
  expect(await sealed.commit({ expect: [], put, remove: [] })).toBe(false)
  expect(await storage.get(["x"])).toEqual([undefined])
  expect(await sealed.commit({ expect: [], put, remove: [] })).toBe(true)
  const [entry] = await recordsOf(quick).get(["x"])
  expect(entry?.value).toEqual(Plaintext)
})
