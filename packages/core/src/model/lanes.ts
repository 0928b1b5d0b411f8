import { emptyDigest, type LaneRecord } from "../formats/stored/lane-record.js"
import { type Numbered, recounted } from "./store-digest.js"

/** What one commit does to the records of a store. */
export interface Turnover {
  readonly come: readonly Numbered[]
  readonly gone: readonly Numbered[]
  /** The storage keys that it writes or clears, also those where nothing was. */
  readonly places: readonly string[]
}

/** What a lane tells of its last commits: enough for who looks every few milliseconds. */
const recentCommitsMax = 16
const recentCharactersMax = 1024

export const newLane = (lane: number, restoredMs: number): LaneRecord => ({
  lane,
  restoredMs,
  counter: 0,
  recent: [],
  ...emptyDigest(),
})

/** The newest whole, and of those before it as many as there is room for. */
function recentOf(all: readonly (readonly string[])[]): readonly (readonly string[])[] {
  let characters = 0
  const end = all.findIndex((places, i) => {
    for (const place of places) characters += place.length
    return i > 0 && (i === recentCommitsMax || characters > recentCharactersMax)
  })
  return end < 0 ? all : all.slice(0, end)
}

/** A lane after one more commit. */
export const laneAfter = (before: LaneRecord, { come, gone, places }: Turnover): LaneRecord => ({
  lane: before.lane,
  restoredMs: before.restoredMs,
  counter: before.counter + 1,
  recent: recentOf([places, ...before.recent]),
  ...recounted(before, come, gone),
})
