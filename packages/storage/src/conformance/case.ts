import type { Storage } from "../contract.js"

/** One promise of the contract, checked. */
export interface StorageCase {
  /** A sentence about every storage. */
  readonly name: string
  /**
   * How often the case calls `open`: `"one"` calls it once. `"many"` calls it again for more
   * handles on the same store, at the same time or after closing the first; an adapter whose
   * stores have but one handle skips these by name, with that reason.
   */
  readonly handles: "one" | "many"
  /**
   * Rejects with an `Error` that says what was expected. `open` belongs to this run alone: the
   * first call makes an empty store, every further call opens another handle on it. The case
   * closes what it opened.
   */
  readonly run: (open: () => Promise<Storage>) => Promise<void>
}

export const oneHandle = (
  name: string,
  body: (storage: Storage) => Promise<void>,
): StorageCase => ({
  name,
  handles: "one",
  run: (open) => closing(open, async (opened) => body(await opened())),
})

export function manyHandles(
  name: string,
  body: (open: () => Promise<Storage>) => Promise<void>,
): StorageCase {
  return { name, handles: "many", run: (open) => closing(open, body) }
}

async function closing(
  open: () => Promise<Storage>,
  body: (open: () => Promise<Storage>) => Promise<void>,
): Promise<void> {
  const opened: Storage[] = []
  try {
    await body(async () => {
      const storage = await open()
      opened.push(storage)
      return storage
    })
  } finally {
    for (const storage of opened) await storage.close()
  }
}
