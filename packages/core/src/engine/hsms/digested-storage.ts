import type { Change, Entry, Expectation, Storage } from "@keywright/storage"
import { domainRecordKey } from "../../formats/stored/key-records.js"
import { laneFormat, laneKey, laneKeys, lanesCount } from "../../formats/stored/lane-record.js"
import type { WriteStamp } from "../../formats/stored/write-stamp.js"
import { laneAfter, newLane } from "../../model/lanes.js"
import type { Numbered } from "../../model/store-digest.js"
import type { Entropy } from "../../ports/entropy.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import { limits } from "../../vocabulary/limits.js"
import type { Lanes, Sight } from "./lanes.js"
import { type DomainUse, notOurs, numbersOrNot } from "./record-batches.js"
import type { Seal, StampingStorage } from "./sealed-storage.js"

/** Told of every commit of this host, when it is written. */
export type CommitListener = (lane: number, counter: number, places: readonly string[]) => void

/** A storage that keeps a digest of its records. */
export interface DigestedStorage extends Storage, StampingStorage {
  /** Tells of commits from now on, until the answer is called. */
  watch(listener: CommitListener): () => void
}

interface DigestedStorageParts {
  readonly storage: Storage
  readonly opener: DomainUse
  readonly lanes: Lanes
  readonly entropy: Entropy
  /** What a commit waits for when it is written. */
  readonly written?: (() => Promise<void>) | undefined
}

/** Of what has none. */
const noStamp: WriteStamp = { lane: 0, counter: 0, restoredMs: 0 }

/** What is no record of the digest: the domain, and the lanes themselves. */
const isUncounted = (key: string): boolean => key === domainRecordKey || laneKeys.includes(key)

const placed = ({ key, value }: Pick<Entry, "key" | "value">): PlacedBytes => ({
  place: key,
  bytes: value,
})

/** The numbers of sealed records. Records that are none, and cannot be counted, are named. */
async function numbersOf(
  opener: DomainUse,
  records: readonly PlacedBytes[],
): Promise<readonly Numbered[]> {
  const numbers = await numbersOrNot(opener, records)
  return records.map(({ place }, i) => {
    const number = numbers[i]
    if (number === undefined) throw notOurs(place)
    return { place, number }
  })
}

/**
 * The storage of a region with a digest of all its records, which changes in the commit that
 * changes the records. It takes sealed records, and counts for each what it replaces. A commit may
 * name one key less than the contract says: the lane of this host goes with it.
 */
