import type { Expectation, Storage } from "@keywright/storage"
import {
  type DomainKeyUsesRecord,
  domainKeyUsesFormat,
  domainKeyUsesKey,
} from "../../formats/stored/domain-key-uses-record.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import { tooManyRequests } from "../../vocabulary/refusals/requests.js"
import type { Domain } from "./domain.js"

/*
 * How often a domain key was used. A host counts ahead: it writes down a block of uses before the
 * first of them, so a crash loses what is left of a block, and the count is never too low.
 */

type Use = "wraps" | "seals"

interface UseRow {
  /** What a host writes down at once. */
  readonly block: number
  /** From which on a new key is due. */
  readonly due: number
  /** Which is never exceeded. */
  readonly max: number
}

/** Why these numbers: decision 0037. */
const useTable: Readonly<Record<Use, UseRow>> = {
  wraps: { block: 4096, due: limits.domainKeyWrapsDue, max: limits.domainKeyWrapsMax },
  seals: { block: 2 ** 20, due: limits.domainKeySealsDue, max: limits.domainKeySealsMax },
}

const uses = Object.keys(useTable) as readonly Use[]

const isDue = (record: DomainKeyUsesRecord): boolean =>
  uses.some((use) => record[use] >= useTable[use].due)

export interface DomainKeyUses {
  /** Counts uses that are to come; waits once in thousands of them. */
  take(use: Use, count: number): Eventually<void>
  /** Whether the current domain key was used so often that a new one is due. */
  isDue(): Promise<boolean>
}

interface Parts {
  /** Counts nothing of what is written here. */
  readonly storage: Storage
  readonly domain: Domain<RegionHsm>
  /** Told once when a domain key comes to be due. */
  readonly due: (domainKeyId: string) => void
}

export function createDomainKeyUses({ storage, domain, due }: Parts): DomainKeyUses {
  /** What this host has written down and not used, of the key that is current under a fence. */
  let left: Record<Use, number> & { id: string; fence: Expectation | undefined } = {
    id: "",
    fence: undefined,
    wraps: 0,
    seals: 0,
  }
  let reserving: Promise<void> | undefined

  const read = async () => {
    const fence = domain.fence()
    const { currentId: id } = await domain.use((hsm) => hsm.domainKeys())
    const key = domainKeyUsesKey(id)
    const [entry] = await storage.get([key])
    const record = entry ? domainKeyUsesFormat.decode(entry.value, key) : { id, wraps: 0, seals: 0 }
    return { fence, record, expect: [fence, { key, revision: entry?.revision }] }
  }

  /** Writes down one block of each use. False when something has changed meanwhile. */
  const reserveOnce = async (): Promise<boolean> => {
    const { fence, record, expect } = await read()
    const after = { ...record }
    for (const use of uses) after[use] += useTable[use].block
    if (uses.some((use) => after[use] > useTable[use].max)) {
      await domain.rotateDomainKey()
      return false
    }
    const put = [{ key: domainKeyUsesKey(after.id), value: domainKeyUsesFormat.encode(after) }]
    if (!(await storage.commit({ expect, put, remove: [] }))) return false
    const rest = left.id === after.id ? left : { wraps: 0, seals: 0 }
    left = {
      id: after.id,
      fence,
      wraps: rest.wraps + useTable.wraps.block,
      seals: rest.seals + useTable.seals.block,
    }
    if (isDue(after) && !isDue(record)) due(after.id)
    return true
  }

  /** A store that refuses every time is one that cannot be written now. */
  const reserve = async (): Promise<void> => {
    for (let attempts = 0; attempts < limits.laneAttemptsMax; attempts += 1) {
      if (await reserveOnce()) return
    }
    throw tooManyRequests()
  }

  const take: DomainKeyUses["take"] = (use, count) => {
    if (left.fence === domain.fence() && left[use] >= count) {
      left[use] -= count
      return
    }
    reserving ??= reserve().finally(() => {
      reserving = undefined
    })
    return reserving.then(() => take(use, count))
  }

  return { take, isDue: async () => isDue((await read()).record) }
}

const one = (): number => 1

/** What uses a domain key, and how often. */
const countTable = {
  generateKey: { use: "wraps", count: one },
  rewrap: { use: "wraps", count: one },
  generateWrappingKey: { use: "wraps", count: one },
  importKey: { use: "wraps", count: one },
  generateReplicationKey: { use: "wraps", count: one },
  endorseDomain: { use: "wraps", count: one },
  offerTransfer: { use: "wraps", count: one },
  rewrapReplication: { use: "wraps", count: one },
  unwrapFromRegion: {
    use: "wraps",
    count: ({ bindings }: Parameters<RegionHsm["unwrapFromRegion"]>[0]) => bindings.length,
  },
} as const

/** The same HSM, and what uses its domain key is counted before. */
export function countedHsm(hsm: RegionHsm, { take }: Pick<DomainKeyUses, "take">): RegionHsm {
  type Method = (...args: readonly unknown[]) => Eventually<unknown>
  const counted = Object.entries(countTable).map(([name, { use, count }]) => {
    const method = hsm[name as keyof RegionHsm] as Method
    const countOf = count as (...args: readonly unknown[]) => number
    const run: Method = (...args) => andThen(take(use, countOf(...args)), () => method(...args))
    return [name, run]
  })
  return { ...hsm, ...Object.fromEntries(counted) }
}
