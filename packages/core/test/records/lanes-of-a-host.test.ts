import { createMemoryStorage, type Entry } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createLanes } from "../../src/engine/hsms/lanes.js"
import { type LaneRecord, laneFormat, laneKey } from "../../src/formats/stored/lane-record.js"
import { laneAfter, newLane } from "../../src/model/lanes.js"
import { openerOf, plainSealer, sealPlainly } from "../support/plain-sealer.js"

const opener = openerOf()
/** A lane after so many commits, the last of which wrote that place. */
function laneOf(lane: number, counter: number, place = "a", restoredMs = 0): LaneRecord {
  let record = newLane(lane, restoredMs)
  for (let i = 0; i < counter; i += 1) {
    record = laneAfter(record, { come: [], gone: [], places: [i + 1 === counter ? place : "x"] })
  }
  return record
}
const entryOf = (record: LaneRecord, at = record.lane): Entry => ({
  key: laneKey(at),
  value: sealPlainly({ place: laneKey(record.lane), bytes: laneFormat.encode(record) }),
  revision: 1,
})

describe("a lane that a host reads", () => {
  it("is remembered as the newest of its lane", async () => {
    const lanes = createLanes(opener)
    expect([lanes.known(), lanes.restoredMs(), lanes.fault()]).toEqual([[], 0, undefined])
    const [one, other] = [laneOf(2, 3), laneOf(1, 1, "b", 0)]
    expect(await lanes.open(2, entryOf(one), lanes.sight())).toEqual(one)
    expect(await lanes.open(1, entryOf(other), lanes.sight())).toEqual(other)
    expect(lanes.known()).toEqual([other, one])
    expect(await lanes.open(0, undefined, lanes.sight())).toBeUndefined()
  })

  it("says when the store was restored", async () => {
    const lanes = createLanes(opener)
    await lanes.open(3, entryOf(laneOf(3, 1, "a", 700)), lanes.sight())
    expect(lanes.restoredMs()).toBe(700)
  })

  it("is not opened again when it is as it was", async () => {
    const asked: never[] = []
    const lanes = createLanes(openerOf(plainSealer(asked)))
    const entry = entryOf(laneOf(0, 2))
    const first = await lanes.open(0, entry, lanes.sight())
    expect(await lanes.open(0, { ...entry, value: entry.value.slice() }, lanes.sight())).toBe(first)
    expect(asked).toHaveLength(1)
  })

  it("is kept as it was read, whatever becomes of the memory of the store", async () => {
    const lanes = createLanes(opener)
    const entry = entryOf(laneOf(0, 2))
    const again = { ...entry, value: entry.value.slice() }
    await lanes.open(0, entry, lanes.sight())
    entry.value.fill(0)
    expect(await lanes.open(0, again, lanes.sight())).toEqual(laneOf(0, 2))
  })

  it("is refused by name when it is not genuine, or of another lane", async () => {
    const lanes = createLanes(opener)
    for (const entry of [
      entryOf(laneOf(1, 2), 0),
      { ...entryOf(laneOf(0, 1)), value: Uint8Array.of(7) },
    ]) {
      await expect(lanes.open(0, entry, lanes.sight())).rejects.toThrow(laneKey(0))
    }
    expect(lanes.fault()).toBeUndefined()
  })

  it("may be the same under another domain key, or a later one", async () => {
    const lanes = createLanes(opener)
    for (const record of [laneOf(0, 2), laneOf(0, 2), laneOf(0, 3), laneOf(0, 3)]) {
      expect(await lanes.open(0, entryOf(record), lanes.sight())).toEqual(record)
    }
  })

  it.each<[string, LaneRecord | undefined, string]>([
    ["has fewer commits", laneOf(0, 1), "the storage has 1"],
    ["has other ones of the same count", laneOf(0, 2, "another"), "the storage has 2"],
    ["is not there any more", undefined, "the storage has none"],
  ])("makes the host use the store no more when it %s", async (_, record, message) => {
    const lanes = createLanes(opener)
    await lanes.open(0, entryOf(laneOf(0, 2)), lanes.sight())
    const entry = record && entryOf(record)
    const refused = lanes.open(0, entry, lanes.sight())
    await expect(refused).rejects.toMatchObject({ name: "StaleStoreError" })
    await expect(lanes.open(0, entry, lanes.sight())).rejects.toThrow(message)
    expect(lanes.fault()?.message).toContain("2 commits in `digest/0`")
    // The first fault is the one that counts.
    const fault = lanes.fault()
    await lanes.open(0, undefined, lanes.sight()).catch(() => undefined)
    expect(lanes.fault()).toBe(fault)
  })

  it("is compared with what was seen before the storage was read, not after", async () => {
    const lanes = createLanes(opener)
    const sight = lanes.sight()
    await lanes.open(0, entryOf(laneOf(0, 5)), sight)
    expect(await lanes.open(0, entryOf(laneOf(0, 4)), sight)).toEqual(laneOf(0, 4))
    expect(lanes.known()).toEqual([laneOf(0, 5)])
  })

  it("is remembered when the host has written it", async () => {
    const lanes = createLanes(opener)
    const [older, newer] = [laneOf(0, 1), laneOf(0, 2)]
    lanes.wrote(newer, entryOf(newer).value)
    lanes.wrote(older, entryOf(older).value)
    expect(lanes.known()).toEqual([newer])
    const same = laneOf(0, 2, "b")
    lanes.wrote(same, entryOf(same).value)
    expect(lanes.known()).toEqual([same])
  })
})

it("all lanes of a storage are read in one go, and those that there are answered", async () => {
  const storage = createMemoryStorage()
  const there = [laneOf(0, 1), laneOf(7, 2), laneOf(15, 3)]
  const put = there.map((record) => entryOf(record)).map(({ key, value }) => ({ key, value }))
  await storage.commit({ expect: [], put, remove: [] })
  const lanes = createLanes(opener)
  expect(await lanes.readAll(storage)).toEqual(there)
  expect(lanes.known()).toEqual(there)
  await storage.commit({ expect: [], put: [], remove: [laneKey(7)] })
  await expect(lanes.readAll(storage)).rejects.toThrow("gone back")
})
