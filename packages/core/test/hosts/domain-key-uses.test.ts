import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { countedHsm } from "../../src/engine/hsms/domain-key-uses.js"
import { sealedStorage, sealerOf, withoutStamps } from "../../src/engine/hsms/sealed-storage.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { limits } from "../../src/vocabulary/limits.js"
import { createClock } from "../support/clock.js"
import { domainKeysIn, sweepAll } from "../support/domain-keys.js"
import { openHost, sealOf } from "../support/hosts.js"
import { importMaterial } from "../support/importing.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { quickRsaSuite } from "../support/quick-rsa.js"
import { readRecord, tamper } from "../support/records.js"
import { sealOfRegion, type TestRegion } from "../support/regions.js"
import { faultyStorage } from "../support/storages.js"
import { newKey } from "../support/world.js"

const prefix = "uses/"

/** What is written down of the uses of each domain key. */
async function usesIn(storage: Storage) {
  const { entries } = await storage.list({ prefix, limit: 100 })
  const all = await Promise.all(entries.map(({ key }) => readRecord(storage, key)))
  return all.map(({ value }) => value as { id: string; wraps: number; seals: number })
}

async function hostOn(storage: Storage, events: KmsEvent[] = []) {
  const clock = createClock()
  const kms = await openHost({ storage, clock, events: (event) => void events.push(event) })
  return { kms, clock, root: kms.as(kms.administrator) }
}

/** Writes down that the current domain key was used as often. */
async function wear(storage: Storage, use: "wraps" | "seals", times: number): Promise<void> {
  const [uses] = await usesIn(storage)
  const key = `${prefix}${uses?.id}`
  await tamper(storage, key, { v: 1, value: { ...uses, [use]: times } })
}

describe("the uses of a domain key", () => {
  it("are written down before they happen, thousands at once", async () => {
    const storage = createMemoryStorage()
    const { root } = await hostOn(storage)
    expect(await usesIn(storage)).toEqual([])
    await newKey(root)
    const [first] = await usesIn(storage)
    expect(first?.wraps).toBeGreaterThanOrEqual(1)
    for (let i = 0; i < 20; i += 1) await newKey(root)
    expect(await usesIn(storage)).toEqual([first])
    const block = first?.wraps ?? 0
    const other = await hostOn(storage)
    await newKey(other.root)
    expect((await usesIn(storage))[0]?.wraps).toBe(2 * block)
  })

  it("are never more than what is written, however hosts die", async () => {
    for (let calls = 0; calls < 12; calls += 1) {
      const storage = createMemoryStorage()
      const made = await hostOn(storage)
      await newKey(made.root)
      const faulty = faultyStorage(storage)
      for (let life = 0; life < 3; life += 1) {
        const { root } = await hostOn(faulty)
        faulty.breakAfter(calls, life % 2 === 0 ? "after" : "before")
        await newKey(root).catch(() => undefined)
        faulty.mend()
      }
      const [uses] = await usesIn(storage)
      const { entries } = await storage.list({ prefix: "key/", limit: 100 })
      expect(uses?.wraps).toBeGreaterThanOrEqual(entries.length)
      expect((uses?.wraps ?? 0) % 4096).toBe(0)
    }
  })

  it.each([
    ["wraps", limits.domainKeyWrapsDue],
    ["seals", limits.domainKeySealsDue],
  ] as const)("that are very many %s make a rotation due, which a sweep does", async (use, due) => {
    const storage = createMemoryStorage()
    const { root } = await hostOn(storage)
    await newKey(root)
    const [before] = await domainKeysIn(storage)
    await wear(storage, use, due - 1)
    const events: KmsEvent[] = []
    const { kms, root: later } = await hostOn(storage, events)
    await kms.sweep()
    expect(await usesIn(storage)).toHaveLength(1)
    await newKey(later)
    const changes = () =>
      events.flatMap((event) =>
        event["detail-type"] === "Keywright Domain Key" ? [event.detail.change] : [],
      )
    expect(changes()).toEqual(["rotation due"])
    await sweepAll(kms)
    expect(changes()).toEqual(["rotation due", "rotated"])
    expect(await domainKeysIn(storage)).not.toContain(before)
  })

  it("are all counted, whatever wraps", async () => {
    const counts = { wraps: 0, wrapped: 0 }
    const take = (use: "wraps" | "seals", count: number): void => {
      expect(use).toBe("wraps")
      counts.wraps += count
    }
    const hsmIn = (name: string) => {
      const inner = quickRsaSuite()
      const aeadKey: typeof inner.aeadKey = (bytes) => {
        const key = inner.aeadKey(bytes)
        const encrypt: typeof key.encrypt = (...args) => {
          counts.wrapped += 1
          return key.encrypt(...args)
        }
        return { ...key, encrypt }
      }
      const hsm = createSoftwareHsm({ seal: sealOfRegion(name), suite: { ...inner, aeadKey } })
      return countedHsm(hsm, { take })
    }
    const partition = await openPartition(["us-east-1", "eu-west-1"], (name) => ({
      hsm: hsmIn(name),
    }))
    const [{ kms, root }] = partition.regions as [TestRegion]
    await replicatedKey(partition)
    await partition.settle()
    const KeyId = await newKey(root, { Origin: "EXTERNAL" })
    await importMaterial(root, KeyId)
    await root.rotateKeyOnDemand({ KeyId: await newKey(root) })
    await kms.rotateDomainKey()
    await sweepAll(kms)
    expect(counts.wrapped).toBeGreaterThan(10)
    expect(counts.wraps).toBe(counts.wrapped)
  })

  it("are counted before records are sealed", async () => {
    const told: string[] = []
    const sealer = sealerOf(createSoftwareHsm({ seal: sealOf() }))
    const storage = sealedStorage(withoutStamps(createMemoryStorage()), {
      ...sealer,
      count: (seals) => void told.push(`${seals} counted`),
      use: (work) => {
        told.push("used")
        return sealer.use(work)
      },
    })
    const put = ["a", "b", "c"].map((key) => ({ key, value: Uint8Array.of(1) }))
    await expect(storage.commit({ expect: [], put, remove: [] })).rejects.toThrow(
      "the HSM is locked",
    )
    expect(told).toEqual(["3 counted", "used"])
  })

  it("never go beyond what the key may be used for, also when nobody sweeps", async () => {
    const storage = createMemoryStorage()
    const { root } = await hostOn(storage)
    await newKey(root)
    await wear(storage, "wraps", limits.domainKeyWrapsMax - 10)
    const [before] = await usesIn(storage)
    const { root: other } = await hostOn(storage)
    await newKey(other)
    const uses = await usesIn(storage)
    expect(uses.find(({ id }) => id === before?.id)).toEqual(before)
    expect(uses).toHaveLength(2)
  })
})
