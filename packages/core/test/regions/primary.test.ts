import { beforeEach, describe, expect, it } from "vitest"
import type { KmsOptions } from "../../src/kms-options.js"
import { account, keyArnIn, rootOf, userOf } from "../support/accounts.js"
import { dayMs } from "../support/clock.js"
import { importMaterial, wrappedMaterial } from "../support/importing.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { keyPolicyOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import type { RegionName, TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"
import { newKey } from "../support/world.js"

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
const relationIn = async (region: TestRegion) => {
  const { MultiRegionConfiguration } = (await metadataIn(region)) ?? {}
  const { MultiRegionKeyType: type, PrimaryKey, ReplicaKeys } = MultiRegionConfiguration ?? {}
  return { type, primary: PrimaryKey?.Region, replicas: ReplicaKeys?.map(({ Region }) => Region) }
}
const move = ({ root }: TestRegion, PrimaryRegion: RegionName) =>
  root.updatePrimaryRegion({ KeyId, PrimaryRegion })

describe("UpdatePrimaryRegion", () => {
  it("makes a replica the primary and the primary a replica, and everyone hears of it", async () => {
    await move(us, "eu-west-1")
    await partition.settle()
    const replicas = ["ap-south-1", "us-east-1"]
    expect(await relationIn(eu)).toEqual({ type: "PRIMARY", primary: "eu-west-1", replicas })
    for (const region of [us, ap]) {
      expect(await relationIn(region)).toEqual({ type: "REPLICA", primary: "eu-west-1", replicas })
      expect(await metadataIn(region)).toMatchObject({ KeyState: "Enabled" })
    }
    await eu.root.rotateKeyOnDemand({ KeyId })
    const CiphertextBlob = blobIn(await eu.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    for (const { root } of [us, ap]) await root.decrypt({ CiphertextBlob })
    await expectRefusal(us.root.rotateKeyOnDemand({ KeyId }), "UnsupportedOperationException")
  })

  it("can be done again and again, all the way round and back", async () => {
    await move(us, "eu-west-1")
    await partition.settle()
    await move(eu, "ap-south-1")
    await partition.settle()
    await move(ap, "us-east-1")
    await partition.settle()
    const replicas = ["ap-south-1", "eu-west-1"]
    expect(await relationIn(us)).toEqual({ type: "PRIMARY", primary: "us-east-1", replicas })
    expect(await relationIn(eu)).toEqual({ type: "REPLICA", primary: "us-east-1", replicas })
    expect(await relationIn(ap)).toEqual({ type: "REPLICA", primary: "us-east-1", replicas })
  })

  it("to where the primary is already changes nothing", async () => {
    await move(us, "us-east-1")
    expect(await relationIn(us)).toMatchObject({ type: "PRIMARY" })
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Enabled" })
  })

  it("is refused on a replica, and to a region without one", async () => {
    const message = `${keyArnIn("eu-west-1", KeyId)} is not a multi-region primary key.`
    await expectRefusal(move(eu, "ap-south-1"), "UnsupportedOperationException", message)
    const other = await openPartition()
    const { KeyMetadata } = await (other.regions[0] as TestRegion).root.createKey({
      MultiRegion: true,
    })
    const call = (other.regions[0] as TestRegion).root.updatePrimaryRegion({
      KeyId: KeyMetadata?.KeyId ?? "",
      PrimaryRegion: "eu-west-1",
    })
    await expectRefusal(call, "NotFoundException")
  })

  it("is refused when the replica is disabled, in the words of its region", async () => {
    await eu.root.disableKey({ KeyId })
    const message = `${keyArnIn("eu-west-1", KeyId)} is disabled.`
    await expectRefusal(move(us, "eu-west-1"), "DisabledException", message)
    expect(await relationIn(us)).toMatchObject({ type: "PRIMARY" })
  })

  it("is refused with a retryable failure when the region does not answer, and nothing changes", async () => {
    partition.cut("eu-west-1")
    const failure = await expectRefusal(move(us, "eu-west-1"), "KMSInternalException")
    expect(failure.retryable).toBe(true)
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Enabled" })
    expect(await relationIn(us)).toMatchObject({ type: "PRIMARY" })
    partition.mend("eu-west-1")
    await move(us, "eu-west-1")
    expect(await relationIn(eu)).toMatchObject({ type: "PRIMARY" })
  })

  it("needs the permission on both keys", async () => {
    const user = userOf(account, "dave")
    const Action = "kms:UpdatePrimaryRegion"
    const policies = [
      { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "kms:*", Resource: "*" } },
    ]
    const identities = { [user]: { policies } } as KmsOptions["identities"]
    const own = await openPartition(undefined, () => ({ identities }))
    const [here, there] = own.regions as [TestRegion, TestRegion]
    const id = await replicatedKey(own)
    const call = () =>
      here.kms.as(user).updatePrimaryRegion({ KeyId: id, PrimaryRegion: "eu-west-1" })
    const admin = { Principal: { AWS: rootOf(account) } }
    const denied = (Condition?: Record<string, Record<string, unknown>>) =>
      keyPolicyOf(admin, {
        Effect: "Deny",
        Principal: { AWS: user },
        Action,
        ...(Condition && { Condition }),
      })
    await there.root.putKeyPolicy({ KeyId: id, Policy: denied() })
    const refusal = await expectRefusal(call(), "AccessDeniedException")
    expect(refusal.message).toContain(keyArnIn("eu-west-1", id))
    const elsewhere = { StringEquals: { "kms:PrimaryRegion": "ap-south-1" } }
    await there.root.putKeyPolicy({ KeyId: id, Policy: denied(elsewhere) })
    await here.root.putKeyPolicy({ KeyId: id, Policy: denied() })
    expect((await expectRefusal(call(), "AccessDeniedException")).message).toContain(
      keyArnIn("us-east-1", id),
    )
    await here.root.putKeyPolicy({ KeyId: id, Policy: denied(elsewhere) })
    await call()
  })
})

