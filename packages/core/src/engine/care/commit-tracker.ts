import { type LaneRecord, lanesCount } from "../../formats/stored/lane-record.js"

/**
 * Which places were written while a store is walked: this host tells of its own commits, and the
 * lanes tell of those of the others.
 */
export interface CommitTracker {
  tell(lane: number, counter: number, places: readonly string[]): void
  /** Follows the commits up to these lanes. */
  follow(lanes: readonly (LaneRecord | undefined)[]): void
  /** Whether there were commits of which nobody told. It is then for the caller to find them. */
  readonly isLost: boolean
  /** The caller begins to look for them. */
  search(): void
  add(place: string): void
  /** Some of the places that have to be looked at again. */
  some(max: number): readonly string[]
  /** They were looked at, in the state that was followed last. */
  done(places: readonly string[]): void
  readonly isIdle: boolean
}

export function createCommitTracker(): CommitTracker {
  const told = new Map<string, readonly string[]>()
  const counters = new Array<number | undefined>(lanesCount)
  const waiting = new Set<string>()
  let isFirst = true
  let isLost = false

  const follow = (lane: LaneRecord, from: number): void => {
    for (let counter = from + 1; counter <= lane.counter; counter += 1) {
      const name = `${lane.lane}/${counter}`
      const places = told.get(name) ?? lane.recent[lane.counter - counter]
      told.delete(name)
      if (places === undefined) isLost = true
      else for (const place of places) waiting.add(place)
    }
  }

  return {
    tell: (lane, counter, places) => {
      // What was followed already need not be kept.
      if (counter > (counters[lane] ?? 0)) told.set(`${lane}/${counter}`, places)
    },
    follow: (lanes) => {
      for (const lane of lanes) {
        if (lane === undefined) continue
        if (!isFirst) follow(lane, counters[lane.lane] ?? 0)
        counters[lane.lane] = lane.counter
      }
      isFirst = false
    },
    get isLost() {
      return isLost
    },
    search: () => {
      isLost = false
    },
    add: (place) => {
      waiting.add(place)
    },
    some: (max) => {
      const places: string[] = []
      for (const place of waiting) if (places.push(place) === max) break
      return places
    },
    done: (places) => {
      for (const place of places) waiting.delete(place)
    },
    get isIdle() {
      return waiting.size === 0 && !isLost
    },
  }
}
