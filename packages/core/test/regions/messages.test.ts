import { beforeEach, describe, expect, it } from "vitest"
import { requestFormat } from "../../src/formats/regions/region-bodies.js"
import { parseRegionMessage } from "../../src/formats/regions/region-message.js"
import { keyRecordKey } from "../../src/formats/stored/key-records.js"
import { account } from "../support/accounts.js"
import { expectAgreement, keysIn } from "../support/agreement.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { dumpOf, readRecord, tamper } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { hsmOf, openRegion, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

let partition: TestPartition
let us: TestRegion
let eu: TestRegion
let ap: TestRegion

beforeEach(async () => {
  partition = await openPartition(["us-east-1", "eu-west-1", "ap-south-1"])
  us = partition.region("us-east-1")
  eu = partition.region("eu-west-1")
  ap = partition.region("ap-south-1")
})

/** A key in `us` with a replica in `eu` only. */
async function replicatedTo(region: TestRegion): Promise<string> {
  const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId ?? ""
  await us.root.replicateKey({ KeyId, ReplicaRegion: region.name })
  return KeyId
}

const receive = ({ kms }: TestRegion, message: Uint8Array) => kms.regions.receive(message)
const notGenuine = { name: "RegionError", code: "not-genuine" }
/** What a region stores, but for offers that nobody will take. */
const storedIn = async ({ storage }: TestRegion) => {
  const all = Object.entries(await dumpOf(storage))
  return Object.fromEntries(all.filter(([key]) => !key.startsWith("offer/")))
}
const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

describe("a message between regions", () => {
  it("that comes again changes nothing, however old it is", async () => {
    const KeyId = await replicatedKey(partition)
    await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    await us.root.rotateKeyOnDemand({ KeyId })
    await us.root.disableKeyRotation({ KeyId })
    await us.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" })
    await partition.settle()
    await eu.root.rotateKeyOnDemand({ KeyId })
    await partition.settle()
    const before = await Promise.all(partition.regions.map(storedIn))
    const sent = [...partition.sent]
    expect(sent.length).toBeGreaterThan(10)
    for (const { to, message } of sent.toReversed()) {
      await receive(partition.region(to as typeof us.name), message)
    }
    expect(await Promise.all(partition.regions.map(storedIn))).toEqual(before)
  })

  it("that made a replica does not bring it back when it was deleted", async () => {
    const KeyId = await replicatedTo(eu)
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.clock.advanceDays(7)
    await partition.settle()
    for (const { to, message } of [...partition.sent]) {
      await receive(partition.region(to as typeof us.name), message)
    }
    await expectRefusal(eu.root.describeKey({ KeyId }), "NotFoundException")
    expect((await keysIn(us)).get(KeyId)?.multiRegion?.replicas).toEqual([])
    await us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await expectAgreement(partition)
  })

  it("that was overtaken by a newer one is left aside", async () => {
    const KeyId = await replicatedTo(eu)
    const held: Uint8Array[] = []
    partition.setWeather("eu-west-1", (message) => {
      held.push(message)
      return Promise.reject(new Error("late"))
    })
    await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
    partition.setWeather("eu-west-1", undefined)
    await us.root.enableKeyRotation({ KeyId, RotationPeriodInDays: 200 })
    await us.kms.sweep()
    expect(held).toHaveLength(1)
    for (const message of held) await receive(eu, message)
    const status = await eu.root.getKeyRotationStatus({ KeyId })
    expect(status).toMatchObject({ RotationPeriodInDays: 200 })
  })

  it("is refused when any part of it was changed, and nothing happens", async () => {
    const KeyId = await replicatedTo(eu)
    await us.root.rotateKeyOnDemand({ KeyId })
    const before = await storedIn(eu)
    const messages = partition.sent.filter(({ to }) => to === "eu-west-1")
    for (const [i, { message }] of messages.entries()) {
      for (let bit = i; bit < message.length * 8; bit += 997) {
        await expect(receive(eu, flip(message, bit))).rejects.toMatchObject(notGenuine)
      }
      await expect(receive(eu, message.subarray(1))).rejects.toMatchObject(notGenuine)
      await expect(receive(eu, message.subarray(0, -1))).rejects.toMatchObject(notGenuine)
    }
    expect(await storedIn(eu)).toEqual(before)
  })

  it("is refused by every region but the one that it is for", async () => {
    await replicatedTo(eu)
    for (const { to, message } of [...partition.sent]) {
      for (const region of partition.regions.filter(({ name }) => name !== to)) {
        await expect(receive(region, message)).rejects.toMatchObject(notGenuine)
      }
    }
  })

  it("is refused from a region that was never connected, and from one with another key", async () => {
    await replicatedTo(eu)
    const stranger = await openRegion("eu-west-1")
    const lone = await openRegion("us-east-1")
    const { message } = partition.sent[0] ?? { message: new Uint8Array() }
    await expect(receive(stranger, message)).rejects.toMatchObject(notGenuine)
    const replicationKey = await lone.kms.regions.replicationKey()
    const link = { deliver: (bytes: Uint8Array) => receive(lone, bytes) }
    await stranger.kms.regions.connect({ region: "us-east-1", replicationKey, link })
    await expect(receive(stranger, message)).rejects.toMatchObject(notGenuine)
  })

  it("that is an answer is taken for no request", async () => {
    await replicatedTo(eu)
    for (const { from, answer = new Uint8Array() } of [...partition.sent]) {
      expect(parseRegionMessage(answer)?.kind).toBe("reply")
      const region = partition.region(from as typeof us.name)
      await expect(receive(region, answer)).rejects.toMatchObject(notGenuine)
    }
  })

  it.each([undefined, "text", new Uint8Array(0), Uint8Array.of(0x4b, 0x52, 1), {}])(
    "must be one at all: %s is refused",
    async (nonsense) => {
      await expect(receive(us, nonsense as Uint8Array)).rejects.toMatchObject(notGenuine)
    },
  )
})

