import type { Storage } from "@keywright/storage"
import { createMemoryStorage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import { domainRecordKey } from "../../src/formats/stored/key-records.js"
import { keysIn } from "../support/agreement.js"
import { openPartition, replicatedKey, type TestPartition } from "../support/partition.js"
import { expectRefusal } from "../support/refusals.js"
import { openRegion, type TestRegion } from "../support/regions.js"
import { blobIn } from "../support/replies.js"

/*
 * An operator takes trust away from a region that was stolen, and whoever can write the storage
 * puts back what stood there before. Every such record is genuine: it was written by this region.
 */

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

const eur = "eu-west-1"
const knownAs = `region/${eur}`

/** What the storage holds, as it holds it. */
async function copyOf(storage: Storage, keys: readonly string[]) {
  const entries = await storage.get(keys)
  return keys.map((key, i) => ({ key, value: entries[i]?.value ?? new Uint8Array() }))
}
const putBack = (storage: Storage, put: Awaited<ReturnType<typeof copyOf>>) =>
  storage.commit({ expect: [], put, remove: [] })

const linkTo = ({ kms }: TestRegion) => ({ deliver: kms.regions.receive })
const connect = async (from: TestRegion, to: TestRegion) =>
  from.kms.regions.connect({
    region: to.name,
    replicationKey: await to.kms.regions.replicationKey(),
    link: linkTo(to),
  })
/** A region of the same name on a new storage: it has another replication key. */
const newEu = () => openRegion(eur, { clock: partition.clock })

/** Something that the stolen region says: that a replica of it is gone. */
const sayFrom = async (region: TestRegion): Promise<Uint8Array> => {
  partition.sent.length = 0
  await region.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  partition.clock.advanceDays(7)
  partition.setWeather("us-east-1", () => Promise.reject(new Error("held back")))
  await region.kms.sweep()
  partition.setWeather("us-east-1", undefined)
  const { message } = partition.sent.find(({ to }) => to === "us-east-1") ?? {}
  if (message === undefined) throw new Error("the region has said nothing")
  return message
}

const isRefused = { name: "RegionError", code: "not-genuine" }

describe("a region that was disconnected", () => {
  it("gets no key, and is not believed, by any host", async () => {
    const twin = await openRegion("us-east-1", { storage: us.storage, clock: partition.clock })
    const said = await sayFrom(eu)
    await us.kms.regions.disconnect(eur)
    for (const { kms } of [us, twin])
      await expect(kms.regions.receive(said)).rejects.toMatchObject(isRefused)
    expect((await keysIn(us)).get(KeyId)?.multiRegion?.replicas).toHaveLength(2)
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const replicating = us.root.replicateKey({
      KeyId: KeyMetadata?.KeyId ?? "",
      ReplicaRegion: eur,
    })
    await expectRefusal(replicating, "ValidationException")
  })

  it("leaves the others connected", async () => {
    await us.kms.regions.disconnect(eur)
    await us.root.rotateKeyOnDemand({ KeyId })
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(5) }))
    expect(await ap.root.decrypt({ CiphertextBlob })).toMatchObject({ Plaintext: Uint8Array.of(5) })
    await us.root.updatePrimaryRegion({ KeyId, PrimaryRegion: "ap-south-1" })
    expect((await keysIn(ap)).get(KeyId)?.multiRegion?.type).toBe("PRIMARY")
  })

  it.each([
    ["a host that took the trust away", () => us],
    [
      "a host that has not heard of it",
      () => openRegion("us-east-1", { storage: us.storage, clock: partition.clock }),
    ],
  ] as const)("stays so when its old endorsement is put back, for %s", async (_, hostOf) => {
    const host = await hostOf()
    const said = await sayFrom(eu)
    const old = await copyOf(us.storage, [knownAs])
    await us.kms.regions.disconnect(eur)
    await putBack(us.storage, old)
    await expect(host.kms.regions.receive(said)).rejects.toMatchObject(isRefused)
    const later = await openRegion("us-east-1", { storage: us.storage, clock: partition.clock })
    await expect(later.kms.regions.receive(said)).rejects.toMatchObject(isRefused)
  })

  it("is not trusted beside a new one of its name, whichever record stands there", async () => {
    const old = await copyOf(us.storage, [knownAs])
    const said = await sayFrom(eu)
    await us.kms.regions.disconnect(eur)
    const successor = await newEu()
    await connect(us, successor)
    await connect(successor, us)
    await putBack(us.storage, old)
    await expect(us.kms.regions.receive(said)).rejects.toMatchObject(isRefused)
    // The next start connects again, and finds that nobody is trusted under that name.
    await connect(us, successor)
    await expect(us.kms.regions.receive(said)).rejects.toMatchObject(isRefused)
    const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
    const id = KeyMetadata?.KeyId ?? ""
    await us.root.replicateKey({ KeyId: id, ReplicaRegion: eur })
    expect((await keysIn(successor)).get(id)?.state).toBe("Enabled")
    expect((await keysIn(eu)).get(id)).toBeUndefined()
  })

  it("is not connected under its old key while a new one of its name is", async () => {
    await us.kms.regions.disconnect(eur)
    await connect(us, await newEu())
    await expect(connect(us, eu)).rejects.toMatchObject({ code: "unknown-region" })
  })

  it("stays so when the old domain is put back with the endorsement", async () => {
    const said = await sayFrom(eu)
    const old = await copyOf(us.storage, [domainRecordKey, knownAs])
    const twin = await openRegion("us-east-1", { storage: us.storage, clock: partition.clock })
    await us.kms.regions.disconnect(eur)
    await putBack(us.storage, old)
    // A host that runs does not go back, one that has not heard of it can write nothing, and none
    // that starts begins there.
    for (const [{ kms }, refusal] of [
      [us, "the domain state is older than a withdrawal of trust"],
      [twin, "is not what this region has stored under that key"],
    ] as const) {
      await expect(kms.regions.receive(said)).rejects.toThrow(refusal)
    }
    expect((await keysIn(us)).get(KeyId)?.multiRegion?.replicas).toHaveLength(2)
    const starting = openRegion("us-east-1", { storage: us.storage, clock: partition.clock })
    await expect(starting).rejects.toThrow("the domain in the storage is not its newest one")
  })

  it("has no record any more that opens once the domain key of that time is gone", async () => {
    const old = await copyOf(us.storage, [knownAs])
    await us.kms.regions.disconnect(eur)
    await us.kms.sweep()
    partition.clock.advanceDays(30)
    expect(await us.kms.sweep()).toMatchObject({ domainKeysLeft: 0 })
    await putBack(us.storage, old)
    await expect(connect(us, eu)).rejects.toThrow(`the record \`${knownAs}\` is not what`)
  })

  it("can be connected again, by whoever knows its key", async () => {
    await us.kms.regions.disconnect(eur)
    await connect(us, eu)
    await us.root.rotateKeyOnDemand({ KeyId })
    const CiphertextBlob = blobIn(await us.root.encrypt({ KeyId, Plaintext: Uint8Array.of(5) }))
    await eu.root.decrypt({ CiphertextBlob })
  })

  it("is disconnected when it is not known, too: nothing that was there before counts", async () => {
    const old = await copyOf(us.storage, [knownAs])
    await us.storage.commit({ expect: [], put: [], remove: [knownAs] })
    await us.kms.regions.disconnect(eur)
    const said = await sayFrom(eu)
    await putBack(us.storage, old)
    await expect(us.kms.regions.receive(said)).rejects.toMatchObject(isRefused)
  })

  it.each(["us-east-1", "nowhere at all", ""])("must be another region: not %j", async (name) => {
    await expect(us.kms.regions.disconnect(name)).rejects.toThrow(TypeError)
  })
})

it("a region that loses its storage while it disconnects another trusts nobody until it is connected again", async () => {
  const base = createMemoryStorage()
  let isBroken = false
  const storage: Storage = {
    ...base,
    commit: (change) =>
      isBroken && change.remove.includes(knownAs)
        ? Promise.reject(new Error("the disk is gone"))
        : base.commit(change),
  }
  const here = await openRegion("us-east-1", { storage, clock: partition.clock })
  for (const region of [eu, ap]) await connect(here, region)
  isBroken = true
  await expect(here.kms.regions.disconnect(eur)).rejects.toThrow("the storage failed")
  isBroken = false
  const { KeyMetadata } = await here.root.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId ?? ""
  for (const ReplicaRegion of [eur, "ap-south-1"]) {
    const replicating = here.root.replicateKey({ KeyId, ReplicaRegion })
    await expectRefusal(replicating, "ValidationException")
  }
  await connect(here, ap)
  await here.root.replicateKey({ KeyId, ReplicaRegion: "ap-south-1" })
})
