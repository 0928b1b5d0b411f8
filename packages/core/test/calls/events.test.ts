import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { EventSink, KmsEvent } from "../../src/ports/events.js"
import { account, keyArnOf } from "../support/accounts.js"
import { createClock, dayMs, startMs } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { importMaterial, quickHsm } from "../support/importing.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { expectRefusal } from "../support/refusals.js"
import { newKey, openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1)
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

async function openWithEvents() {
  const events: KmsEvent[] = []
  const sink = (event: KmsEvent) => void events.push(event)
  const world = await openWorld({ events: sink, hsm: quickHsm() })
  /** The events since they were asked for last. */
  const news = () => events.splice(0)
  return { ...world, news }
}

const envelope = (KeyId: string, time: string) => ({
  version: "0",
  id: expect.stringMatching(uuid),
  source: "aws.kms",
  account,
  time,
  region: "us-east-1",
  resources: [keyArnOf(KeyId)],
})

describe("the event of a rotation", () => {
  it("tells its type and both materials, on demand and when it was due", async () => {
    const { root, clock, kms, newKey: make, news } = await openWithEvents()
    const KeyId = await make()
    const idNow = async () =>
      (await root.describeKey({ KeyId })).KeyMetadata?.CurrentKeyMaterialId ?? ""
    const first = await idNow()
    await root.rotateKeyOnDemand({ KeyId })
    const second = await idNow()
    const detail = {
      "key-id": KeyId,
      "key-origin": "AWS_KMS",
      "rotation-type": "ON_DEMAND",
      "previous-key-material-id": first,
      "current-key-material-id": second,
    }
    expect(news()).toEqual([
      { ...envelope(KeyId, "2026-01-15T12:00:00Z"), "detail-type": "KMS CMK Rotation", detail },
    ])
    await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    clock.advanceMs(90 * dayMs + 123)
    await root.encrypt({ KeyId, Plaintext })
    expect(news()).toMatchObject([
      {
        time: "2026-04-15T12:00:00Z",
        detail: {
          "rotation-type": "AUTOMATIC",
          "previous-key-material-id": second,
          "current-key-material-id": await idNow(),
        },
      },
    ])
    clock.advanceDays(90)
    await kms.sweep()
    expect(news()).toHaveLength(1)
  })

  it("is told in every region of a multi-Region key", async () => {
    const events: KmsEvent[] = []
    const sink = { events: (event: KmsEvent) => void events.push(event) }
    const partition = await openPartition(["us-east-1", "eu-west-1"], () => sink)
    const KeyId = await replicatedKey(partition)
    await partition.settle()
    expect(events).toEqual([])
    await partition.region("us-east-1").root.rotateKeyOnDemand({ KeyId })
    await partition.settle()
    const told = events.map((event) => [event["detail-type"], event.region])
    expect(told.toSorted()).toEqual([
      ["KMS CMK Rotation", "eu-west-1"],
      ["KMS CMK Rotation", "us-east-1"],
    ])
    expect(events[0]?.detail).toEqual(events[1]?.detail)
    await partition.close()
  })
})

describe("the event of imported key material that has expired", () => {
  const expiring = async () => {
    const world = await openWithEvents()
    const KeyId = await world.newKey({ Origin: "EXTERNAL" })
    const ValidTo = new Date(startMs + 10 * dayMs)
    const { KeyMaterialId = "" } = await importMaterial(world.root, KeyId, { ValidTo })
    world.clock.advanceDays(10)
    const event = {
      "detail-type": "KMS Imported Key Material Expiration",
      detail: { "key-id": KeyId, "key-material-id": KeyMaterialId },
      resources: [keyArnOf(KeyId)],
    }
    return { ...world, KeyId, event }
  }

  it("is told once, by the sweep that destroys it", async () => {
    const { kms, news, event } = await expiring()
    await kms.sweep()
    expect(news()).toMatchObject([event])
    await kms.sweep()
    expect(news()).toEqual([])
  })

  it("is told when another change of the key comes before the sweep", async () => {
    const { kms, news, event, root, KeyId } = await expiring()
    await expectRefusal(root.encrypt({ KeyId, Plaintext }), "KMSInvalidStateException")
    expect(news()).toEqual([])
    await root.updateKeyDescription({ KeyId, Description: "too late" })
    expect(news()).toMatchObject([event])
    await kms.sweep()
    expect(news()).toEqual([])
  })

  it("is told also when the same material was imported again before the sweep", async () => {
    const { kms, news, event, root, KeyId } = await expiring()
    await importMaterial(root, KeyId, { ValidTo: new Date(startMs + 20 * dayMs) })
    expect(news()).toMatchObject([event])
    await kms.sweep()
    expect(news()).toEqual([])
  })

  it("is not told of material that was deleted in time", async () => {
    const { root, kms, clock, newKey: make, news } = await openWithEvents()
    const KeyId = await make({ Origin: "EXTERNAL" })
    await importMaterial(root, KeyId, { ValidTo: new Date(startMs + dayMs) })
    await root.deleteImportedKeyMaterial({ KeyId })
    clock.advanceDays(2)
    await kms.sweep()
    expect(news()).toEqual([])
  })
})

describe("the event of a deletion", () => {
  it("is told when the key is destroyed, and not when that is scheduled", async () => {
    const { root, kms, clock, newKey: make, news } = await openWithEvents()
    const KeyId = await make()
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(7)
    expect(news()).toEqual([])
    await kms.sweep()
    expect(news()).toEqual([
      {
        ...envelope(KeyId, "2026-01-22T12:00:00Z"),
        "detail-type": "KMS CMK Deletion",
        detail: { "key-id": KeyId },
      },
    ])
  })

  it("is told once, by one of several hosts that sweep at once", async () => {
    const storage = createMemoryStorage()
    const clock = createClock()
    const events: KmsEvent[] = []
    const open = () => openHost({ storage, clock, events: (event) => void events.push(event) })
    const hosts = await Promise.all([open(), open(), open()])
    const [first] = hosts
    const root = first?.as(first.administrator)
    if (root === undefined) throw new Error("there is a host")
    for (let i = 0; i < 5; i += 1) {
      await root.scheduleKeyDeletion({ KeyId: await newKey(root), PendingWindowInDays: 7 })
    }
    clock.advanceDays(8)
    await Promise.all(hosts.map((kms) => kms.sweep()))
    await first?.sweep()
    const ids = events.map(({ detail }) => "key-id" in detail && detail["key-id"])
    expect([ids.length, new Set(ids).size]).toEqual([5, 5])
  })
})

describe("a sink of events", () => {
  const sinks: readonly (readonly [string, EventSink])[] = [
    [
      "throws",
      () => {
        throw new Error("no bus")
      },
    ],
    ["rejects", () => Promise.reject(new Error("no bus"))],
    ["never answers", () => new Promise(() => undefined)],
  ]

  it.each(sinks)("that %s breaks no call and no sweep", async (_, events) => {
    const { root, clock, kms, newKey: make } = await openWorld({ events })
    const KeyId = await make()
    await root.rotateKeyOnDemand({ KeyId })
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(8)
    expect((await kms.sweep()).keysDeleted).toBe(1)
    await kms.close()
  })

  it("hears nothing of calls that only read, use or change a key", async () => {
    const { root, newKey: make, news } = await openWithEvents()
    const KeyId = await make({ MultiRegion: true })
    await root.encrypt({ KeyId, Plaintext })
    await root.disableKey({ KeyId })
    await root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    expect(news()).toEqual([])
  })
})
