import type { Storage } from "@keywright/storage"

/** A storage behind which the store can be exchanged. */
export interface SwitchStorage extends Storage {
  /** What stands behind it now. */
  current(): Storage
  /** Puts a relative of the present store in its place: relatives use no revision twice. */
  exchange(storage: Storage): void
}

export function createSwitchStorage(first: Storage): SwitchStorage {
  let storage = first
  return Object.freeze<SwitchStorage>({
    get: (keys) => storage.get(keys),
    list: (range) => storage.list(range),
    commit: (change) => storage.commit(change),
    stamp: () => storage.stamp(),
    close: () => storage.close(),
    current: () => storage,
    exchange: (other) => {
      storage = other
    },
  })
}
