import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { storageAnchor } from "../../src/engine/hsms/anchoring.js"
import { createLanes } from "../../src/engine/hsms/lanes.js"
import { openRegionStorage, recordsBeside } from "../../src/engine/hsms/region-storage.js"
import { domainRecordFormat } from "../../src/formats/stored/key-records.js"
import { type LaneRecord, laneFormat, laneKey } from "../../src/formats/stored/lane-record.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { openerOf, plainSealer, sealPlainly } from "../support/plain-sealer.js"

const name = "aws:us-east-1"
const bytes = (text: string) => new TextEncoder().encode(text)
const hsm = {
  ...plainSealer(),
  createDomain: async () => bytes("state"),
  openDomain: async () => undefined,
  rotateDomainKey: async (_: string, state: Uint8Array) => bytes(`${state.length} rotated`),
  domainKeys: () => ({ currentId: "a".repeat(16), formerIds: [] }),
} as unknown as RegionHsm
const putting = (key: string, text = "x") => ({
  expect: [],
  put: [{ key, value: bytes(text) }],
  remove: [],
})

/** Opens a region on a storage, with what it has told of restores. */
async function openOn(inner: Storage, members: object = {}) {
  const restores: number[] = []
  const region = await openRegionStorage({
    storage: inner,
    hsm,
    entropy: (target) => target.fill(1),
    at: { name, key: "domain", recordsPrefix: "" },
    due: () => undefined,
    anchor: undefined,
    restored: (restoredMs) => restores.push(restoredMs),
    ...members,
  })
  return { ...region, restores }
}
const anchorOf = (storage: Storage) => ({
  anchor: {
    anchor: storageAnchor(storage),
    lagMs: 0,
    clock: () => 5,
    timer: () => undefined as never,
    late: () => undefined,
  },
})

const lanesIn = (inner: Storage) => createLanes(openerOf()).readAll(inner)
const writeLane = (inner: Storage, record: LaneRecord) => {
  const key = laneKey(record.lane)
  const value = sealPlainly({ place: key, bytes: laneFormat.encode(record) })
  return inner.commit({ expect: [], put: [{ key, value }], remove: [] })
}

describe("the storage of a region", () => {
  it("has its domain, a sealed copy of it, and a digest from its first commit on", async () => {
    const inner = createMemoryStorage()
    const { restores, lanes } = await openOn(inner)
    const { entries } = await inner.list({ prefix: "", limit: 9 })
    expect(entries.map(({ key }) => key)).toEqual(["digest/0", "domain", "domain-copy"])
    expect(lanes.known()).toMatchObject([{ lane: 0, counter: 1, recent: [["domain-copy"]] }])
    expect(restores).toEqual([])
    expect((await openOn(inner)).restores).toEqual([])
  })

  it("copies every domain that is written, and nothing else", async () => {
    const inner = createMemoryStorage()
    const { domain, storage } = await openOn(inner)
    const copy = async () => (await inner.get(["domain-copy"]))[0]?.value
    const before = await copy()
    await storage.commit(putting("key/1"))
    expect(await copy()).toEqual(before)
    await domain.rotateDomainKey()
    expect(await copy()).not.toEqual(before)
    await openOn(inner)
  })

  it("says that it was restored until somebody has written", async () => {
    const inner = createMemoryStorage()
    await openOn(inner)
    const [lane] = await lanesIn(inner)
    await writeLane(inner, { ...(lane as LaneRecord), restoredMs: 700 })
    expect((await openOn(inner)).restores).toEqual([700])
    const { restores, storage } = await openOn(inner)
    expect(restores).toEqual([700])
    await storage.commit(putting("key/1"))
    expect((await openOn(inner)).restores).toEqual([])
  })

  it("seals what is read through it alone, and counts the uses of its domain key", async () => {
    const inner = createMemoryStorage()
    const { storage, bareStorage } = await openOn(inner)
    await storage.commit(putting("key/1", "secret"))
    const [opened] = await storage.get(["key/1"])
    const [sealed] = await bareStorage.get(["key/1"])
    expect(opened?.value).toEqual(bytes("secret"))
    expect(sealed?.value).not.toEqual(opened?.value)
    const { entries } = await inner.list({ prefix: "uses/", limit: 9 })
    expect(entries).toHaveLength(1)
  })
})

