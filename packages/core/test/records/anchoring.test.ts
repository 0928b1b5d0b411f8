import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { createAnchoring, requireNoAnchor, storageAnchor } from "../../src/engine/hsms/anchoring.js"
import { createLanes } from "../../src/engine/hsms/lanes.js"
import { anchored, anchorFormat, anchorPlace } from "../../src/formats/stored/anchor-record.js"
import { restoredFormat, restoredKey } from "../../src/formats/stored/backup-records.js"
import { type LaneRecord, laneFormat, laneKey } from "../../src/formats/stored/lane-record.js"
import { stamped } from "../../src/formats/stored/write-stamp.js"
import { laneAfter, newLane } from "../../src/model/lanes.js"
import type { Anchor } from "../../src/ports/anchor.js"
import { handTimer } from "../support/hand-timer.js"
import { openerOf, plainSealer, sealPlainly } from "../support/plain-sealer.js"

const opener = openerOf()
const settled = () => new Promise((resolve) => setImmediate(resolve))

function laneOf(lane: number, counter: number, { restoredMs = 0, place = "a" } = {}): LaneRecord {
  let record = newLane(lane, restoredMs)
  for (let i = 0; i < counter; i += 1) {
    record = laneAfter(record, { come: [], gone: [], places: [place] })
  }
  return record
}

/** An anchor of a host, as the host keeps it. */
async function kept(lanes: readonly LaneRecord[], lagMs = 0) {
  const storage = createMemoryStorage()
  const writeLane = (record: LaneRecord) => {
    const key = laneKey(record.lane)
    const value = sealPlainly({ place: key, bytes: laneFormat.encode(record) })
    return storage.commit({ expect: [], put: [{ key, value }], remove: [] })
  }
  for (const record of lanes) await writeLane(record)
  let written: Uint8Array | undefined
  let writes = 0
  let isBroken = false
  const anchor: Anchor = {
    read: async () => written,
    write: async (bytes) => {
      if (isBroken) throw new Error("the disk is full")
      writes += 1
      written = bytes
    },
  }
  const { timers, timer } = handTimer()
  let lateness = 0
  const late = () => {
    lateness += 1
  }
  const parts = { anchor, lagMs, storage, opener, clock: () => 5000, timer, late }
  const open = () => createAnchoring({ ...parts, lanes: createLanes(opener) })
  const record = () => {
    const [bytes] = plainSealer().openRecords([
      { place: anchorPlace, bytes: written ?? new Uint8Array() },
    ]) as Uint8Array[]
    return bytes && anchorFormat.decode(bytes, anchorPlace)
  }
  return {
    open,
    storage,
    writeLane,
    record,
    timers,
    setAnchor: (bytes: Uint8Array) => {
      written = bytes
    },
    break: (broken: boolean) => {
      isBroken = broken
    },
    writes: () => writes,
    lateness: () => lateness,
  }
}

describe("an anchor", () => {
  it("says how the lanes stood, and when it was written", async () => {
    const lanes = [laneOf(0, 2), laneOf(3, 1)]
    const { open, record } = await kept(lanes)
    expect(await open().begin()).toBe(false)
    expect(record()).toEqual({ writtenMs: 5000, restoredMs: 0, lanes: lanes.map(anchored) })
  })

  it("is taken up again by a store that has gone on", async () => {
    const { open, writeLane, record } = await kept([laneOf(0, 2)])
    await open().begin()
    await writeLane(laneOf(0, 4))
    await writeLane(laneOf(1, 1))
    expect(await open().begin()).toBe(false)
    expect(record()?.lanes.map(({ counter }) => counter)).toEqual([4, 1])
  })

  it.each<[string, LaneRecord, string]>([
    ["has fewer commits", laneOf(0, 1), "`digest/0` has 1 commits, and had 2"],
    [
      "has others of the same count",
      laneOf(0, 2, { place: "b" }),
      "2 commits, and they are others",
    ],
  ])("takes no store whose lane %s", async (_, record, message) => {
    const one = await kept([laneOf(0, 2)])
    await one.open().begin()
    await one.writeLane(record)
    await expect(one.open().begin()).rejects.toThrow(message)
    await expect(one.open().begin()).rejects.toMatchObject({
      name: "StaleStoreError",
      message: expect.stringContaining("1970-01-01T00:00:05.000Z"),
    })
  })

  it("takes no store that lacks a lane, and none that it was not written for", async () => {
    const one = await kept([laneOf(0, 2), laneOf(1, 1)])
    await one.open().begin()
    await one.storage.commit({ expect: [], put: [], remove: [laneKey(1)] })
    await expect(one.open().begin()).rejects.toThrow("`digest/1` has 0 commits, and had 1")
    one.setAnchor(Uint8Array.of(1, 2, 3))
    await expect(one.open().begin()).rejects.toThrow("the anchor does not open")
  })

  it("takes a store that was restored to be used, and no other", async () => {
    const note = (purpose: "use" | "test") => {
      const key = restoredKey(700)
      const record = { restoredMs: 700, madeMs: 1, records: 1, leftOut: 0, purpose }
      const bytes = stamped(restoredFormat.encode(record), { lane: 0, counter: 1, restoredMs: 700 })
      return { key, value: sealPlainly({ place: key, bytes }) }
    }
    const one = await kept([laneOf(0, 5)])
    await one.open().begin()
    await one.writeLane(laneOf(0, 1, { restoredMs: 700 }))
    await expect(one.open().begin()).rejects.toThrow(
      "restored to test a backup, or says not what for",
    )
    await one.storage.commit({ expect: [], put: [note("test")], remove: [] })
    await expect(one.open().begin()).rejects.toThrow("restored to test a backup")
    const foreign = { key: restoredKey(700), value: Uint8Array.of(1) }
    await one.storage.commit({ expect: [], put: [foreign], remove: [] })
    await expect(one.open().begin()).rejects.toThrow("restored to test a backup")
    await one.storage.commit({ expect: [], put: [note("use")], remove: [] })
    expect(await one.open().begin()).toBe(true)
    expect(one.record()).toMatchObject({ restoredMs: 700 })
    expect(await one.open().begin()).toBe(false)
    await one.writeLane(laneOf(0, 9))
    await expect(one.open().begin()).rejects.toThrow("it was restored since")
  })
})

