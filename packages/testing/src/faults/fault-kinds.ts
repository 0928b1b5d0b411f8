import { type Answer, HsmError, type RegionHsm, refusalTable } from "@keywright/core"
import { type Entry, type Storage, StorageError } from "@keywright/storage"
import type { FaultName, FaultRow } from "../fault-row.js"
import type { RegionWorld, Variation } from "../world/region-world.js"

/**
 * How a host differs from the first one of its region. `before` is the storage as it was when the
 * fault was planned.
 */
export type Vary = (world: RegionWorld, before: Storage) => Variation

/** A call that a fault strikes. */
export interface StruckCall {
  readonly row: FaultRow
  /** Makes the call after all. */
  perform(): Promise<Answer>
  /** Makes the call on a host of the same region that differs in that, opened once for the row. */
  performOn(variation: Vary): Promise<Answer>
  /** Lets the time pass that the row says. */
  pass(): void
}

type Strike = (call: StruckCall) => Promise<Answer>

/** An error as Node's sockets and the handlers of AWS SDK clients throw it. */
const networkError = (name: string, code: string, message: string): Error =>
  Object.assign(new Error(message), { name, code })

const isolated =
  (variation: Vary): Strike =>
  (call) =>
    call.performOn(variation)

/** Every use of this HSM fails as when its last machine is gone. */
function deadHsm(hsm: RegionHsm): RegionHsm {
  const fail = () => {
    throw new HsmError("unavailable", "a planned fault")
  }
  const names = Object.keys(hsm) as (keyof RegionHsm)[]
  const methods = names.filter((name) => typeof hsm[name] === "function")
  const dead = Object.fromEntries(methods.map((name) => [name, fail]))
  // A host can be opened on it, which is how it comes to see the fault at all.
  const { keySpecs, openRecords } = hsm
  return { ...(dead as unknown as RegionHsm), keySpecs, openRecords, openDomain: () => undefined }
}

/** A host that reaches no cluster and no proxy. */
function withoutKeyStores(clusters: Variation["keyStores"] = {}): Variation {
  const ids = Object.entries(clusters)
  return {
    keyStores: Object.fromEntries(
      ids.map(([id, cluster]) => [id, { ...cluster, hsm: deadHsm(cluster.hsm as RegionHsm) }]),
    ),
    xks: {
      fetch: () => Promise.reject(networkError("Error", "ECONNREFUSED", "a planned fault")),
      timeout: () => ({ aborted: false, addEventListener: () => undefined }),
    },
  }
}

/** Nothing is believed to be as it was: what such a store says is read every time. */
function forgetful(storage: Storage): Storage {
  let stamps = 0
  const stamp = () => {
    stamps += 1
    return `fault ${stamps}`
  }
  return { ...storage, stamp }
}

/** A commit that breaks off is rolled back, as the contract of storages demands. */
const tornStorage = (storage: Storage): Storage => ({
  ...storage,
  commit: (change) =>
    change.put.length + change.remove.length === 0
      ? storage.commit(change)
      : Promise.reject(new StorageError("failed", "a planned fault tore the write")),
})

/** Reads from a world that stands still, and writes to the one that goes on. */
const staleStorage = (storage: Storage, before: Storage): Storage =>
  forgetful({ ...storage, get: before.get, list: before.list })

/** It reads the same however long it waits, so it need not. */
const hasty = () => ({ over: Promise.resolve(), stop: () => undefined })

const corrupted = (entry: Entry | undefined): Entry | undefined => {
  if (entry === undefined || !entry.key.startsWith("key/")) return entry
  const value = entry.value.slice()
  // In front, where a damage cannot pass for another policy or another date.
  value[0] = (value[0] ?? 0) ^ 0x01
  return { ...entry, value }
}

/** One bit of every key record that is read is not what was written. */
const corruptedStorage = (storage: Storage): Storage =>
  forgetful({
    ...storage,
    get: async (keys) => (await storage.get(keys)).map(corrupted),
    list: async (range) => {
      const page = await storage.list(range)
      return { ...page, entries: page.entries.map((entry) => corrupted(entry) ?? entry) }
    },
  })

/** What each fault does to a call. */
export const faultKinds: Readonly<Record<FaultName, Strike>> = {
  throttle: async () => {
    throw refusalTable.requests.tooManyRequests()
  },
  latency: (call) => {
    call.pass()
    return call.perform()
  },
  timeout: async () => {
    throw networkError("TimeoutError", "ETIMEDOUT", "a planned fault: the request timed out")
  },
  "region-down": async () => {
    throw networkError("Error", "ECONNREFUSED", "a planned fault: the region is down")
  },
  "reply-lost": async (call) => {
    await call.perform()
    throw networkError("TimeoutError", "ECONNRESET", "a planned fault: the reply was lost")
  },
  "hsm-down": isolated(({ hsm }) => ({ hsm: deadHsm(hsm) })),
  "key-store-disconnected": isolated(({ ports }) => withoutKeyStores(ports.keyStores)),
  "write-torn": isolated(({ storage }) => ({ storage: tornStorage(storage) })),
  "stale-read": isolated(({ storage }, before) => ({
    storage: staleStorage(storage, before),
    timer: hasty,
  })),
  "corrupted-blob": isolated(({ storage }) => ({ storage: corruptedStorage(storage) })),
}
