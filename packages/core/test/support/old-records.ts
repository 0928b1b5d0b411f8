import type { Storage } from "@keywright/storage"

/** What stands under these storage keys, sealed: to be put back as it was. */
export interface Snapshot {
  /** Puts it back, and takes away what was not there. */
  putBack(): Promise<void>
}

/** Takes sealed records out of a store, as whoever can read and write it does. */
export async function snapshotOf(storage: Storage, keys: readonly string[]): Promise<Snapshot> {
  const entries = await storage.get(keys)
  const put = entries.flatMap((entry) => (entry ? [{ key: entry.key, value: entry.value }] : []))
  const remove = keys.filter((_, i) => entries[i] === undefined)
  return {
    putBack: async () => {
      await storage.commit({ expect: [], put, remove })
    },
  }
}

/** The storage keys under a prefix. */
export async function keysUnder(storage: Storage, prefix: string): Promise<readonly string[]> {
  const { entries } = await storage.list({ prefix, limit: 1000 })
  return entries.map(({ key }) => key)
}

/** The one storage key under a prefix. */
export async function theKeyUnder(storage: Storage, prefix: string): Promise<string> {
  const [key, ...others] = await keysUnder(storage, prefix)
  if (key === undefined || others.length > 0) throw new Error(`not one record under ${prefix}`)
  return key
}