describe("a primary region that is changing", () => {
  /** The message that hands over is lost; that which asked whether it may, was not. */
  const loseHandover = () => {
    let passed = 0
    partition.setWeather("eu-west-1", (message, pass) => {
      passed += 1
      return passed === 1 ? pass(message) : Promise.reject(new Error("lost"))
    })
  }

  it("shows the key as updating: used, and neither toggled nor replicated nor deleted", async () => {
    loseHandover()
    await move(us, "eu-west-1")
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Updating", Enabled: false })
    expect(await relationIn(us)).toMatchObject({ type: "REPLICA", primary: "eu-west-1" })
    expect(await relationIn(eu)).toMatchObject({ type: "REPLICA" })
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await us.root.decrypt({ CiphertextBlob })
    const message = `${keyArnIn("us-east-1", KeyId)} is updating.`
    for (const call of [
      () => us.root.disableKey({ KeyId }),
      () => us.root.enableKey({ KeyId }),
      () => us.root.scheduleKeyDeletion({ KeyId }),
    ]) {
      await expectRefusal(call(), "KMSInvalidStateException", message)
    }
    await expectRefusal(us.root.rotateKeyOnDemand({ KeyId }), "UnsupportedOperationException")
  })

  it("is not deleted while its imported material is gone: there would be no primary", async () => {
    KeyId = await newKey(us.root, { MultiRegion: true, Origin: "EXTERNAL" })
    const ValidTo = new Date(partition.clock.nowMs + dayMs / 2)
    await importMaterial(us.root, KeyId, { ValidTo })
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await importMaterial(eu.root, KeyId)
    const again = await wrappedMaterial(us.root, KeyId)
    loseHandover()
    await move(us, "eu-west-1")
    partition.clock.advanceMs(dayMs / 2)
    const isNotDeleted = async () => {
      const message = `${keyArnIn("us-east-1", KeyId)} is updating.`
      const call = us.root.scheduleKeyDeletion({ KeyId })
      await expectRefusal(call, "KMSInvalidStateException", message)
    }
    expect(await metadataIn(us)).toMatchObject({ KeyState: "PendingImport" })
    await isNotDeleted()
    await us.root.importKeyMaterial(again)
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Updating" })
    await isNotDeleted()
    partition.setWeather("eu-west-1", undefined)
    await partition.settle()
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Enabled" })
    expect(await relationIn(eu)).toMatchObject({ type: "PRIMARY" })
    await us.root.scheduleKeyDeletion({ KeyId })
  })

  it("is finished by a sweep once the new region answers", async () => {
    loseHandover()
    await move(us, "eu-west-1")
    partition.setWeather("eu-west-1", undefined)
    await partition.settle()
    expect(await relationIn(eu)).toMatchObject({ type: "PRIMARY" })
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Enabled" })
  })

  it("never has two primaries, also when the answer of the new one is lost", async () => {
    let passed = 0
    partition.setWeather("eu-west-1", async (message, pass) => {
      passed += 1
      const answer = await pass(message)
      if (passed === 2) throw new Error("the answer is lost")
      return answer
    })
    await move(us, "eu-west-1")
    expect(await relationIn(eu)).toMatchObject({ type: "PRIMARY" })
    expect(await relationIn(us)).toMatchObject({ type: "REPLICA" })
    await partition.settle()
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Enabled" })
    expect(await relationIn(eu)).toMatchObject({ type: "PRIMARY" })
  })

  it("goes back when the replica was scheduled for deletion before it heard", async () => {
    loseHandover()
    await move(us, "eu-west-1")
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.setWeather("eu-west-1", undefined)
    await partition.settle()
    const replicas = ["ap-south-1", "eu-west-1"]
    expect(await relationIn(us)).toEqual({ type: "PRIMARY", primary: "us-east-1", replicas })
    expect(await metadataIn(us)).toMatchObject({ KeyState: "Enabled" })
    partition.clock.advanceDays(7)
    await partition.settle()
    expect(await relationIn(us)).toEqual({
      type: "PRIMARY",
      primary: "us-east-1",
      replicas: ["ap-south-1"],
    })
  })

  it("goes back for good: the message that was rejected is rejected whenever it comes again", async () => {
    loseHandover()
    await move(us, "eu-west-1")
    const handover = partition.sent.at(-1)?.message ?? new Uint8Array()
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    let passed = 0
    partition.setWeather("eu-west-1", (message, pass) => {
      passed += 1
      return passed === 1 ? pass(message) : Promise.reject(new Error("lost"))
    })
    await us.kms.sweep()
    expect(await relationIn(us)).toMatchObject({ type: "PRIMARY" })
    await eu.root.cancelKeyDeletion({ KeyId })
    await eu.root.enableKey({ KeyId })
    await eu.kms.regions.receive(handover)
    expect(await relationIn(eu)).toMatchObject({ type: "REPLICA" })
    partition.setWeather("eu-west-1", undefined)
    await partition.settle()
    expect(await relationIn(eu)).toMatchObject({ type: "REPLICA", primary: "us-east-1" })
  })

  it("is not begun while a replica is still to be made", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    KeyId = KeyMetadata?.KeyId ?? ""
    await us.root.replicateKey({ KeyId, ReplicaRegion: "ap-south-1" })
    partition.cut("eu-west-1")
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    const message = `${keyArnIn("eu-west-1", KeyId)} is creating.`
    await expectRefusal(move(us, "ap-south-1"), "KMSInvalidStateException", message)
    partition.mend("eu-west-1")
    await partition.settle()
    await move(us, "ap-south-1")
    expect(await relationIn(ap)).toMatchObject({ type: "PRIMARY" })
  })

  it("is heard of in the end by a region that was down all the while", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    KeyId = KeyMetadata?.KeyId ?? ""
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    partition.cut("eu-west-1")
    await us.root.replicateKey({ KeyId, ReplicaRegion: "ap-south-1" })
    await move(us, "ap-south-1")
    await ap.root.rotateKeyOnDemand({ KeyId })
    partition.mend("eu-west-1")
    await partition.settle()
    expect(await relationIn(eu)).toMatchObject({ type: "REPLICA", primary: "ap-south-1" })
  })

  it("goes back when the replica is gone, and the rest of the keys follow", async () => {
    loseHandover()
    await move(us, "eu-west-1")
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.clock.advanceDays(7)
    partition.setWeather("eu-west-1", undefined)
    await partition.settle()
    const relation = { primary: "us-east-1", replicas: ["ap-south-1"] }
    expect(await relationIn(us)).toEqual({ type: "PRIMARY", ...relation })
    expect(await relationIn(ap)).toEqual({ type: "REPLICA", ...relation })
  })
})