export function digestedStorage(parts: DigestedStorageParts): DigestedStorage {
  const { storage, opener, lanes, entropy } = parts
  const listeners = new Set<CommitListener>()
  let lane = 0
  let last: Promise<unknown> = Promise.resolve()

  /** Another lane: in this one another host is writing. */
  const changeLane = (): void => {
    const [draw = 0] = entropy(new Uint8Array(1))
    lane = (lane + 1 + (draw % (lanesCount - 1))) % lanesCount
  }

  /** What a change may take away: all that it writes or clears but what must not be there. */
  const readBefore = ({ expect, put, remove }: Change): readonly string[] => {
    const made = new Set(expect.filter((e) => e.revision === undefined).map(({ key }) => key))
    const written = [...put.map(({ key }) => key), ...remove]
    return written.filter((key) => !made.has(key) && !isUncounted(key))
  }

  /** What still holds of what a commit expected: the change, the lane, and all of it. */
  const lookAgain = async (
    { expect }: Change,
    own: Expectation,
    others: readonly Expectation[] = [],
  ) => {
    const all = [...expect, own, ...others]
    const names = [...new Set(all.map(({ key }) => key))]
    const entries = await storage.get(names)
    const now = new Map(names.map((key, i) => [key, entries[i]?.revision]))
    const holds = ({ key, revision }: Expectation) => now.get(key) === revision
    return { isHeld: expect.every(holds), isLaneHeld: holds(own), isAllHeld: all.every(holds) }
  }

  /** The lane as it is, and what the change takes out of it. */
  const digestBefore = async (
    entry: Entry | undefined,
    entries: readonly (Entry | undefined)[],
    sight: Sight,
  ) => ({
    current: await lanes.open(lane, entry, sight),
    gone: await numbersOf(opener, entries.filter((one) => one !== undefined).map(placed)),
  })

  /** Seals what comes, once for each lane in which it is tried. */
  const sealInLane = (change: Change, seal: Seal) => {
    let sealed: { lane: number; put: Change["put"]; come: readonly Numbered[] } | undefined
    return async (stamp: WriteStamp) => {
      // In one lane counters only grow, so what was said holds.
      if (sealed?.lane === stamp.lane) return sealed
      const put = await seal(change.put, stamp)
      const counted = put.filter(({ key }) => !isUncounted(key)).map(placed)
      sealed = { lane: stamp.lane, put, come: await numbersOf(opener, counted) }
      return sealed
    }
  }

  const write = async (change: Change, seal: Seal): Promise<boolean> => {
    const { put, remove } = change
    const before = readBefore(change)
    const expected = new Map(change.expect.map(({ key, revision }) => [key, revision]))
    const sealedAs = sealInLane(change, seal)
    const places = [...put.map(({ key }) => key), ...remove].filter((key) => !isUncounted(key))
    for (let attempts = 1; ; attempts += 1) {
      const sight = lanes.sight()
      const key = laneKey(lane)
      const expect = change.expect.filter((one) => one.key !== key)
      const [entry, ...entries] = await storage.get([key, ...before])
      const own = { key, revision: entry?.revision }
      const found = before.map((name, i) => ({ key: name, revision: entries[i]?.revision }))
      const differs = ({ key, revision }: (typeof found)[number]) =>
        expected.has(key) && expected.get(key) !== revision
      const isLaneOther = expected.has(key) && expected.get(key) !== entry?.revision
      if (isLaneOther || found.some(differs)) return false
      const replaced = found.filter((one) => !expected.has(one.key))
      const known = await digestBefore(entry, entries, sight).catch(async (error: unknown) => {
        // Of hosts that make a domain at once, one does: others cannot open what it has written.
        if ((await lookAgain(change, own)).isHeld) throw error
        return undefined
      })
      if (known === undefined) return false
      const { gone, current = newLane(lane, lanes.restoredMs()) } = known
      const { restoredMs, counter } = current
      const { come, put } = await sealedAs({ lane, counter: counter + 1, restoredMs })
      const next = laneAfter(current, { come, gone, places }, lanes.known())
      const bytes = laneFormat.encode(next)
      const [value] = await opener.use((hsm) => hsm.sealRecords([{ place: key, bytes }]))
      const isWritten = await storage.commit({
        ...change,
        expect: [...expect, ...replaced, own],
        put: [...put.filter((one) => one.key !== key), { key, value: value as Uint8Array }],
      })
      if (isWritten) {
        lanes.wrote(next, value as Uint8Array)
        for (const listener of listeners) listener(lane, next.counter, places)
        await parts.written?.()
        return true
      }
      const { isHeld, isLaneHeld, isAllHeld } = await lookAgain(change, own, replaced)
      // Nothing has changed, and still the store says no: it is for others to look again.
      if (!isHeld || isAllHeld || attempts === limits.laneAttemptsMax) return false
      if (!isLaneHeld) changeLane()
    }
  }

  /** A store that has gone back is used no more. */
  const checkFresh = (): void => {
    const fault = lanes.fault()
    if (fault !== undefined) throw fault
  }

  // One after another: two at once would only meet in the lane.
  const commitSealed: DigestedStorage["commitSealed"] = async (change, seal) => {
    checkFresh()
    const written = [...change.put.map(({ key }) => key), ...change.remove]
    if (written.every(isUncounted)) {
      return storage.commit({ ...change, put: await seal(change.put, noStamp) })
    }
    const turn = last.then(() => write(change, seal))
    last = turn.catch(() => undefined)
    return turn
  }

  /** The same as a promise: reading is on the way of every call, and waits once less. */
  const refusal = (): Promise<never> | undefined => {
    const fault = lanes.fault()
    return fault && Promise.reject(fault)
  }

  return {
    get: (keys) => refusal() ?? storage.get(keys),
    list: (range) => refusal() ?? storage.list(range),
    commitSealed,
    commit: (change) => commitSealed(change, async (put) => put),
    stamp: () => {
      checkFresh()
      return storage.stamp()
    },
    close: async () => {
      await last
      await storage.close()
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
