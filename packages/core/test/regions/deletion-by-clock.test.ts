import { beforeEach, describe, expect, it } from "vitest"
import type { KmsEvent } from "../../src/ports/events.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account } from "../support/accounts.js"
import { keysIn } from "../support/agreement.js"
import { createClock, dayMs, startMs } from "../support/clock.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { expectRefusal } from "../support/refusals.js"
import type { TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { newKey } from "../support/world.js"

/* Nothing is swept here: what is due in another region is true by the clock. */

let partition: TestPartition
let us: TestRegion
let eu: TestRegion
let ap: TestRegion
let KeyId: string
let events: KmsEvent[]

beforeEach(async () => {
  events = []
  partition = await openPartition(["us-east-1", "eu-west-1", "ap-south-1"], () => ({
    events: (event) => void events.push(event),
  }))
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
  ap = partition.region("ap-south-1")
  KeyId = await replicatedKey(partition)
  partition.sent.length = 0
})

const metadataIn = async ({ root }: TestRegion) => (await root.describeKey({ KeyId })).KeyMetadata
const schedule = ({ root }: TestRegion, PendingWindowInDays: number) =>
  root.scheduleKeyDeletion({ KeyId, PendingWindowInDays })
const dateOf = (days: number) => new Date(startMs + days * dayMs)
const waiting = { KeyState: "PendingReplicaDeletion" }
const waitingUntil = (days: number) => ({ KeyState: "PendingDeletion", DeletionDate: dateOf(days) })
const toldLate = () =>
  events.filter(({ detail }) => "write" in detail && detail.write === "news of a region")

describe("a primary key whose replica is gone", () => {
  const replicas = async () =>
    (await metadataIn(us))?.MultiRegionConfiguration?.ReplicaKeys?.map(({ Region }) => Region)

  beforeEach(async () => {
    await schedule(eu, 7)
    expect(await replicas()).toEqual(["ap-south-1", "eu-west-1"])
    partition.clock.advanceDays(8)
  })

  it("does not list it any more", async () => {
    expect(await replicas()).toEqual(["ap-south-1"])
  })

  it("can be replicated to that region again", async () => {
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await expect.poll(async () => (await metadataIn(eu))?.KeyState).toBe("Enabled")
    expect(await replicas()).toEqual(["ap-south-1", "eu-west-1"])
  })

  it("does not wait for it when its own deletion is scheduled", async () => {
    await schedule(ap, 7)
    partition.clock.advanceDays(8)
    expect(await schedule(us, 8)).toMatchObject({ KeyState: "PendingDeletion" })
    expect(await metadataIn(us)).toMatchObject(waitingUntil(24))
  })

  it("goes on to list it as long as its region does not answer", async () => {
    partition.cut("eu-west-1")
    expect(await replicas()).toEqual(["ap-south-1", "eu-west-1"])
  })

  it("asks no region for those who may not ask for the key", async () => {
    const { length } = partition.sent
    const stranger = us.kms.as(`arn:aws:iam::${account}:user/stranger`)
    await expectRefusal(stranger.describeKey({ KeyId }), "AccessDeniedException")
    expect(partition.sent).toHaveLength(length)
  })
})

describe("a primary key that waits for its replicas", () => {
  beforeEach(() => schedule(us, 8))

  it("begins its waiting period at the date of the last one, whenever somebody asks", async () => {
    await schedule(eu, 7)
    await schedule(ap, 10)
    partition.clock.advanceDays(9)
    expect(await metadataIn(us)).toMatchObject({
      ...waiting,
      MultiRegionConfiguration: { ReplicaKeys: [{ Region: "ap-south-1" }] },
    })
    partition.clock.advanceDays(3)
    const after = await metadataIn(us)
    expect(after).toMatchObject(waitingUntil(18))
    expect(after).not.toHaveProperty("PendingDeletionWindowInDays")
    expect(events.map((event) => event["detail-type"])).not.toContain("KMS CMK Deletion")
  })

  it("is gone when its own waiting period is over, for every operation and by every name", async () => {
    const CiphertextBlob = blobIn(await eu.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const AliasName = "alias/orders"
    await us.root.cancelKeyDeletion({ KeyId })
    await us.root.createAlias({ AliasName, TargetKeyId: KeyId })
    await schedule(us, 8)
    await schedule(eu, 7)
    await schedule(ap, 10)
    partition.clock.advanceDays(18)
    await expectRefusal(us.root.cancelKeyDeletion({ KeyId }), "NotFoundException")
    await expectRefusal(us.root.describeKey({ KeyId: AliasName }), "NotFoundException")
    await expectRefusal(us.root.decrypt({ CiphertextBlob }), "AccessDeniedException")
    await us.root.createAlias({ AliasName, TargetKeyId: await newKey(us.root) })
  })

  it("leaves its alias to another key, whichever call comes first", async () => {
    await us.root.cancelKeyDeletion({ KeyId })
    const AliasName = "alias/orders"
    await us.root.createAlias({ AliasName, TargetKeyId: KeyId })
    await schedule(us, 8)
    for (const region of [eu, ap]) await schedule(region, 7)
    partition.clock.advanceDays(15)
    await us.root.createAlias({ AliasName, TargetKeyId: await newKey(us.root) })
  })

  it("counts from when it was scheduled, where its replicas went before that", async () => {
    await us.root.cancelKeyDeletion({ KeyId })
    for (const region of [eu, ap]) await schedule(region, 7)
    partition.clock.advanceDays(20)
    await schedule(us, 8)
    partition.clock.advanceDays(3)
    expect(await metadataIn(us)).toMatchObject(waitingUntil(28))
  })

  it("waits on for a replica whose deletion was cancelled", async () => {
    for (const region of [eu, ap]) await schedule(region, 7)
    await metadataIn(us)
    await ap.root.cancelKeyDeletion({ KeyId })
    partition.clock.advanceDays(30)
    expect(await metadataIn(us)).toMatchObject(waiting)
    await schedule(ap, 7)
    partition.clock.advanceDays(7)
    expect(await metadataIn(us)).toMatchObject(waitingUntil(45))
  })

  it("comes back when that is asked for before its own waiting period is over", async () => {
    for (const region of [eu, ap]) await schedule(region, 7)
    partition.clock.advanceDays(14)
    await us.root.cancelKeyDeletion({ KeyId })
    const back = await metadataIn(us)
    expect(back).toMatchObject({ KeyState: "Disabled" })
    expect(back?.MultiRegionConfiguration?.ReplicaKeys).toEqual([])
    partition.clock.advanceDays(100)
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Disabled" })
  })

  it.each([
    ["the last one first", "eu-west-1"],
    ["the first one first", "ap-south-1"],
  ] as const)("begins to count at the same date when it hears of %s", async (_, silent) => {
    await schedule(eu, 7)
    await schedule(ap, 10)
    partition.clock.advanceDays(12)
    partition.cut(silent)
    expect(await metadataIn(us)).toMatchObject(waiting)
    partition.mend(silent)
    partition.clock.advanceMs(limits.restMs)
    expect(await metadataIn(us)).toMatchObject(waitingUntil(18))
  })

  it("counts to the same date when a sweep of the replica's region tells it", async () => {
    await schedule(eu, 7)
    await schedule(ap, 10)
    partition.clock.advanceDays(13)
    for (const { kms } of [ap, eu]) await kms.sweep()
    const [primary] = (await keysIn(us)).values()
    expect(primary).toMatchObject({ state: "PendingDeletion", deletionMs: dateOf(18).getTime() })
  })

  it("asks no region before anything can be due there", async () => {
    await schedule(eu, 7)
    await schedule(ap, 30)
    for (let calls = 0; calls < 5; calls += 1) await metadataIn(us)
    const asked = partition.sent.map(({ to }) => to)
    expect(asked).toEqual([...new Set(asked)])
    partition.clock.advanceMs(7 * dayMs - 1)
    for (let calls = 0; calls < 5; calls += 1) await metadataIn(us)
    expect(partition.sent).toHaveLength(asked.length)
    partition.clock.advanceMs(1)
    expect(await metadataIn(us)).toMatchObject({
      MultiRegionConfiguration: { ReplicaKeys: [{ Region: "ap-south-1" }] },
    })
  })

  it("goes on with what is there when no region answers, says so, and tries again later", async () => {
    for (const region of [eu, ap]) await schedule(region, 7)
    partition.clock.advanceDays(9)
    partition.cut("us-east-1")
    partition.sent.length = 0
    for (let calls = 0; calls < 5; calls += 1) {
      expect(await metadataIn(us)).toMatchObject(waiting)
    }
    expect(partition.sent).toHaveLength(2)
    expect(toldLate()).toHaveLength(2)
    partition.mend("us-east-1")
    expect(await metadataIn(us)).toMatchObject(waiting)
    partition.clock.advanceMs(limits.restMs)
    expect(await metadataIn(us)).toMatchObject(waitingUntil(15))
  })

  it("is waited for once when a region does not even answer, and not by every call", async () => {
    for (const region of [eu, ap]) await schedule(region, 7)
    partition.clock.advanceDays(9)
    partition.setWeather("ap-south-1", () => new Promise(() => undefined))
    expect(await metadataIn(us)).toMatchObject(waiting)
    const { length } = partition.sent
    expect(length).toBeGreaterThan(1)
    for (let calls = 0; calls < 5; calls += 1) {
      expect(await metadataIn(us)).toMatchObject(waiting)
    }
    expect(partition.sent).toHaveLength(length)
  })

  it("is told a date that lies ahead by a region whose clock is, and takes its own", async () => {
    const ahead = createClock(startMs + 40 * dayMs)
    const own = await openPartition(undefined, (name) =>
      name === "eu-west-1" ? { clock: ahead } : {},
    )
    const [here, there] = own.regions as [TestRegion, TestRegion]
    KeyId = await replicatedKey(own)
    await schedule(here, 8)
    await schedule(there, 7)
    own.clock.advanceDays(7)
    ahead.advanceDays(7)
    expect(await metadataIn(here)).toMatchObject(waitingUntil(15))
  })

  it("has events and audit of its deletion once it is swept, and no sooner", async () => {
    for (const region of [eu, ap]) await schedule(region, 7)
    partition.clock.advanceDays(15)
    await expectRefusal(us.root.describeKey({ KeyId }), "NotFoundException")
    expect(await us.kms.sweep()).toMatchObject({ keysDeleted: 1 })
    expect((await keysIn(us)).size).toBe(0)
    expect(events).toContainEqual(
      expect.objectContaining({ "detail-type": "KMS CMK Deletion", account, region: "us-east-1" }),
    )
  })
})
