import { checkChange, checkKeys, checkRange, keyInterval } from "./arguments.js"
import type { Change, Storage } from "./contract.js"
import {
  createPackedMap,
  forkMap,
  getEntry,
  type PackedMap,
  putEntry,
  removeEntry,
  revisionOf,
  scanEntries,
} from "./packed-map.js"
import { closedError, StorageError } from "./storage-error.js"

/** A store in the memory of this process. Its stamp is synchronous. */
export interface MemoryStorage extends Storage {
  stamp(): number
  /**
   * A second store that begins with everything in this one; from then on neither sees what the
   * other writes. Costs almost nothing: they share memory until one of them changes. A fork that
   * is only forked again is a snapshot. Stores that come from one store by forking use no revision
   * and no stamp twice, so one may take the place of another under a reader that caches.
   */
  fork(): MemoryStorage
}

/**
 * Makes an empty store that lives in this process and ends with it.
 *
 * @example
 * const storage = createMemoryStorage()
 * const value = new Uint8Array([1, 2, 3])
 * await storage.commit({ expect: [], put: [{ key: "greeting", value }], remove: [] })
 */
export const createMemoryStorage = (): MemoryStorage =>
  openState(createPackedMap(), { revision: 0 })

/** Counts the commits of a store and of all its relatives. */
interface Counter {
  revision: number
}

interface State {
  readonly map: PackedMap
  readonly counter: Counter
  /** The revision of the last commit that wrote and was not quiet, or of the fork. */
  stamp: number
}

const nextRevision = (counter: Counter): number => {
  counter.revision += 1
  return counter.revision
}

function openState(map: PackedMap, counter: Counter): MemoryStorage {
  const state: State = { map, counter, stamp: counter.revision }
  let stopped: StorageError | undefined

  function checkOpen(): void {
    if (stopped !== undefined) throw stopped
  }

  const storage: MemoryStorage = {
    async get(keys) {
      checkKeys(keys)
      checkOpen()
      return keys.map((key) => getEntry(state.map, key))
    },
    async list(range) {
      checkRange(range)
      checkOpen()
      const { from, to } = keyInterval(range)
      return scanEntries(state.map, from, to, range.limit)
    },
    async commit(change) {
      checkChange(change)
      checkOpen()
      for (const { key, revision } of change.expect) {
        if (revisionOf(state.map, key) !== revision) return false
      }
      try {
        write(state, change)
      } catch (cause) {
        // Only memory itself can fail here; half of the change may be in the map for all to see.
        stopped = new StorageError("failed", "memory storage failed in the middle of a commit", {
          cause,
        })
        throw stopped
      }
      return true
    },
    stamp() {
      checkOpen()
      return state.stamp
    },
    fork() {
      checkOpen()
      nextRevision(counter)
      return openState(forkMap(state.map), counter)
    },
    async close() {
      stopped = closedError()
    },
  }
  return Object.freeze(storage)
}

function write(state: State, { put, remove, quiet = false }: Change): void {
  if (put.length + remove.length === 0) return
  const revision = nextRevision(state.counter)
  if (!quiet) state.stamp = revision
  for (const { key, value } of put) putEntry(state.map, key, value, revision)
  for (const key of remove) removeEntry(state.map, key)
}
