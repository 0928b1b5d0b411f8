import { checkChange, checkKeys, checkRange, keyInterval } from "./arguments.js"
import { createBoundedStamps, createFreshStamps } from "./bounded-stamp.js"
import type { Change, Entry, Page, Storage } from "./contract.js"
import { closedError } from "./storage-error.js"
import type { SteadyClock } from "./system.js"

/** A store that is reached over a network, as far as it differs from others. */
export interface RemoteStore {
  /** The entries of different keys, from one state; in any order. */
  read(keys: readonly string[]): Promise<readonly Entry[]>
  /** The first entries of an interval, and whether there are more. */
  readInterval(from: string, to: string, limit: number): Promise<Page>
  commit(change: Change): Promise<boolean>
  /** A text that differs whenever anything was committed in between, by anybody. */
  state(): Promise<string>
  end(): Promise<void>
}

/** How old what a handle knows may be; with 0, every call asks. */
export interface Staleness {
  readonly stalenessMs: number
  readonly clock: SteadyClock
}

/** One handle on a store that others write to, too. */
export function createRemoteStorage(store: RemoteStore, staleness: Staleness): Storage {
  const { stalenessMs, clock } = staleness
  const stamps =
    stalenessMs === 0 ? createFreshStamps() : createBoundedStamps(store.state, stalenessMs, clock)
  const underWay = new Set<Promise<unknown>>()
  let isClosed = false

  function checkOpen(): void {
    if (isClosed) throw closedError()
  }

  /** What is under way is waited for when the handle closes. */
  function begun<Result>(work: Promise<Result>): Promise<Result> {
    underWay.add(work)
    const end = () => underWay.delete(work)
    work.then(end, end)
    return work
  }

  const storage: Storage = {
    async get(keys) {
      checkKeys(keys)
      checkOpen()
      if (keys.length === 0) return []
      const entries = await begun(store.read([...new Set(keys)]))
      const found = new Map(entries.map((entry) => [entry.key, entry]))
      return keys.map((key) => found.get(key))
    },
    async list(range) {
      checkRange(range)
      checkOpen()
      const { from, to } = keyInterval(range)
      return begun(store.readInterval(from, to, range.limit))
    },
    async commit(change) {
      checkChange(change)
      checkOpen()
      try {
        return await begun(store.commit(change))
      } finally {
        // Also when it was refused: what is stored is not what was known.
        if (change.quiet !== true) stamps.advance()
      }
    },
    stamp() {
      checkOpen()
      return stamps.stamp()
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await Promise.allSettled([...underWay])
      await store.end()
    },
  }
  return Object.freeze(storage)
}

/** Checks options that are durations of a call. */
export function checkDurations(durations: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(durations)) {
    if (ms >= 0 && ms <= 3_600_000) continue
    throw new TypeError(`options.${name} must be from 0 to 3,600,000`)
  }
}