describe("an answer", () => {
  it("that was changed, or belongs to another message, counts as none", async () => {
    const KeyId = await replicatedTo(eu)
    const [, { answer: older = new Uint8Array() } = {}] = partition.sent
    for (const change of [(bytes: Uint8Array) => flip(bytes, 400), () => older]) {
      partition.setWeather("eu-west-1", async (message, pass) => change(await pass(message)))
      await us.root.enableKeyRotation({ KeyId })
      expect(await us.kms.sweep()).toMatchObject({
        messagesDelivered: 0,
        regionsUnreachable: ["eu-west-1"],
      })
    }
    partition.setWeather("eu-west-1", undefined)
    await partition.settle()
    await expectAgreement(partition)
  })
})

describe("a region that says what it may not say", () => {
  /** Makes `ap` believe that a key of `us` is its own, and sends what it says of it. */
  async function impersonate(KeyId: string, replicas: unknown): Promise<void> {
    const own = await ap.root.createKey({ MultiRegion: true })
    const ownId = own.KeyMetadata?.KeyId ?? ""
    const { v, value } = await readRecord(ap.storage, keyRecordKey(account, ownId))
    const multiRegion = {
      ...(value["multiRegion"] as object),
      version: 1000,
      replicas,
      primaryRegion: "ap-south-1",
    }
    const forged = { v, value: { ...value, keyId: KeyId, multiRegion } }
    await tamper(ap.storage, keyRecordKey(account, KeyId), forged)
    const entry = { v: 1, value: { account, keyId: KeyId, region: "eu-west-1" } }
    await tamper(ap.storage, `outbox/eu-west-1/${account}/${KeyId}`, entry)
  }

  it("is not followed when it is neither the primary nor a replica of the key", async () => {
    const KeyId = await replicatedTo(eu)
    const before = await storedIn(eu)
    const since = (await keysIn(eu)).get(KeyId)?.multiRegion?.since
    await impersonate(KeyId, [{ region: "eu-west-1", since }])
    expect(await ap.kms.sweep()).toMatchObject({ messagesDelivered: 0, regionsUnreachable: [] })
    expect(partition.sent.at(-1)).toMatchObject({ from: "ap-south-1", to: "eu-west-1" })
    expect(await storedIn(eu)).toEqual(before)
  })

  it("does not get a key material that it has no replica for", async () => {
    const KeyId = await replicatedTo(eu)
    const fromUs = partition.sent.filter(
      ({ from, to }) => from === "us-east-1" && to !== "eu-west-1",
    )
    expect(fromUs).toEqual([])
    expect((await keysIn(ap)).get(KeyId)).toBeUndefined()
  })
})

