import { beforeEach, describe, expect, it } from "vitest"
import { dayMs } from "../support/clock.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { expectRefusal } from "../support/refusals.js"
import type { TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

let partition: TestPartition
let us: TestRegion
let eu: TestRegion
let ap: TestRegion
let KeyId: string

beforeEach(async () => {
  partition = await openPartition(["us-east-1", "eu-west-1", "ap-south-1"])
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
  ap = partition.region("ap-south-1")
  KeyId = await replicatedKey(partition)
})

const metadataIn = async ({ root }: TestRegion) => (await root.describeKey({ KeyId })).KeyMetadata
const schedule = ({ root }: TestRegion) =>
  root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })

describe("a primary key with replicas", () => {
  it("waits for them before its waiting period begins", async () => {
    await us.root.enableKeyRotation({ KeyId })
    expect(await schedule(us)).toMatchObject({
      KeyState: "PendingReplicaDeletion",
      PendingWindowInDays: 7,
    })
    expect(await schedule(eu)).toMatchObject({ KeyState: "PendingDeletion" })
    const waiting = await metadataIn(us)
    expect(waiting).toMatchObject({
      KeyState: "PendingReplicaDeletion",
      PendingDeletionWindowInDays: 7,
    })
    expect(waiting).not.toHaveProperty("DeletionDate")
    const { KeyRotationEnabled } = await us.root.getKeyRotationStatus({ KeyId })
    expect(KeyRotationEnabled).toBe(false)
    partition.clock.advanceDays(100)
    await partition.settle()
    expect(await metadataIn(us)).toMatchObject({ KeyState: "PendingReplicaDeletion" })

    await schedule(ap)
    partition.clock.advanceDays(7)
    const after = await metadataIn(us)
    expect(after).toMatchObject({
      KeyState: "PendingDeletion",
      DeletionDate: new Date(partition.clock.nowMs + 7 * dayMs),
    })
    expect(after).not.toHaveProperty("PendingDeletionWindowInDays")
    partition.clock.advanceDays(7)
    await expectRefusal(us.root.describeKey({ KeyId }), "NotFoundException")
  })

  it("is not used while it waits, and its replicas are", async () => {
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await schedule(us)
    const message = /is pending deletion\.$/
    await expectRefusal(us.root.decrypt({ CiphertextBlob }), "KMSInvalidStateException", message)
    await expectRefusal(
      us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" }),
      "KMSInvalidStateException",
      message,
    )
    await expectRefusal(schedule(us), "KMSInvalidStateException", message)
    await eu.root.decrypt({ CiphertextBlob })
  })

  it("comes back disabled when its deletion is cancelled", async () => {
    await schedule(us)
    await us.root.cancelKeyDeletion({ KeyId })
    const back = await metadataIn(us)
    expect(back).toMatchObject({ KeyState: "Disabled" })
    expect(back).not.toHaveProperty("PendingDeletionWindowInDays")
  })

  it("learns late of its last replica's date when that region could not be heard, and counts from it", async () => {
    await schedule(us)
    await schedule(eu)
    await schedule(ap)
    partition.clock.advanceDays(7)
    partition.cut("ap-south-1")
    await partition.regions[1]?.kms.sweep()
    await ap.kms.sweep()
    expect(await metadataIn(us)).toMatchObject({ KeyState: "PendingReplicaDeletion" })
    partition.clock.advanceDays(3)
    partition.mend("ap-south-1")
    await partition.settle()
    expect(await metadataIn(us)).toMatchObject({
      KeyState: "PendingDeletion",
      DeletionDate: new Date(partition.clock.nowMs + 4 * dayMs),
    })
  })
})

describe("a replica", () => {
  it("goes at any time, and the others go on", async () => {
    await schedule(eu)
    partition.clock.advanceDays(7)
    await partition.settle()
    const ReplicaKeys = [expect.objectContaining({ Region: "ap-south-1" })]
    for (const region of [us, ap]) {
      expect(await metadataIn(region)).toMatchObject({
        KeyState: "Enabled",
        MultiRegionConfiguration: { ReplicaKeys },
      })
    }
  })

  it("that was deleted can be made again, and opens what it opened before", async () => {
    const CiphertextBlob = blobIn(await eu.root.encrypt({ KeyId, Plaintext: Uint8Array.of(9) }))
    await schedule(eu)
    partition.clock.advanceDays(7)
    await partition.settle()
    await expectRefusal(eu.root.decrypt({ CiphertextBlob }), "AccessDeniedException")
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    expect(await eu.root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext: Uint8Array.of(9) })
  })

  it("that waits for its deletion still follows its primary", async () => {
    await schedule(eu)
    await us.root.rotateKeyOnDemand({ KeyId })
    const current = (await metadataIn(us))?.CurrentKeyMaterialId
    expect(await metadataIn(eu)).toMatchObject({
      KeyState: "PendingDeletion",
      CurrentKeyMaterialId: current,
    })
    await eu.root.cancelKeyDeletion({ KeyId })
    await eu.root.enableKey({ KeyId })
    const CiphertextBlob = blobIn(await eu.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await us.root.decrypt({ CiphertextBlob })
  })
})
