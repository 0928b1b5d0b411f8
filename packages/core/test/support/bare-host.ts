import type { Storage } from "@keywright/storage"
import type { BareHost } from "../../src/engine/regions/bare-host.js"
import type { Courier } from "../../src/engine/regions/courier.js"
import type { KnownRegions } from "../../src/engine/regions/known-regions.js"
import type { RegionReply, RegionRequest } from "../../src/formats/regions/region-bodies.js"
import type { RecordFormat } from "../../src/formats/stored/record-format.js"
import type { Change } from "../../src/model/changes.js"
import type { PeerDomain, RegionHsm } from "../../src/ports/region-hsm.js"
import { RegionError } from "../../src/ports/region-link.js"
import { atMs } from "./key-records.js"

/*
 * A host for the rooms of regions alone: its records are values by their keys, and what is
 * committed is noted. Nothing is sealed, signed or kept.
 */

/** What was committed: changes by the engine's rules, or entries by themselves. */
export interface Committed {
  readonly changes?: readonly Change[]
  readonly put: readonly { readonly key: string; readonly value: Uint8Array }[]
  readonly remove: readonly string[]
}

export interface HostOptions {
  readonly region?: string
  /** Records by their keys. */
  readonly records?: Readonly<Record<string, unknown>>
  readonly hsm?: Partial<RegionHsm>
  /** Whether each commit takes place, in turn; all after the last do. */
  readonly commits?: readonly boolean[]
  /** Told before each record is read. */
  readonly onRead?: (records: Record<string, unknown>) => void
}

/** Fakes have what a test names; a call of anything else throws. */
const only = <T extends object>(parts: Partial<T>): T =>
  new Proxy(parts as T, {
    get(target, name) {
      // Whether it is a promise, everybody asks.
      if (name in target || name === "then") return Reflect.get(target, name)
      throw new Error(`\`${String(name)}\` was not expected`)
    },
  })

export function bareHost(options: HostOptions = {}) {
  const { region = "us-east-1", hsm = {}, commits = [], onRead } = options
  const records: Record<string, unknown> = { ...options.records }
  const committed: Committed[] = []
  const unexpected: unknown[] = []
  let refreshes = 0
  let begun = 0
  /** The same list always, of what the attempt has read. */
  const read: { readonly key: string }[] = []
  const take = (one: Committed, expect: unknown): boolean => {
    if (expect !== read) unexpected.push(expect)
    committed.push(one)
    return commits[committed.length - 1] ?? true
  }
  const reads = only<Record<string, unknown>>({
    read: async (_: RecordFormat<unknown>, key: string) => {
      onRead?.(records)
      read.push({ key })
      return records[key]
    },
    together: async (one: { key: string }, other: { key: string }) => [
      records[one.key],
      records[other.key],
    ],
    expectations: () => read,
  })
  const host = only<BareHost>({
    place: { partition: "aws", region },
    clock: () => atMs,
    reader: only({
      begin: async () => {
        begun += 1
        read.length = 0
        return reads as never
      },
    }),
    storage: only<Storage>({
      commit: async ({ expect, put, remove }) => take({ put, remove }, expect),
      list: async () => ({
        entries: Object.entries(records).map(([key, value]) => ({ key, value })) as never,
        more: false,
      }),
    }),
    commit: async (changes, from, more) =>
      take(
        { changes, put: more?.put ?? [], remove: more?.remove ?? [] },
        (from as unknown) === reads ? read : 0,
      ),
    domain: only<BareHost["domain"]>({
      use: ((work: (hsm: RegionHsm) => unknown) => work(only<RegionHsm>(hsm))) as never,
      refresh: async () => {
        refreshes += 1
      },
    }),
  })
  return {
    host,
    records,
    committed,
    /** Commits that expected something else than what was read. */
    unexpected,
    attempts: () => begun,
    refreshes: () => refreshes,
  }
}

/** Regions that are known, each by its name, and what this one signs with. */
export const knownRegions = (...regions: readonly string[]): KnownRegions =>
  only<KnownRegions>({
    ownKey: async () => Uint8Array.of(42),
    find: async (region) => (regions.includes(region) ? peer(region) : undefined),
  })

export const peer = (region: string): PeerDomain => ({
  name: `aws:${region}`,
  endorsement: Uint8Array.of(7),
})

/** Hands every request to a test, which answers it; what it does not answer, nobody does. */
export function courierTo(answer: (request: RegionRequest, to: string) => RegionReply | undefined) {
  const asked: [to: string, request: RegionRequest][] = []
  const courier = only<Courier>({
    ask: async (to, request) => {
      asked.push([to, request])
      const reply = answer(request, to)
      if (reply === undefined) throw new RegionError("unreachable", `${to} is far away`)
      return reply
    },
  })
  return { asked, courier }
}
