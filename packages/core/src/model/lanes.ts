import { emptyDigest, type LaneRecord, laneKey, lanesCount } from "../formats/stored/lane-record.js"
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
  seen: new Array<number>(lanesCount).fill(0),
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

/** A lane after one more commit of a host that has seen these lanes. */
export const laneAfter = (
  before: LaneRecord,
  { come, gone, places }: Turnover,
  known: readonly LaneRecord[] = [],
): LaneRecord => ({
  lane: before.lane,
  restoredMs: before.restoredMs,
  counter: before.counter + 1,
  seen: before.seen.map((counter, lane) =>
    Math.max(counter, known.find((one) => one.lane === lane)?.counter ?? 0),
  ),
  recent: recentOf([places, ...before.recent]),
  ...recounted(before, come, gone),
})

/** A lane that is older than others know it, or missing, and one that does. */
export interface Outdated {
  readonly lane: number
  readonly seenBy: string
  readonly counter: number
}

/** In every state of a store lanes are at least as new as others have seen them. */
export const outdatedIn = (lanes: readonly LaneRecord[]): readonly Outdated[] =>
  lanes.flatMap((witness) =>
    witness.seen.flatMap((counter, lane) => {
      const found = lanes.find((one) => one.lane === lane)
      const isOld = (found?.counter ?? 0) < counter
      return isOld ? [{ lane, seenBy: laneKey(witness.lane), counter }] : []
    }),
  )