describe("a store that is not of one piece does not open", () => {
  const remove =
    (...keys: readonly string[]) =>
    (inner: Storage) =>
      inner.commit({ expect: [], put: [], remove: keys })
  const changeLane = (members: Partial<LaneRecord>) => async (inner: Storage) => {
    const [lane] = await lanesIn(inner)
    return writeLane(inner, { ...(lane as LaneRecord), ...members })
  }
  const seen = new Array<number>(16).fill(0).with(3, 2)

  it.each<[string, (inner: Storage) => Promise<unknown>, string]>([
    ["without the copy of its domain", remove("domain-copy"), "lost the digest"],
    ["without its lanes", remove("digest/0"), "lost the digest"],
    [
      "with another domain than was written last",
      (inner) => {
        const value = domainRecordFormat("domain").encode({ name, sealedState: bytes("older") })
        return inner.commit({ expect: [], put: [{ key: "domain", value }], remove: [] })
      },
      "is not its newest one",
    ],
    [
      "with a copy that is not genuine",
      (inner) => inner.commit(putting("domain-copy")),
      "is not its newest one",
    ],
    [
      "with a lane that others have seen newer",
      changeLane({ seen }),
      "records of different ages: `digest/3`",
    ],
    [
      "with lanes of before and after a restore",
      async (inner) => {
        const [lane] = await lanesIn(inner)
        return writeLane(inner, { ...(lane as LaneRecord), lane: 1, restoredMs: 700 })
      },
      "before and after a restore",
    ],
    ["with records and no domain", remove("domain"), "lost their domain"],
  ])("%s", async (_, damage, message) => {
    const inner = createMemoryStorage()
    await openOn(inner)
    await damage(inner)
    await expect(openOn(inner)).rejects.toThrow(message)
  })
})

describe("a store with an anchor", () => {
  it("is not made anew where the anchor has seen one, and is where it has not", async () => {
    const outside = createMemoryStorage()
    const inner = createMemoryStorage()
    await openOn(inner, anchorOf(outside))
    await expect(openOn(createMemoryStorage(), anchorOf(outside))).rejects.toMatchObject({
      name: "StaleStoreError",
    })
    const { storage, anchoring } = await openOn(inner, anchorOf(outside))
    const before = await storageAnchor(outside).read()
    await storage.commit(putting("key/1"))
    expect(await storageAnchor(outside).read()).not.toEqual(before)
    expect(anchoring).toBeDefined()
    expect((await openOn(createMemoryStorage())).anchoring).toBeUndefined()
  })
})

describe("records beside the hosts of a region", () => {
  it("are read and written as a host does it, and in the digest, whatever the store was before", async () => {
    const inner = createMemoryStorage()
    const { storage } = await openOn(inner)
    await storage.commit(putting("key/1", "secret"))
    const beside = recordsBeside(inner, hsm, (target) => target.fill(1))
    expect((await beside.get(["key/1"]))[0]?.value).toEqual(bytes("secret"))
    expect(await beside.commit(putting("key/2", "more"))).toBe(true)
    expect((await storage.get(["key/2"]))[0]?.value).toEqual(bytes("more"))
    const [lane] = await lanesIn(inner)
    expect(lane?.recent[0]).toEqual(["key/2"])
    // A store that was set back is no fault to whoever remembers nothing.
    const { entries } = await inner.list({ prefix: "", limit: 99 })
    await beside.commit(putting("key/3"))
    await inner.commit({
      expect: [],
      put: entries.map(({ key, value }) => ({ key, value })),
      remove: ["key/3"],
    })
    expect(await beside.commit(putting("key/4"))).toBe(true)
  })
})
