import { type LaneRecord, laneKey } from "../../formats/stored/lane-record.js"
import type { WriteStamp } from "../../formats/stored/write-stamp.js"
import { outdatedIn } from "../../model/lanes.js"
import { type Finding, finding } from "./findings.js"

/**
 * What records say of the lanes in which they were written, and lanes of each other. A lane that
 * has had fewer commits than that is an older version of itself.
 */
export interface LaneWitness {
  note(place: string, stamp: WriteStamp): void
  /** The lanes that are older than records, or missing. They are read after all records. */
  findings(lanes: readonly LaneRecord[]): readonly Finding[]
}

interface Newest extends WriteStamp {
  readonly place: string
}

/** Whether one was written later in the lane of both. */
const isLater = (one: WriteStamp, other: WriteStamp): boolean =>
  one.restoredMs > other.restoredMs ||
  (one.restoredMs === other.restoredMs && one.counter > other.counter)

const untold =
  "until it is there again nobody can tell which records are older, resurrected or missing, " +
  "but by what others say of them"

function laneFinding(lane: number, lanes: readonly LaneRecord[], said: string): Finding {
  const found = lanes.find((one) => one.lane === lane)
  return found === undefined
    ? finding(laneKey(lane), "missing", `${said}; ${untold}`)
    : finding(laneKey(lane), "older", `it has ${found.counter}, and ${said}; ${untold}`)
}

export function createLaneWitness(): LaneWitness {
  const newest = new Map<number, Newest>()

  /** Lanes begin anew when a store is restored. */
  const isOutdated = (stamp: Newest, lanes: readonly LaneRecord[]): boolean => {
    const counter = lanes.find(({ lane }) => lane === stamp.lane)?.counter ?? 0
    return isLater(stamp, { ...stamp, counter, restoredMs: lanes[0]?.restoredMs ?? 0 })
  }

  return {
    note: (place, { lane, counter, restoredMs }) => {
      const stamp = { place, lane, counter, restoredMs }
      const known = newest.get(lane)
      if (counter > 0 && (known === undefined || isLater(stamp, known))) newest.set(lane, stamp)
    },
    findings: (lanes) => [
      ...[...newest.values()]
        .filter((stamp) => isOutdated(stamp, lanes))
        .map(({ place, lane, counter }) =>
          laneFinding(lane, lanes, `\`${place}\` was written as commit ${counter} of it, or later`),
        ),
      ...outdatedIn(lanes).map(({ lane, seenBy, counter }) =>
        laneFinding(lane, lanes, `\`${seenBy}\` says that it has had ${counter}`),
      ),
    ],
  }
}
