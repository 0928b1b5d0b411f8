import { type Entry, getKeysMax, type Storage } from "@keywright/storage"
import { domainRecordKey } from "../../formats/stored/key-records.js"
import { type LaneRecord, laneKeys, lanesPrefix } from "../../formats/stored/lane-record.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import type { Rest } from "../../ports/rest.js"
import type { DigestedStorage } from "../hsms/digested-storage.js"
import type { Lanes } from "../hsms/lanes.js"
import { type DomainUse, notOurs, numbersOrNot } from "../hsms/record-batches.js"
import { isPageOf } from "../hsms/sealed-storage.js"
import { type CommitTracker, createCommitTracker } from "./commit-tracker.js"
import { createRecordTable, type Found, type RecordTable } from "./record-table.js"

/** What a long piece of work tells of how far it is. */
export interface Progress {
  readonly records: number
  /** As many as there were when it began. */
  readonly total: number
}

/** Stops long work: it rejects with the `reason`. An `AbortSignal` is one. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason?: unknown
}

export interface WalkOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly signal?: StopSignal | undefined
}

export interface WalkParts {
  readonly digested: DigestedStorage
  readonly lanes: Lanes
  readonly opener: DomainUse
  readonly rest: Rest
}

/** What is under a place now, as the storage holds it; `undefined`: nothing any more. */
export interface Visited {
  readonly place: string
  readonly bytes: Uint8Array | undefined
}

/** What is told of every record, again when it was changed meanwhile. */
export type Visitor = (records: readonly Visited[]) => Promise<void>

/** A store at one moment: all that stood in it, and what its lanes say of that. */
export interface StoreAtMoment {
  readonly table: RecordTable
  readonly lanes: readonly LaneRecord[]
}

/** So many records are one step: a few milliseconds. */
const stepRecords = 128
const pageRecords = 512
/** How often commits may be lost sight of. */
const lossesMax = 8

/**
 * Walks through everything in a store while hosts go on writing, and ends at one moment: the
 * records that were told of last are those of that moment, and so are the lanes. Throws
 * `RecordError` for a lane that is not genuine, and when others write so much that no
 * moment is found.
 */
export async function walkStore(
  { digested: storage, lanes, opener, rest }: WalkParts,
  { onProgress, signal }: WalkOptions,
  visit: Visitor,
): Promise<StoreAtMoment> {
  const table = createRecordTable()
  const tracker = createCommitTracker()
  const isPassed = (key: string) => key.startsWith(lanesPrefix)

  const pause = async (): Promise<void> => {
    if (signal?.aborted === true) throw signal.reason ?? new Error("stopped")
    await rest()
  }

  /** Reads the lanes, and places in the same moment. */
  const look = async (places: readonly string[]) => {
    const sight = lanes.sight()
    const entries = await storage.get([...laneKeys, ...places])
    const opened = await Promise.all(
      laneKeys.map((_, lane) => lanes.open(lane, entries[lane], sight)),
    )
    tracker.follow(opened)
    return {
      opened: opened.filter((lane) => lane !== undefined),
      entries: entries.slice(laneKeys.length),
    }
  }

  const take = async (places: readonly string[], entries: readonly (Entry | undefined)[]) => {
    const placed = places.flatMap((place, i): readonly PlacedBytes[] => {
      const bytes = entries[i]?.value
      return bytes === undefined || place === domainRecordKey ? [] : [{ place, bytes }]
    })
    const numbers = await numbersOrNot(opener, placed)
    const numberOf = new Map(placed.map(({ place }, i) => [place, numbers[i]]))
    const found: readonly Found[] = places.flatMap((place, i) => {
      const revision = entries[i]?.revision
      return revision === undefined ? [] : [{ place, revision, number: numberOf.get(place) }]
    })
    table.note(
      found,
      places.filter((_, i) => entries[i] === undefined),
    )
    if (places.length === 0) return
    await visit(places.map((place, i) => ({ place, bytes: entries[i]?.value })))
  }

  const stop = storage.watch(tracker.tell)
  try {
    const { opened } = await look([])
    // And the domain, which is in no digest.
    const total = opened.reduce((sum, { records }) => sum + records, 1)
    for await (const page of pagesOf(storage)) {
      const entries = page.filter(({ key }) => !isPassed(key))
      for (let i = 0; i < entries.length; i += stepRecords) {
        const step = entries.slice(i, i + stepRecords)
        await take(
          step.map(({ key }) => key),
          step,
        )
        await look([])
        await pause()
      }
      onProgress?.({ records: table.size, total })
    }
    for (let losses = 0; ; ) {
      if (tracker.isLost) {
        losses += 1
        if (losses > lossesMax) throw new Error("others write more than can be followed")
        await findChanges(storage, { table, tracker, look, isPassed, pause })
      }
      const places = tracker.some(getKeysMax - laneKeys.length)
      const now = await look(places)
      tracker.done(places)
      await take(places, now.entries)
      if (tracker.isIdle) return { table, lanes: now.opened }
      await pause()
    }
  } finally {
    stop()
  }
}

/** Everything in a storage, a page at a time. */
export async function* pagesOf(storage: Storage): AsyncGenerator<readonly Entry[]> {
  let after: string | undefined
  for (;;) {
    const range = { prefix: "", after, limit: pageRecords }
    const { entries, more } = await storage.list(range)
    if (!isPageOf(range, entries)) throw notOurs(`${after ?? ""}…`)
    yield entries
    after = entries.at(-1)?.key
    if (!more || after === undefined) return
  }
}

interface Search {
  readonly table: RecordTable
  readonly tracker: CommitTracker
  readonly look: (places: readonly string[]) => Promise<unknown>
  readonly isPassed: (key: string) => boolean
  readonly pause: () => Promise<void>
}

/** Looks through the whole store for what is not as it was found. Nothing is opened for that. */
async function findChanges(storage: Storage, search: Search): Promise<void> {
  const { table, tracker, look, isPassed, pause } = search
  const changed: string[] = []
  const there = new Set<string>()
  tracker.search()
  for await (const page of pagesOf(storage)) {
    for (const { key, revision } of page) {
      if (isPassed(key)) continue
      there.add(key)
      if (table.revisionOf(key) !== revision) changed.push(key)
    }
    await look([])
    await pause()
  }
  for (const place of table.places()) if (!there.has(place)) changed.push(place)
  for (const place of changed) tracker.add(place)
}
