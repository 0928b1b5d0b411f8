import { describe, expect, it } from "vitest"
import { laneKey, lanesCount } from "../../src/formats/stored/lane-record.js"
import { laneAfter, newLane, outdatedIn } from "../../src/model/lanes.js"

const turnover = (...places: readonly string[]) => ({ come: [], gone: [], places })
const seenBy = (lane: number, seen: Readonly<Record<number, number>>, counter = 0) => ({
  ...newLane(lane, 5),
  counter,
  seen: newLane(lane, 5).seen.map((none, at) => seen[at] ?? none),
})

describe("a lane", () => {
  it("begins with nothing, and counts its commits", () => {
    const lane = newLane(3, 5)
    expect(lane).toMatchObject({ lane: 3, restoredMs: 5, counter: 0, recent: [] })
    expect(lane.seen).toEqual(Array(lanesCount).fill(0))
    const after = laneAfter(laneAfter(lane, turnover("a")), turnover("b", "c"))
    expect(after).toMatchObject({ lane: 3, restoredMs: 5, counter: 2, recent: [["b", "c"], ["a"]] })
  })

  it("tells of its last commits, the newest whole, and of no more than there is room for", () => {
    let lane = newLane(0, 0)
    for (let at = 0; at < 20; at += 1) lane = laneAfter(lane, turnover(`${at}`))
    expect(lane.recent).toEqual(Array.from({ length: 16 }, (_, at) => [`${19 - at}`]))
    const long = "x".repeat(1024)
    expect(laneAfter(lane, turnover(long, long)).recent).toEqual([[long, long]])
    const half = "x".repeat(512)
    const two = laneAfter(laneAfter(newLane(0, 0), turnover(half)), turnover(half))
    expect(two.recent).toEqual([[half], [half]])
    expect(laneAfter(two, turnover("y")).recent).toEqual([["y"], [half]])
  })

  it("remembers the newest that it has seen of each", () => {
    const known = [seenBy(1, {}, 7), seenBy(2, {}, 1)]
    const after = laneAfter(seenBy(0, { 2: 4 }), turnover("a"), known)
    expect(after.seen.slice(0, 4)).toEqual([0, 7, 4, 0])
  })

  it("is outdated when another one has seen it newer, or seen it at all", () => {
    const lanes = [seenBy(0, { 1: 3, 2: 1 }, 9), seenBy(1, { 0: 9 }, 2)]
    expect(outdatedIn(lanes)).toEqual([
      { lane: 1, seenBy: laneKey(0), counter: 3 },
      { lane: 2, seenBy: laneKey(0), counter: 1 },
    ])
    expect(outdatedIn([seenBy(0, { 1: 3 }, 9), seenBy(1, { 0: 9 }, 3)])).toEqual([])
    expect(outdatedIn([])).toEqual([])
  })
})
