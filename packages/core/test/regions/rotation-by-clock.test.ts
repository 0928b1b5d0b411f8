import { beforeEach, describe, expect, it, vi } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { keyRecordKey } from "../../src/formats/stored/key-records.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { limits } from "../../src/vocabulary/limits.js"
import { account, roleOf } from "../support/accounts.js"
import { keysIn } from "../support/agreement.js"
import { dayMs, startMs } from "../support/clock.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { readRecord, tamper } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import type { TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

/* Nothing is swept here, and nobody uses the primary: what is due there is true by the clock. */

let partition: TestPartition
let us: TestRegion
let eu: TestRegion
let ap: TestRegion
let KeyId: string
let first: string
let events: KmsEvent[]

const Plaintext = Uint8Array.of(4, 2)
const currentIn = async ({ root }: TestRegion) =>
  (await root.describeKey({ KeyId })).KeyMetadata?.CurrentKeyMaterialId ?? ""
const materialsIn = async (region: TestRegion) => (await keysIn(region)).get(KeyId)?.materials ?? []

beforeEach(async () => {
  events = []
  partition = await openPartition(["us-east-1", "eu-west-1", "ap-south-1"], () => ({
    events: (event) => void events.push(event),
  }))
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
  ap = partition.region("ap-south-1")
  KeyId = await replicatedKey(partition)
  await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
  first = await currentIn(us)
  partition.clock.advanceDays(91)
  partition.sent.length = 0
})

const RotationDate = new Date(startMs + 90 * dayMs)
const NextRotationDate = new Date(startMs + 180 * dayMs)
const toldLate = () =>
  events.filter(({ detail }) => "write" in detail && detail.write === "news of a region")

const uses: Readonly<Record<string, (client: KmsClient) => Promise<string | undefined>>> = {
  Encrypt: async (client) => {
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext })
    return (await client.decrypt({ CiphertextBlob: CiphertextBlob as Uint8Array })).KeyMaterialId
  },
  GenerateDataKey: async (client) =>
    (await client.generateDataKey({ KeyId, KeySpec: "AES_256" })).KeyMaterialId,
  GenerateDataKeyWithoutPlaintext: async (client) =>
    (await client.generateDataKeyWithoutPlaintext({ KeyId, KeySpec: "AES_256" })).KeyMaterialId,
  GenerateDataKeyPair: async (client) =>
    (await client.generateDataKeyPair({ KeyId, KeyPairSpec: "ECC_NIST_P256" })).KeyMaterialId,
  "ReEncrypt to it": async (client) => {
    const other = (await client.createKey()).KeyMetadata?.KeyId ?? ""
    const CiphertextBlob = blobIn(await client.encrypt({ KeyId: other, Plaintext }))
    const moved = await client.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId })
    return moved.DestinationKeyMaterialId
  },
}

