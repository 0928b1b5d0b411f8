import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { storageConformance } from "@keywright/storage/conformance"
import { describe, test } from "vitest"
import { createSwitchStorage } from "../src/world/switch-storage.js"

/** A storage whose store gives way to a fork of itself after every commit. */
function createRestless(): Storage {
  const storage = createSwitchStorage(createMemoryStorage())
  let isClosed = false
  return {
    ...storage,
    commit: async (change) => {
      const isDone = await storage.commit(change)
      if (!isClosed) storage.exchange((storage.current() as MemoryStorage).fork())
      return isDone
    },
    close: () => {
      isClosed = true
      return storage.close()
    },
  }
}

describe("a storage that is exchanged for its fork after every commit keeps the contract", () => {
  for (const { name, run, handles } of storageConformance) {
    if (handles === "one") test(name, () => run(async () => createRestless()))
  }
})
