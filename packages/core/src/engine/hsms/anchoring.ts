import type { Storage } from "@keywright/storage"
import {
  type AnchorRecord,
  anchored,
  anchorFormat,
  anchorPlace,
} from "../../formats/stored/anchor-record.js"
import { restoredFormat, restoredKey } from "../../formats/stored/backup-records.js"
import { type LaneRecord, laneKey } from "../../formats/stored/lane-record.js"
import { unstamped } from "../../formats/stored/write-stamp.js"
import { type Anchor, StaleStoreError } from "../../ports/anchor.js"
import type { Clock } from "../../ports/clock.js"
import type { Running, Timer } from "../../ports/timer.js"
import type { Lanes } from "./lanes.js"
import { type DomainUse, openedOrNot } from "./record-batches.js"

/** How a host keeps its anchor. */
export interface Anchoring {
  /**
   * Compares the store with its anchor, and brings the anchor up to it. Throws `StaleStoreError`.
   * Answers whether the store was restored on purpose since.
   */
  begin(): Promise<boolean>
  /** A commit was written: the anchor follows at once, or in time. */
  follow(): Promise<void>
  /**
   * Reads all lanes, and writes the anchor anew: it must not be left under a domain key that goes.
   * Throws `StaleStoreError`.
   */
  refresh(): Promise<void>
  /** Writes what it has not written yet, and writes no more. */
  close(): Promise<void>
}

export interface AnchoringParts {
  readonly anchor: Anchor
  /** By how much it may lag behind the store; 0: a commit waits for it. */
  readonly lagMs: number
  readonly storage: Storage
  readonly lanes: Lanes
  readonly opener: DomainUse
  readonly clock: Clock
  readonly timer: Timer
  /** Told when it could not be written, and is tried again. */
  readonly late: () => void
}

const howToGoOn =
  "Put the newest copy of the storage back. To go on with this one on purpose, open it without " +
  "the anchor, make a backup of it, and restore that into an empty storage"

function stale(record: AnchorRecord, what: string): StaleStoreError {
  const since = new Date(record.writtenMs).toISOString()
  return new StaleStoreError(
    `the storage is older than its anchor, which was written at ${since}: ${what}. ${howToGoOn}`,
  )
}

/** Throws when a store stands as it did before its anchor was written, or otherwise than then. */
function compare(record: AnchorRecord, lanes: readonly LaneRecord[]): void {
  for (const then of record.lanes) {
    const now = lanes.find(({ lane }) => lane === then.lane)
    const name = `\`${laneKey(then.lane)}\``
    const counter = now?.counter ?? 0
    if (counter < then.counter) {
      throw stale(record, `${name} has ${counter} commits, and had ${then.counter}`)
    }
    if (now !== undefined && counter === then.counter && anchored(now).hash !== then.hash) {
      throw stale(record, `${name} has ${counter} commits, and they are others`)
    }
  }
}

/** Throws `StaleStoreError` for an anchor that is there where the store has no domain. */
export async function requireNoAnchor(anchor: Anchor): Promise<void> {
  if ((await anchor.read()) === undefined) return
  throw new StaleStoreError(
    "the storage holds no domain, and its anchor has seen one: is it the right storage, and is " +
      `everything mounted? ${howToGoOn}; to begin anew, remove the anchor`,
  )
}

export function createAnchoring(parts: AnchoringParts): Anchoring {
  const { anchor, lagMs, storage, lanes, opener, clock, timer, late } = parts
  let waiting: Running | undefined
  let isBehind = false
  let isClosed = false

  const write = async (): Promise<void> => {
    isBehind = false
    try {
      const known = lanes.known()
      const bytes = anchorFormat.encode({
        writtenMs: clock(),
        restoredMs: lanes.restoredMs(),
        lanes: known.map(anchored),
      })
      const [sealed] = await opener.use((hsm) => hsm.sealRecords([{ place: anchorPlace, bytes }]))
      await anchor.write(sealed as Uint8Array)
    } catch (error) {
      isBehind = true
      throw error
    }
  }

  const writeLate = async (): Promise<void> => {
    // A timer that was stopped may be over all the same.
    if (isClosed) return
    waiting = undefined
    try {
      await lanes.readAll(storage)
      await write()
    } catch {
      if (!isClosed) late()
      wait()
    }
  }

  const wait = (): void => {
    if (waiting !== undefined || isClosed) return
    waiting = timer(lagMs)
    void waiting.over.then(writeLate)
  }

  /** Whether a restore was to use the store from then on. Its note says so, which nobody forges. */
  const isForUse = async (restoredMs: number): Promise<boolean> => {
    const place = restoredKey(restoredMs)
    const [entry] = await storage.get([place])
    const note = entry && { place, bytes: entry.value }
    const [whole] = await openedOrNot(opener, note ? [note] : [])
    if (whole === undefined) return false
    return restoredFormat.decode(unstamped(whole, place).bytes, place).purpose === "use"
  }

  return {
    begin: async () => {
      const sealed = await anchor.read()
      const found = await lanes.readAll(storage)
      let isRestored = false
      if (sealed !== undefined) {
        const [bytes] = await openedOrNot(opener, [{ place: anchorPlace, bytes: sealed }])
        if (bytes === undefined) {
          throw new StaleStoreError(
            "the anchor does not open: it is of another region, or of a newer state of this " +
              "storage, or was not written for so long that its domain key was dropped. " +
              `${howToGoOn}. In the last case, and in no other, remove the anchor`,
          )
        }
        const record = anchorFormat.decode(bytes, anchorPlace)
        const [{ restoredMs } = { restoredMs: 0 }] = found
        if (restoredMs < record.restoredMs) throw stale(record, "it was restored since")
        isRestored = restoredMs > record.restoredMs
        if (!isRestored) compare(record, found)
        else if (!(await isForUse(restoredMs))) {
          throw stale(record, "it was restored to test a backup, or says not what for")
        }
      }
      await write()
      return isRestored
    },
    follow: async () => {
      isBehind = true
      if (lagMs === 0) await write()
      else wait()
    },
    refresh: async () => {
      await lanes.readAll(storage)
      await write().catch(late)
    },
    close: async () => {
      isClosed = true
      waiting?.stop()
      waiting = undefined
      if (isBehind) await write()
    },
  }
}

/**
 * An anchor in a storage of another kind, or at another place, than the one that it is for. Hosts
 * that share it have names of their own.
 */
export function storageAnchor(storage: Storage, name = "host"): Anchor {
  const key = `anchor/${name}`
  return {
    read: async () => (await storage.get([key]))[0]?.value.slice(),
    write: async (value) => {
      await storage.commit({ expect: [], put: [{ key, value }], remove: [] })
    },
  }
}