describe("a replica whose primary has to rotate", () => {
  it.each(Object.keys(uses))("is used under the new material: %s", async (name) => {
    const used = await uses[name]?.(eu.root)
    expect(used).not.toBe(first)
    expect(await currentIn(us)).toBe(used)
    expect(await materialsIn(us)).toHaveLength(2)
  })

  it("shows the rotation in ListKeyRotations", async () => {
    const { Rotations } = await eu.root.listKeyRotations({ KeyId })
    expect(Rotations).toMatchObject([{ RotationDate, RotationType: "AUTOMATIC" }])
  })

  it("shows the next rotation in GetKeyRotationStatus", async () => {
    expect(await eu.root.getKeyRotationStatus({ KeyId })).toMatchObject({ NextRotationDate })
  })

  it("shows the new material in DescribeKey, as every other replica does", async () => {
    const current = await currentIn(eu)
    expect(current).not.toBe(first)
    expect(await currentIn(ap)).toBe(current)
    expect(await currentIn(us)).toBe(current)
  })

  it("opens what was encrypted before, and in every region", async () => {
    const blobs = [eu, ap, us].map(({ root }) => root.encrypt({ KeyId, Plaintext }).then(blobIn))
    for (const CiphertextBlob of await Promise.all(blobs)) {
      for (const { root } of partition.regions) {
        expect(await root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext })
      }
    }
    expect(await materialsIn(us)).toHaveLength(2)
  })

  it("asks hardly more than once for many calls at once, and no more when it knows", async () => {
    const asking = Array.from({ length: 20 }, () => eu.root.encrypt({ KeyId, Plaintext }))
    await Promise.all(asking)
    const asked = () => partition.sent.filter(({ to }) => to === "us-east-1").length
    const askedAtOnce = asked()
    // A call that begins when half of the news has come asks for the other half.
    expect([1, 2]).toContain(askedAtOnce)
    partition.clock.advanceDays(80)
    await eu.root.encrypt({ KeyId, Plaintext })
    expect(asked()).toBe(askedAtOnce)
  })

  it("asks nobody for a dry run, nor for a caller who may not use it", async () => {
    const refused = eu.root.encrypt({ KeyId, Plaintext, DryRun: true })
    await expectRefusal(refused, "DryRunOperationException")
    const stranger = eu.kms.as(roleOf(account))
    await expectRefusal(stranger.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    expect(partition.sent).toEqual([])
    expect(await materialsIn(us)).toHaveLength(1)
  })

  it("stays under its material while the primary is disabled, and asks now and then", async () => {
    partition.clock.nowMs = startMs
    await us.root.disableKey({ KeyId })
    partition.clock.advanceDays(91)
    for (let calls = 0; calls < 5; calls += 1) expect(await currentIn(eu)).toBe(first)
    expect(partition.sent).toHaveLength(1)
    partition.clock.advanceMs(limits.restMs)
    expect(await currentIn(eu)).toBe(first)
    expect(partition.sent).toHaveLength(2)
    await us.root.enableKey({ KeyId })
    expect(await currentIn(eu)).not.toBe(first)
  })

  it("goes on with what is there when its primary does not answer, says so, and tries again later", async () => {
    partition.cut("us-east-1")
    for (let calls = 0; calls < 5; calls += 1) expect(await currentIn(eu)).toBe(first)
    expect(partition.sent).toHaveLength(1)
    partition.clock.advanceMs(limits.restMs)
    for (let calls = 0; calls < 5; calls += 1) expect(await currentIn(eu)).toBe(first)
    expect(partition.sent).toHaveLength(2)
    expect(toldLate()).toHaveLength(1)
    const blob = blobIn(await eu.root.encrypt({ KeyId, Plaintext }))
    partition.mend("us-east-1")
    partition.clock.advanceMs(limits.restMs)
    expect(await currentIn(eu)).not.toBe(first)
    expect(await us.root.decrypt({ CiphertextBlob: blob })).toMatchObject({ Plaintext })
  })

  it("waits once for a primary that does not even answer, and not with every call", async () => {
    partition.setWeather("us-east-1", () => new Promise(() => undefined))
    for (let calls = 0; calls < 5; calls += 1) expect(await currentIn(eu)).toBe(first)
    expect(partition.sent).toHaveLength(1)
  })

  it("does not wait for a third region that does not answer its primary", async () => {
    partition.setWeather("ap-south-1", () => new Promise(() => undefined))
    await eu.root.encrypt({ KeyId, Plaintext })
    // The primary gives the third region its time, and every call here is answered meanwhile.
    await vi.waitFor(
      async () => {
        partition.clock.advanceMs(limits.restMs)
        expect(await currentIn(eu)).not.toBe(first)
      },
      { timeout: 300_000 },
    )
  })

  it("hears of a rotation of which the message was lost", async () => {
    partition.cut("eu-west-1")
    const current = await currentIn(us)
    expect(current).not.toBe(first)
    partition.mend("eu-west-1")
    expect(await currentIn(eu)).toBe(current)
  })

  it("takes the primary's word for nothing that it did not do", async () => {
    partition.setWeather("us-east-1", () => Promise.resolve(new Uint8Array(100)))
    expect(await currentIn(eu)).toBe(first)
    expect(await eu.root.getKeyRotationStatus({ KeyId })).toMatchObject({
      NextRotationDate: RotationDate,
    })
  })
})

it("a region that has no replica of a key makes no primary rotate", async () => {
  const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
  const id = KeyMetadata?.KeyId ?? ""
  await us.root.replicateKey({ KeyId: id, ReplicaRegion: "eu-west-1" })
  await us.root.enableKeyRotation({ KeyId: id, RotationPeriodInDays: 90 })
  partition.clock.advanceDays(91)
  const replica = await readRecord(eu.storage, keyRecordKey(account, id))
  const materials = (await readRecord(ap.storage, keyRecordKey(account, KeyId))).value["materials"]
  await tamper(ap.storage, keyRecordKey(account, id), {
    ...replica,
    value: { ...replica.value, materials },
  })
  const before = partition.sent.length
  await ap.root.describeKey({ KeyId: id })
  expect(partition.sent).toHaveLength(before + 1)
  expect((await keysIn(us)).get(id)?.materials).toHaveLength(1)
})