describe("an anchor that follows at once", () => {
  it("is written with every commit, and no more when it is closed", async () => {
    const { open, writes, timers } = await kept([laneOf(0, 1)])
    const anchoring = open()
    await anchoring.begin()
    await anchoring.follow()
    expect([writes(), timers.length]).toEqual([2, 0])
    await anchoring.close()
    expect(writes()).toBe(2)
  })

  it("that cannot be written fails the commit, and is written when it is closed", async () => {
    const one = await kept([laneOf(0, 1)])
    const anchoring = one.open()
    await anchoring.begin()
    one.break(true)
    await expect(anchoring.follow()).rejects.toThrow("the disk is full")
    await expect(anchoring.close()).rejects.toThrow("the disk is full")
    one.break(false)
    await anchoring.close()
    expect([one.writes(), one.lateness()]).toEqual([2, 0])
  })

  it("is written by a sweep from all lanes, which only tells when that fails", async () => {
    const one = await kept([laneOf(0, 1)])
    const anchoring = one.open()
    await anchoring.begin()
    await one.writeLane(laneOf(2, 3))
    await anchoring.refresh()
    expect(one.record()?.lanes.map(({ lane }) => lane)).toEqual([0, 2])
    one.break(true)
    await anchoring.refresh()
    expect([one.writes(), one.lateness()]).toEqual([2, 1])
    await one.writeLane(laneOf(2, 1))
    await expect(anchoring.refresh()).rejects.toMatchObject({ name: "StaleStoreError" })
  })
})

describe("an anchor that lags", () => {
  it("is written once for all commits of so long", async () => {
    const { open, writes, timers, writeLane, record } = await kept([laneOf(0, 1)], 250)
    const anchoring = open()
    await anchoring.begin()
    await anchoring.follow()
    await anchoring.follow()
    expect([writes(), timers.map(({ ms }) => ms)]).toEqual([1, [250]])
    await writeLane(laneOf(0, 2))
    timers[0]?.end()
    await settled()
    expect([writes(), record()?.lanes[0]?.counter]).toEqual([2, 2])
    await anchoring.follow()
    expect(timers).toHaveLength(2)
    await anchoring.close()
    expect([timers[1]?.isStopped, writes()]).toEqual([true, 3])
    await anchoring.close()
    expect(writes()).toBe(3)
  })

  it("is told of when it cannot be written, and tried again until it is closed", async () => {
    const one = await kept([laneOf(0, 1)], 250)
    const anchoring = one.open()
    await anchoring.begin()
    one.break(true)
    await anchoring.follow()
    one.timers[0]?.end()
    await settled()
    expect([one.lateness(), one.timers.length, one.writes()]).toEqual([1, 2, 1])
    one.break(false)
    one.timers[1]?.end()
    await settled()
    expect([one.lateness(), one.timers.length, one.writes()]).toEqual([1, 2, 2])
    await anchoring.close()
    expect(one.writes()).toBe(2)
    await anchoring.follow()
    expect(one.timers).toHaveLength(2)
  })

  it("is left alone once it is closed, also by a timer that was stopped too late", async () => {
    const one = await kept([laneOf(0, 1)], 250)
    const anchoring = one.open()
    await anchoring.begin()
    await anchoring.follow()
    await anchoring.close()
    const writes = one.writes()
    one.timers[0]?.end()
    await settled()
    expect([one.writes(), one.timers.length]).toEqual([writes, 1])
  })

  it("is silent when it fails after it was closed", async () => {
    const one = await kept([laneOf(0, 1)], 250)
    const anchoring = one.open()
    await anchoring.begin()
    await anchoring.follow()
    await anchoring.close()
    one.break(true)
    one.timers[0]?.end()
    await settled()
    expect([one.lateness(), one.timers.length]).toEqual([0, 1])
  })
})

describe("an anchor in a storage", () => {
  it("is nothing at first, and then what was written last, by name", async () => {
    const storage = createMemoryStorage()
    const [one, other] = [storageAnchor(storage), storageAnchor(storage, "other")]
    expect(await one.read()).toBeUndefined()
    await requireNoAnchor(one)
    await one.write(Uint8Array.of(1))
    await one.write(Uint8Array.of(2))
    await other.write(Uint8Array.of(3))
    expect([await one.read(), await other.read()]).toEqual([Uint8Array.of(2), Uint8Array.of(3)])
    const { entries } = await storage.list({ prefix: "", limit: 10 })
    expect(entries.map(({ key }) => key)).toEqual(["anchor/host", "anchor/other"])
    await expect(requireNoAnchor(one)).rejects.toMatchObject({ name: "StaleStoreError" })
  })
})
