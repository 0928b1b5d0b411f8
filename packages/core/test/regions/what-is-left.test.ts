import { beforeEach, describe, expect, it } from "vitest"
import { requestFormat } from "../../src/formats/regions/region-bodies.js"
import { parseRegionMessage } from "../../src/formats/regions/region-message.js"
import { keysIn } from "../support/agreement.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { dumpOf } from "../support/records.js"
import type { RegionName, TestRegion } from "../support/regions.js"

let partition: TestPartition
let us: TestRegion
let eu: TestRegion
let KeyId: string

beforeEach(async () => {
  partition = await openPartition()
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
  KeyId = await replicatedKey(partition)
})

const storedIn = async ({ storage }: TestRegion) => Object.keys(await dumpOf(storage)).toSorted()
const tombstonesIn = async (region: TestRegion) =>
  (await storedIn(region)).filter((key) => key.startsWith("gone/"))
const end = async ({ root }: TestRegion) => {
  await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  partition.clock.advanceDays(7)
}
const kindOf = (message: Uint8Array) => {
  const { body = new Uint8Array() } = parseRegionMessage(message) ?? {}
  return requestFormat.parse(body)?.kind
}
/** Everything that was ever said between regions arrives again. */
const repeatAll = async () => {
  for (const { to, message } of [...partition.sent]) {
    const { kms } = partition.region(to as RegionName)
    await kms.regions.receive(message)
  }
}

describe("of a replica that is gone", () => {
  it("nothing is left once its primary knows, and it is remembered until then", async () => {
    partition.cut("us-east-1")
    await end(eu)
    await eu.kms.sweep()
    expect(await tombstonesIn(eu)).toHaveLength(1)
    partition.mend("us-east-1")
    await partition.settle()
    for (const region of [us, eu]) expect(await tombstonesIn(region)).toEqual([])
  })

  it("the region hears that is its primary now, by way of the one that was", async () => {
    const three = await openPartition(["us-east-1", "eu-west-1", "ap-south-1"])
    const named = await replicatedKey(three)
    const [us, eu, ap] = (["us-east-1", "eu-west-1", "ap-south-1"] as const).map(three.region)
    three.cut("ap-south-1")
    await ap?.root.scheduleKeyDeletion({ KeyId: named, PendingWindowInDays: 7 })
    three.clock.advanceDays(7)
    await ap?.kms.sweep()
    await us?.root.updatePrimaryRegion({ KeyId: named, PrimaryRegion: "eu-west-1" })
    await us?.kms.sweep()
    three.mend("ap-south-1")
    // The one that was says where to ask, and that one is told then.
    await ap?.kms.sweep()
    await ap?.kms.sweep()
    expect((await keysIn(eu as TestRegion)).get(named)?.multiRegion).toMatchObject({
      primaryRegion: "eu-west-1",
      replicas: [{ region: "us-east-1" }],
    })
    const left = await storedIn(ap as TestRegion)
    expect(left.filter((key) => key.includes(named))).toEqual([])
  })

  it("nothing is left however often it is made again", async () => {
    const before = await storedIn(eu)
    for (let round = 0; round < 3; round += 1) {
      await end(eu)
      await partition.settle()
      await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    }
    expect(await storedIn(eu)).toEqual(before)
  })

  it("no old message makes another one, while its primary has not heard that it is gone", async () => {
    partition.setWeather("us-east-1", (message, pass) =>
      kindOf(message) === "gone" ? Promise.reject(new Error("lost")) : pass(message),
    )
    await end(eu)
    await eu.kms.sweep()
    const [primary] = (await keysIn(us)).values()
    expect(primary?.multiRegion?.replicas).toHaveLength(1)
    await repeatAll()
    expect((await keysIn(eu)).size).toBe(0)
  })

  it("no old message makes another one, when its primary is gone, too", async () => {
    await us.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await end(eu)
    partition.clock.advanceDays(7)
    await partition.settle()
    await repeatAll()
    for (const region of [us, eu]) {
      expect((await keysIn(region)).size).toBe(0)
      expect(await tombstonesIn(region)).toEqual([])
    }
  })
})

describe("a replica that is to be made", () => {
  it("is made once its primary can be asked whether it still is", async () => {
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    KeyId = KeyMetadata?.KeyId ?? ""
    partition.setWeather("us-east-1", () => Promise.reject(new Error("lost")))
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    expect((await keysIn(eu)).has(KeyId)).toBe(false)
    partition.setWeather("us-east-1", undefined)
    expect(await us.kms.sweep()).toMatchObject({ messagesDelivered: 1 })
    expect((await keysIn(eu)).get(KeyId)?.state).toBe("Enabled")
  })
})

it("when all related keys are gone, no region has anything of them", async () => {
  await us.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  await end(eu)
  partition.clock.advanceDays(7)
  await partition.settle()
  for (const region of [us, eu]) {
    expect((await storedIn(region)).filter((key) => key.includes(KeyId))).toEqual([])
  }
})
