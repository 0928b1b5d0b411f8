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
   * other writes, so their equal revisions mean different things. Costs almost nothing: they share
   * memory until one of them changes. A fork that is only forked again is a snapshot.
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
export function createMemoryStorage(): MemoryStorage {
  return openState({ map: createPackedMap(), revision: 0 })
}

interface State {
  readonly map: PackedMap
  /** Of the last commit that wrote. */
  revision: number
}

function openState(state: State): MemoryStorage {
  let stopped: StorageError | undefined

  function checkOpen(): void {
    if (stopped !== undefined) throw stopped
  }

  const storage: MemoryStorage = {
    async get(keys) {
      checkOpen()
      checkKeys(keys)
      return keys.map((key) => getEntry(state.map, key))
    },
    async list(range) {
      checkOpen()
      checkRange(range)
      const { from, to } = keyInterval(range)
      return scanEntries(state.map, from, to, range.limit)
    },
    async commit(change) {
      checkOpen()
      checkChange(change)
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
      return state.revision
    },
    fork() {
      checkOpen()
      return openState({ map: forkMap(state.map), revision: state.revision })
    },
    async close() {
      stopped = closedError()
    },
  }
  return Object.freeze(storage)
}

function write(state: State, { put, remove }: Change): void {
  if (put.length + remove.length === 0) return
  state.revision += 1
  for (const { key, value } of put) putEntry(state.map, key, value, state.revision)
  for (const key of remove) removeEntry(state.map, key)
}
