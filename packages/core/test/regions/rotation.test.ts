import { beforeEach, describe, expect, it } from "vitest"
import { keyArnIn } from "../support/accounts.js"
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

const Plaintext = Uint8Array.of(4, 2)
const encryptIn = async ({ root }: TestRegion) => blobIn(await root.encrypt({ KeyId, Plaintext }))
const decryptIn = ({ root }: TestRegion, CiphertextBlob: Uint8Array) =>
  root.decrypt({ CiphertextBlob })
const currentIn = async ({ root }: TestRegion) =>
  (await root.describeKey({ KeyId })).KeyMetadata?.CurrentKeyMaterialId

describe("the rotation of a multi-Region key", () => {
  it("is set on the primary, and shown by every replica", async () => {
    await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    for (const { root } of [us, eu, ap]) {
      expect(await root.getKeyRotationStatus({ KeyId })).toMatchObject({
        KeyRotationEnabled: true,
        RotationPeriodInDays: 90,
        NextRotationDate: new Date(partition.clock.nowMs + 90 * dayMs),
      })
    }
    await us.root.disableKeyRotation({ KeyId })
    expect(await eu.root.getKeyRotationStatus({ KeyId })).toMatchObject({
      KeyRotationEnabled: false,
    })
  })

  it.each(["enableKeyRotation", "disableKeyRotation", "rotateKeyOnDemand"] as const)(
    "is the primary's business: %s is refused on a replica",
    async (method) => {
      const message = `${keyArnIn("eu-west-1", KeyId)} is not a multi-region primary key.`
      await expectRefusal(eu.root[method]({ KeyId }), "UnsupportedOperationException", message)
    },
  )

  it("on demand makes the same material current in every region, and old ciphertext still opens", async () => {
    const before = await currentIn(us)
    const old = await encryptIn(eu)
    await us.root.rotateKeyOnDemand({ KeyId })
    const current = await currentIn(us)
    expect(current).not.toBe(before)
    for (const region of [eu, ap]) {
      expect(await currentIn(region)).toBe(current)
      expect(await decryptIn(us, await encryptIn(region))).toMatchObject({ KeyMaterialId: current })
      expect(await decryptIn(region, old)).toMatchObject({ Plaintext, KeyMaterialId: before })
    }
    const [rotation] = (await eu.root.listKeyRotations({ KeyId })).Rotations ?? []
    expect(rotation).toMatchObject({ RotationType: "ON_DEMAND", KeyMaterialId: current })
  })

  it("that is due happens in the primary before its next use, and everywhere by it", async () => {
    await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    const before = await currentIn(us)
    partition.clock.advanceDays(91)
    const blob = await encryptIn(us)
    const current = await currentIn(us)
    expect(current).not.toBe(before)
    expect(await currentIn(eu)).toBe(current)
    expect(await decryptIn(ap, blob)).toMatchObject({ Plaintext, KeyMaterialId: current })
  })

  it("that is due happens by a sweep of the primary's region, too", async () => {
    await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    partition.clock.advanceDays(91)
    expect(await us.kms.sweep()).toMatchObject({ keysRotated: 1 })
    expect((await eu.root.listKeyRotations({ KeyId })).Rotations).toHaveLength(1)
    expect(await eu.kms.sweep()).toMatchObject({ keysRotated: 0 })
  })

  it("copies the new material to every replica before anything is encrypted under it", async () => {
    const before = await currentIn(us)
    let seen: (string | undefined)[] = []
    partition.setWeather("eu-west-1", async (message, pass) => {
      const answer = await pass(message)
      seen.push(await currentIn(eu))
      return answer
    })
    await us.root.rotateKeyOnDemand({ KeyId })
    const after = await currentIn(us)
    // Offered, copied, and only then told that it is current.
    expect(seen).toEqual([before, before, after])
    seen = []
    const { Rotations } = await us.root.listKeyRotations({
      KeyId,
      IncludeKeyMaterial: "ALL_KEY_MATERIAL",
    })
    expect(Rotations?.map(({ KeyMaterialState }) => KeyMaterialState)).toEqual([
      "NON_CURRENT",
      "CURRENT",
    ])
  })
})

describe("a region that is down while a key rotates", () => {
  it("delays its own replica and nothing else", async () => {
    partition.cut("eu-west-1")
    await us.root.rotateKeyOnDemand({ KeyId })
    const current = await currentIn(us)
    const blob = await encryptIn(us)
    expect(await decryptIn(ap, blob)).toMatchObject({ Plaintext, KeyMaterialId: current })
    expect(await currentIn(eu)).not.toBe(current)
    expect(await us.kms.sweep()).toMatchObject({ regionsUnreachable: ["eu-west-1"] })
  })

  it("asks to try again for what is encrypted meanwhile, and opens it once it has heard", async () => {
    partition.cut("eu-west-1")
    await us.root.rotateKeyOnDemand({ KeyId })
    const blob = await encryptIn(us)
    const refusal = await expectRefusal(decryptIn(eu, blob), "KeyUnavailableException")
    expect(refusal.retryable).toBe(true)
    const own = await encryptIn(eu)
    expect(await decryptIn(us, own)).toMatchObject({ Plaintext })
    partition.mend("eu-west-1")
    expect(await us.kms.sweep()).toMatchObject({ messagesDelivered: 1, regionsUnreachable: [] })
    expect(await decryptIn(eu, blob)).toMatchObject({ Plaintext })
    expect(await currentIn(eu)).toBe(await currentIn(us))
  })

  it("hears of several rotations at once", async () => {
    partition.cut("eu-west-1")
    const blobs: Uint8Array[] = []
    for (let i = 0; i < 3; i += 1) {
      await us.root.rotateKeyOnDemand({ KeyId })
      blobs.push(await encryptIn(us))
    }
    partition.mend("eu-west-1")
    expect(await us.kms.sweep()).toMatchObject({ messagesDelivered: 1 })
    for (const blob of blobs) expect(await decryptIn(eu, blob)).toMatchObject({ Plaintext })
  })

  it("and does not even answer is waited for once, not by every call", async () => {
    let hung = 0
    partition.setWeather("eu-west-1", () => {
      hung += 1
      return new Promise(() => undefined)
    })
    await us.root.rotateKeyOnDemand({ KeyId })
    await us.root.enableKeyRotation({ KeyId })
    await us.root.disableKeyRotation({ KeyId })
    expect(hung).toBe(1)
    expect(await currentIn(ap)).toBe(await currentIn(us))
    partition.setWeather("eu-west-1", undefined)
    await us.kms.sweep()
    expect(await currentIn(eu)).toBe(await currentIn(us))
  })
})
