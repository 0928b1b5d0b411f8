import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createLastUsages } from "../../src/engine/host/last-usages.js"
import type { LocatedKey } from "../../src/operations/call.js"
import { catalogue } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { limits } from "../../src/vocabulary/limits.js"
import { trackedOperations } from "../../src/vocabulary/tracked-operations.js"
import { account, userOf } from "../support/accounts.js"
import { createClock, startMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { mayDoAll, policyOf } from "../support/policies.js"
import { dumpOf, tamper } from "../support/records.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage, recordingStorage } from "../support/storages.js"
import { newKey, openWorld, type World } from "../support/world.js"

const Plaintext = Uint8Array.of(1)
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const usageOf = async ({ root }: Pick<World, "root">, KeyId: string) =>
  (await root.getKeyLastUsage({ KeyId })).KeyLastUsage

describe("the operations that count as a use of a key", () => {
  it("are the rows that use keys", () => {
    const uses = Object.entries(catalogue as Record<string, AnyRow>)
      .filter(
        ([, { effect, subjects }]) => effect === "use" && subjects.some((one) => "role" in one),
      )
      .map(([name]) => name)
    expect(uses.toSorted()).toEqual([...trackedOperations].toSorted())
  })
})

describe("GetKeyLastUsage", () => {
  it("answers an empty usage for a key that was never used, and when tracking began", async () => {
    const { root, newKey: make } = await openWorld()
    const KeyId = await make()
    const { $metadata: _, ...reply } = await root.getKeyLastUsage({ KeyId })
    expect(reply).toEqual({
      KeyId: `arn:aws:kms:us-east-1:${account}:key/${KeyId}`,
      KeyLastUsage: {},
      TrackingStartDate: new Date(startMs),
      KeyCreationDate: new Date(startMs),
    })
  })

  it("names the last operation, its time, its request and its audit event", async () => {
    const world = await openWorld()
    const KeyId = await world.newKey()
    await world.root.encrypt({ KeyId, Plaintext })
    world.clock.advanceDays(3)
    const { $metadata } = await world.root.generateDataKey({ KeyId, KeySpec: "AES_256" })
    const event = world.events.at(-1)
    expect(await usageOf(world, KeyId)).toEqual({
      Operation: "GenerateDataKey",
      Timestamp: new Date(world.clock.nowMs),
      CloudTrailEventId: event?.eventId,
      KmsRequestId: $metadata.requestId,
    })
    expect(event?.eventId).toMatch(uuid)
  })

  it("names no audit event where there is no audit", async () => {
    const kms = await openHost()
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    await root.encrypt({ KeyId, Plaintext })
    const { KeyLastUsage } = await root.getKeyLastUsage({ KeyId })
    expect(KeyLastUsage).toEqual({
      Operation: "Encrypt",
      Timestamp: expect.any(Date),
      KmsRequestId: expect.stringMatching(uuid),
    })
  })

  it("does not count what failed, dry runs, and calls that only look or manage", async () => {
    const world = await openWorld()
    const { root, newKey: make } = world
    const KeyId = await make()
    const pair = await make({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })
    await refusalOf(root.encrypt({ KeyId, Plaintext, DryRun: true }))
    await refusalOf(root.encrypt({ KeyId: pair, Plaintext }))
    await refusalOf(root.decrypt({ KeyId, CiphertextBlob: Uint8Array.of(1) }))
    await root.describeKey({ KeyId })
    await root.disableKey({ KeyId })
    await refusalOf(root.encrypt({ KeyId, Plaintext }))
    await root.getPublicKey({ KeyId: pair })
    await root.generateRandom({ NumberOfBytes: 1 })
    expect(await usageOf(world, KeyId)).toEqual({})
    expect(await usageOf(world, pair)).toEqual({})
  })

  it("notes a ReEncrypt on both keys", async () => {
    const world = await openWorld()
    const [from, to] = [await world.newKey(), await world.newKey()]
    const CiphertextBlob = blobIn(await world.root.encrypt({ KeyId: from, Plaintext }))
    await world.root.reEncrypt({ CiphertextBlob, DestinationKeyId: to })
    const usages = [await usageOf(world, from), await usageOf(world, to)]
    expect(usages[0]).toMatchObject({ Operation: "ReEncrypt" })
    expect(usages[1]).toEqual(usages[0])
  })

  it("tracks each key of a multi-Region family alone", async () => {
    const partition = await openPartition()
    const KeyId = await replicatedKey(partition)
    await partition.settle()
    const [here, there] = partition.regions
    await there?.root.encrypt({ KeyId, Plaintext })
    expect((await here?.root.getKeyLastUsage({ KeyId }))?.KeyLastUsage).toEqual({})
    expect((await there?.root.getKeyLastUsage({ KeyId }))?.KeyLastUsage).toMatchObject({
      Operation: "Encrypt",
    })
    await partition.close()
  })

  it("works on no key of another account", async () => {
    const world = await openWorld()
    const KeyId = `arn:aws:kms:us-east-1:${account}:key/${await world.newKey()}`
    await expectRefusal(world.stranger.getKeyLastUsage({ KeyId }), "AccessDeniedException")
  })
})

/** A host on a storage, and a key. */
async function start(storage: MemoryStorage = createMemoryStorage()) {
  const clock = createClock()
  const recording = recordingStorage(storage)
  const kms = await openHost({ storage: recording, clock })
  const root = kms.as(kms.administrator)
  const KeyId = await newKey(root)
  recording.counts()
  return { storage, recording, clock, kms, root, KeyId }
}

describe("a use of a key", () => {
  it("costs storage nothing until a sweep, and then one commit beside the key", async () => {
    const { kms, root, KeyId, recording } = await start()
    for (let i = 0; i < 5; i += 1) await root.encrypt({ KeyId, Plaintext })
    expect(recording.counts()).toMatchObject({ commit: 0, get: 1 })
    await kms.sweep()
    const commits = recording.calls.filter(({ method }) => method === "commit")
    expect(commits.map(({ keys }) => keys)).toEqual([[`usage/${account}/${KeyId}`, "digest/0"]])
  })

  it("does not make a cached key be parsed again", async () => {
    const { kms, root, KeyId, storage } = await start()
    const keyText = async () => (await dumpOf(storage))[`key/${account}/${KeyId}`]
    const [before] = await storage.get([`key/${account}/${KeyId}`])
    await root.encrypt({ KeyId, Plaintext })
    const text = await keyText()
    await kms.sweep()
    const [after] = await storage.get([`key/${account}/${KeyId}`])
    expect(after?.revision).toBe(before?.revision)
    expect(await keyText()).toBe(text)
  })

  it("survives an orderly close, and is seen by other hosts", async () => {
    const storage = createMemoryStorage()
    const kept = { ...recordingStorage(storage), close: async () => undefined }
    const kms = await openHost({ storage: kept })
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    await root.encrypt({ KeyId, Plaintext })
    const other = await openHost({ storage })
    const usage = () => other.as(other.administrator).getKeyLastUsage({ KeyId })
    expect((await usage()).KeyLastUsage).toEqual({})
    await kms.close()
    expect((await usage()).KeyLastUsage).toMatchObject({ Operation: "Encrypt" })
  })

  it("that is later wins, whichever host writes first", async () => {
    const { kms: a, root, KeyId, storage, clock } = await start()
    const b = await openHost({ storage, clock })
    const rootB = b.as(b.administrator)
    await root.encrypt({ KeyId, Plaintext })
    clock.advanceMs(1000)
    await rootB.generateDataKey({ KeyId, KeySpec: "AES_256" })
    await b.sweep()
    await a.sweep()
    for (const client of [root, rootB]) {
      const { KeyLastUsage } = await client.getKeyLastUsage({ KeyId })
      expect(KeyLastUsage).toMatchObject({
        Operation: "GenerateDataKey",
        Timestamp: new Date(clock.nowMs),
      })
    }
    await Promise.all([a.sweep(), b.sweep()])
  })

  it("goes with the key, and never comes after it", async () => {
    const { kms: a, root, KeyId, storage, clock } = await start()
    const b = await openHost({ storage, clock })
    await root.encrypt({ KeyId, Plaintext })
    await a.sweep()
    await b.as(b.administrator).encrypt({ KeyId, Plaintext })
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(8)
    await a.sweep()
    await b.sweep()
    expect(Object.keys(await dumpOf(storage)).filter((key) => key.includes(KeyId))).toEqual([])
  })

  it("is written after all when storage failed to take it", async () => {
    const storage = createMemoryStorage()
    const faulty = faultyStorage(storage)
    const kms = await openHost({ storage: faulty })
    const root = kms.as(kms.administrator)
    const KeyId = await newKey(root)
    await root.encrypt({ KeyId, Plaintext })
    for (let calls = 0; calls < 4; calls += 1) {
      faulty.breakAfter(calls)
      await kms.sweep().catch(() => undefined)
      faulty.mend()
    }
    await kms.sweep()
    expect(Object.keys(await dumpOf(storage))).toContain(`usage/${account}/${KeyId}`)
  })

  it("is written although that of another key cannot be read, as the sweep reports", async () => {
    const { kms, root, KeyId, storage } = await start()
    const other = await newKey(root)
    await tamper(storage, `usage/${account}/${other}`, "no record")
    await root.encrypt({ KeyId: other, Plaintext })
    await root.encrypt({ KeyId, Plaintext })
    const { unreadable } = await kms.sweep()
    expect(unreadable).toEqual([expect.stringContaining(`usage/${account}/${other}`)])
    expect((await dumpOf(storage))[`usage/${account}/${KeyId}`]).toContain("Encrypt")
    expect((await kms.sweep()).unreadable).toEqual([])
    await expectRefusal(root.getKeyLastUsage({ KeyId: other }), "KMSInternalException")
  })

  it("does not fail a close when storage does not take it", async () => {
    const faulty = faultyStorage(createMemoryStorage())
    const kms = await openHost({ storage: faulty })
    const root = kms.as(kms.administrator)
    await root.encrypt({ KeyId: await newKey(root), Plaintext })
    faulty.breakAfter(0)
    await kms.close()
  })
})

describe("the notes of a host", () => {
  const hourMs = 3_600_000

  const arnOf = (i: number) => `arn:aws:kms:us-east-1:${account}:key/${i}`

  const useOf = (i: number, usedMs: number) => ({
    operation: "Encrypt",
    usedMs,
    requestId: `request-${i}`,
    eventId: undefined,
  })

  const locatedOf = (i: number) =>
    ({ arn: arnOf(i), record: { account, keyId: String(i) } }) as unknown as LocatedKey

  /** Notes over a storage of its own, with what they told of being late. */
  function notesOn(storage: Storage, notesMax?: number) {
    const clock = createClock()
    const told: number[] = []
    const late = (waiting: number) => void told.push(waiting)
    const usages = createLastUsages({ storage, clock, rest: () => undefined, late }, notesMax)
    const note = (i: number) => usages.note(useOf(i, clock()), [arnOf(i)])
    return { usages, note, clock, told }
  }

  it("are bounded: then other keys are not noted until there is room", async () => {
    const { usages, note } = notesOn(createMemoryStorage(), 3)
    for (const i of [1, 2, 3, 4, 3]) note(i)
    expect(await usages.lastOf(locatedOf(3))).toMatchObject({ requestId: "request-3" })
    expect(await usages.lastOf(locatedOf(4))).toBeUndefined()
    await usages.flush()
    note(4)
    expect(await usages.lastOf(locatedOf(4))).toMatchObject({ requestId: "request-4" })
  })

  it("are kept while storage is broken, and the host hears how many wait", async () => {
    const faulty = faultyStorage(createMemoryStorage())
    const { usages, note, told } = notesOn(faulty)
    for (const i of [1, 2]) note(i)
    faulty.breakAfter(0)
    await expect(usages.flush()).rejects.toThrow("the disk is on fire")
    expect(told).toEqual([2])
    faulty.mend()
    expect(await usages.lastOf(locatedOf(1))).toMatchObject({ requestId: "request-1" })
  })

  it("are written beside the calls when there are many, and no call waits for it", async () => {
    const { storage, recording, root, KeyId } = await start()
    const commit: Storage["commit"] = async (change) => {
      if (change.quiet === true) await new Promise<never>(() => {})
      return recording.commit(change)
    }
    const kms = await openHost({ storage: { ...recording, commit }, clock: createClock() })
    const caller = kms.as(kms.administrator)
    const making = Array.from({ length: limits.usagesTogether + 10 }, () => newKey(root))
    const ids = [KeyId, ...(await Promise.all(making))]
    await Promise.all(ids.map((id) => caller.encrypt({ KeyId: id, Plaintext })))
    expect(Object.keys(await dumpOf(storage)).some((key) => key.startsWith("usage/"))).toBe(false)
    expect((await caller.getKeyLastUsage({ KeyId })).KeyLastUsage).toMatchObject({
      Operation: "Encrypt",
    })
  })

  it("are not tried again by calls for a while after storage has failed", async () => {
    const recording = recordingStorage(createMemoryStorage())
    const get: Storage["get"] = () => Promise.reject(new Error("the disk is on fire"))
    const { note, clock, told } = notesOn({ ...recording, get })
    const noteMany = () => {
      for (let i = 0; i <= limits.usagesTogether; i += 1) note(i)
    }
    const settle = () => new Promise((resolve) => setTimeout(resolve))
    noteMany()
    await settle()
    expect(told).toHaveLength(1)
    noteMany()
    await settle()
    expect(told).toHaveLength(1)
    clock.advanceMs(limits.restMs)
    noteMany()
    await settle()
    expect(told).toHaveLength(2)
  })

  it("are written again only when what is written is an hour behind", async () => {
    const { kms, root, KeyId, recording, clock } = await start()
    const use = async () => {
      await root.encrypt({ KeyId, Plaintext })
      await kms.sweep()
      return recording.counts().commit
    }
    expect(await use()).toBe(1)
    clock.advanceMs(hourMs - 1)
    expect(await use()).toBe(0)
    expect((await root.getKeyLastUsage({ KeyId })).KeyLastUsage?.Timestamp).toEqual(
      new Date(clock.nowMs),
    )
    clock.advanceMs(1)
    expect(await use()).toBe(1)
  })

  it("do not unsettle the records that the host remembers when they are written", async () => {
    const { kms, root, KeyId, recording } = await start()
    await root.encrypt({ KeyId, Plaintext })
    await kms.sweep()
    expect(recording.counts().commit).toBe(1)
    await root.describeKey({ KeyId })
    expect(recording.counts()).toMatchObject({ get: 0, stamp: 1 })
  })
})

describe("kms:TrailingDaysWithoutKeyUsage", () => {
  const unusedFor = (days: number) => ({
    ...mayDoAll,
    policies: [
      policyOf(
        {},
        {
          Effect: "Deny",
          Action: ["kms:ScheduleKeyDeletion", "kms:DisableKey"],
          Condition: { NumericLessThan: { "kms:TrailingDaysWithoutKeyUsage": String(days) } },
        },
      ),
    ],
  })

  it("keeps a key that was used lately from being disabled or deleted", async () => {
    const world = await openWorld({ identities: { [userOf(account)]: unusedFor(30) } })
    const KeyId = await world.newKey()
    const alice = world.kms.as(userOf(account))
    await expectRefusal(alice.disableKey({ KeyId }), "AccessDeniedException")
    world.clock.advanceDays(20)
    await world.root.encrypt({ KeyId, Plaintext })
    world.clock.advanceDays(29)
    await expectRefusal(alice.disableKey({ KeyId }), "AccessDeniedException")
    await expectRefusal(alice.scheduleKeyDeletion({ KeyId }), "AccessDeniedException")
    await world.kms.sweep()
    await expectRefusal(alice.scheduleKeyDeletion({ KeyId }), "AccessDeniedException")
    world.clock.advanceDays(1)
    await alice.disableKey({ KeyId })
    await alice.scheduleKeyDeletion({ KeyId })
  })
})
