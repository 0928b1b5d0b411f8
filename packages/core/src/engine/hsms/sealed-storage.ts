import type { Entry, Range, Storage } from "@keywright/storage"
import { isHsmError } from "../../ports/hsm.js"
import type { PlacedBytes } from "../../ports/record-hsm.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import type { Domain } from "./domain.js"

/** A record that storage gave back and that this region has not put there. It is never used. */
class TamperedRecordError extends Error {
  override readonly name = "TamperedRecordError"

  constructor(key: string, options?: { readonly cause: unknown }) {
    super(`the record \`${key}\` is not what this region has stored under that key`, options)
  }
}

/** Whether a page holds nothing but entries of its range, in order: the store may be hostile. */
function isPageOf({ prefix, after = "" }: Range, entries: readonly Entry[]): boolean {
  let last = after
  return entries.every(({ key }) => {
    const isNext = key > last && key.startsWith(prefix)
    last = key
    return isNext
  })
}

/** An HSM that opens records, reached through its domain. */
type Sealer = Pick<Domain<RegionHsm>, "use">

/**
 * The storage of a region, behind its HSM: what is put is sealed, and what is read was sealed by
 * this region for that very key. The same contract, so nobody above it knows the difference.
 */
export function sealedStorage(storage: Storage, domain: Sealer): Storage {
  /**
   * Opens a batch. A record under a domain key that no host has is named, like every other that is
   * not ours, and not taken for an HSM that lags behind.
   */
  const openBatch = async (
    sealed: readonly PlacedBytes[],
  ): Promise<readonly (Uint8Array | undefined)[]> => {
    try {
      return await domain.use((hsm) => hsm.openRecords(sealed))
    } catch (error) {
      if (!isHsmError(error) || error.code !== "unknown-domain-key") throw error
      const [first] = sealed
      if (first !== undefined && sealed.length === 1) {
        throw new TamperedRecordError(first.place, { cause: error })
      }
      const opened: (Uint8Array | undefined)[] = []
      for (const record of sealed) opened.push(...(await openBatch([record])))
      return opened
    }
  }

  /** Opens entries under the keys that were asked for, whatever the entries say of themselves. */
  const open = async (
    keys: readonly string[],
    entries: readonly (Entry | undefined)[],
  ): Promise<readonly (Entry | undefined)[]> => {
    const sealed = keys.flatMap((place, i) => {
      const bytes = entries[i]?.value
      return bytes === undefined ? [] : [{ place, bytes }]
    })
    if (sealed.length === 0) return entries
    const opened = (await openBatch(sealed))[Symbol.iterator]()
    return keys.map((key, i) => {
      const entry = entries[i]
      if (entry === undefined) return undefined
      const value: Uint8Array | undefined = opened.next().value
      if (value === undefined) throw new TamperedRecordError(key)
      return { key, value, revision: entry.revision }
    })
  }

  return {
    get: async (keys) => open(keys, await storage.get(keys)),
    list: async (range) => {
      const { entries, more } = await storage.list(range)
      if (!isPageOf(range, entries)) throw new TamperedRecordError(`${range.prefix}…`)
      const opened = await open(
        entries.map(({ key }) => key),
        entries,
      )
      return { entries: opened as readonly Entry[], more }
    },
    commit: async (change) => {
      const { put } = change
      if (put.length === 0) return storage.commit(change)
      const plain = put.map(({ key, value }) => ({ place: key, bytes: value }))
      const sealed = await domain.use((hsm) => hsm.sealRecords(plain))
      const puts = put.map(({ key }, i) => ({ key, value: sealed[i] as Uint8Array }))
      return storage.commit({ ...change, put: puts })
    },
    stamp: () => storage.stamp(),
    close: () => storage.close(),
  }
}