describe("whoever can write the storage of a region", () => {
  it("cannot make it trust another replication key", async () => {
    const thief = await openRegion("eu-west-1")
    // Another domain has endorsed the thief, and this one never did.
    const fence = await openRegion("us-east-1", { hsm: hsmOf("a thief") })
    const stolenKey = await thief.kms.regions.replicationKey()
    const nowhere = { deliver: () => Promise.reject(new Error("nobody is there")) }
    await fence.kms.regions.connect({
      region: "eu-west-1",
      replicationKey: stolenKey,
      link: nowhere,
    })
    const endorsed = await readRecord(fence.storage, "region/eu-west-1")
    const genuine = await readRecord(us.storage, "region/eu-west-1")
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    const replicationKey = await us.kms.regions.replicationKey()
    const link = { deliver: (bytes: Uint8Array) => receive(us, bytes) }
    await thief.kms.regions.connect({ region: "us-east-1", replicationKey, link })
    partition.setWeather("eu-west-1", (message) => receive(thief, message))
    await tamper(us.storage, "region/eu-west-1", endorsed)
    const replicating = () => us.root.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    await expectRefusal(replicating(), "ValidationException")
    await tamper(us.storage, "region/eu-west-1", genuine)
    await replicating()
    await tamper(us.storage, "region/eu-west-1", endorsed)
    expect(await us.kms.sweep()).toMatchObject({ regionsUnreachable: ["eu-west-1"] })
    // It was told what the key is called, and not given the key.
    expect((await keysIn(thief)).size).toBe(0)
    const requests = partition.sent.map(({ message }) => parseRegionMessage(message)?.body)
    const told = requests.flatMap((body) => (body && requestFormat.parse(body)) ?? [])
    expect(told.map(({ kind, keyId }) => [kind, keyId])).toContainEqual(["synchronize", KeyId])
    expect(told.filter((one) => "transfer" in one && one.transfer !== undefined)).toEqual([])
  })

  it("cannot make it say that another replication key is its own", async () => {
    const thief = await openRegion("us-east-1", { hsm: hsmOf("a thief") })
    await thief.kms.regions.replicationKey()
    const replaced = await readRecord(thief.storage, "replication")
    await tamper(us.storage, "replication", replaced)
    await expect(us.kms.regions.replicationKey()).rejects.toThrow(
      "the key token is under another domain",
    )
    const publicKey = Buffer.from(new Uint8Array(32)).toString("base64")
    const value = { ...replaced.value, publicKey }
    await tamper(us.storage, "replication", { ...replaced, value })
    await expect(us.kms.regions.replicationKey()).rejects.toThrow("the replication key record")
  })

  it("cannot put the endorsement of one region in the place of another's", async () => {
    const KeyId = await replicatedTo(eu)
    const known = await readRecord(us.storage, "region/ap-south-1")
    const value = { ...known.value, region: "eu-west-1" }
    await tamper(us.storage, "region/eu-west-1", { v: 1, value })
    const failed = us.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" })
    await expectRefusal(failed, "KMSInternalException")
    expect((await keysIn(us)).get(KeyId)?.multiRegion?.type).toBe("PRIMARY")
  })

  it("cannot use an offer of one key for another", async () => {
    const [first, second] = [await replicatedTo(eu), await replicatedTo(eu)]
    partition.setWeather("eu-west-1", async (message, pass) => {
      const answer = await pass(message)
      const offers = await eu.storage.list({ prefix: "offer/", limit: 10 })
      for (const { key } of offers.entries) {
        const offer = await readRecord(eu.storage, key)
        const value = { ...offer.value, keyId: second }
        await tamper(eu.storage, `offer/${account}/${second}`, { v: 1, value })
      }
      return answer
    })
    await us.root.rotateKeyOnDemand({ KeyId: first })
    await us.root.rotateKeyOnDemand({ KeyId: second })
    partition.setWeather("eu-west-1", undefined)
    const blob = blobIn(await us.root.encrypt({ KeyId: first, Plaintext: Uint8Array.of(1) }))
    await eu.root.decrypt({ CiphertextBlob: blob })
  })

  it.each(["outbox/eu-west-1/111122223333/nonsense", "outbox/x"])(
    "stops no sweep by an entry that means nothing: %s",
    async (key) => {
      const KeyId = await replicatedTo(eu)
      partition.cut("eu-west-1")
      await us.root.rotateKeyOnDemand({ KeyId })
      partition.mend("eu-west-1")
      await tamper(us.storage, key, new Uint8Array(3))
      const report = await us.kms.sweep()
      expect(report).toMatchObject({ messagesDelivered: 1 })
      expect(report.unreadable).toHaveLength(1)
    },
  )
})

describe("what passes between regions", () => {
  it("holds nothing that an HSM has drawn and not made public", async () => {
    const drawn: Uint8Array[] = []
    const own = await openPartition(undefined, (name) => ({ hsm: hsmOf(name, drawn) }))
    const KeyId = await replicatedKey(own)
    await own.regions[0]?.root.rotateKeyOnDemand({ KeyId })
    const everything = own.sent.flatMap(({ message, answer }) => [message, answer ?? message])
    const secrets = drawn.filter(({ length }) => length >= 32)
    expect(secrets.length).toBeGreaterThan(6)
    const texts = everything.map((bytes) => Buffer.from(bytes).toString("latin1"))
    for (const secret of secrets) {
      const forms = [
        Buffer.from(secret).toString("latin1"),
        Buffer.from(secret).toString("base64").slice(0, 40),
      ]
      for (const text of texts) for (const form of forms) expect(text.includes(form)).toBe(false)
    }
  })
})
