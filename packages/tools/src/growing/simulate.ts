import { table } from "../reference/markdown.js"
import { type Route, routes, runCell } from "./cell.js"
import type { Parameters } from "./parameters.js"
import { type Account, loadsOf, movedShare, partsOfAccounts } from "./placement.js"
import { hashOf, sumsOf, zipfShares } from "./random.js"

/*
 * What the parameters come to in a cell, and in many cells, as tables.
 */

/** No host is to work for more of its time than this: what is above is for the day of a fault. */
const workShare = 0.6
const exponent = 0.9

const whole = (value: number): string => Math.round(value).toLocaleString("en-US")
const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`
const ms = (value: number): string => `${value.toFixed(2)} ms`

/** What a cell is told; `requestsPerHost` are enough for hosts to have warmed up. */
interface Setting {
  readonly hosts: number
  /** How often each key is used, as sums of shares. */
  readonly keys: Float64Array
  readonly route: Route
  readonly requestsPerHost: number
}

const run = (found: Parameters, setting: Setting, ratePerS: number) =>
  runCell({
    ...setting,
    remembered: found.remembered,
    hotUs: found.hotUs,
    missUs: found.coldUs - found.hotUs,
    storeMs: found.roundTripMs,
    ratePerS,
    requests: setting.hosts * setting.requestsPerHost,
  })

/** The rate that keeps hosts busy for their share, as many keys as they remember. */
function settle(found: Parameters, setting: Setting): number {
  // What is remembered does not depend on how quickly requests come.
  const { hitShare } = run(found, setting, 1)
  const meanUs = hitShare * found.hotUs + (1 - hitShare) * found.coldUs
  return (setting.hosts * workShare * 1e6) / meanUs
}

const requestsPerHostDefault = 25_000

const keysBy = (count: number, uneven: number): Float64Array => sumsOf(zipfShares(count, uneven))

/** What hosts in front of one store carry, by how many they and their keys are. */
export function cellTable(found: Parameters, requestsPerHost = requestsPerHostDefault): string {
  const sizes = [10_000, 100_000, 1_000_000]
  const rows = [4, 16].flatMap((hosts) =>
    sizes.map((keys) => {
      const route = routes["any host"]
      const setting = { hosts, keys: keysBy(keys, exponent), route, requestsPerHost }
      const ratePerS = settle(found, setting)
      const { hitShare, meanMs, p99Ms } = run(found, setting, ratePerS)
      // Each host asks once in a second whether anything has changed.
      const bounded = ratePerS * (1 - hitShare) + hosts
      const cells = [hosts, keys, ratePerS, bounded].map(whole)
      const loads = [ratePerS, bounded].map((reads) => percent(reads / found.readsPerS))
      return [...cells, ...loads, percent(hitShare), ms(meanMs), ms(p99Ms)]
    }),
  )
  const head = ["hosts", "keys", "requests/s", "reads/s", "store, strict", "store, bounded"]
  return table([...head, "remembered", "mean", "p99"], rows)
}

/** The same cell by how its requests find a host. */
export function routeTable(found: Parameters, requestsPerHost = requestsPerHostDefault): string {
  const rows = [exponent, 1.2].flatMap((uneven) => {
    const keys = keysBy(100_000, uneven)
    const [hottest = 0] = keys
    const setting = { hosts: 8, keys, requestsPerHost }
    const ratePerS = settle(found, { ...setting, route: routes["any host"] })
    return Object.entries(routes).map(([name, route]) => {
      const { hitShare, p99Ms, busiestShare } = run(found, { ...setting, route }, ratePerS)
      const late = busiestShare > 0.97 ? "grows without end" : ms(p99Ms)
      return [percent(hottest, 1), name, percent(hitShare), percent(busiestShare), late]
    })
  })
  return table(["hottest key", "a request goes to", "remembered", "busiest host", "p99"], rows)
}

/** Accounts by their share of all requests: a few make most of them. */
function accountsOf(count: number): readonly Account[] {
  return [...zipfShares(count, 1)].map((share, i) => ({ id: hashOf(i, 0x30000), share }))
}

/** Many accounts on many cells: the fullest against the mean, and what moves. */
export function placementTable(): string {
  const accounts = accountsOf(20_000)
  const rows = [16, 64, 256].map((cells) => {
    // No part is more than a twentieth of what a cell has in the mean.
    const parts = partsOfAccounts(accounts, 1 / (20 * cells))
    const fullest = (of: readonly Account[]): string =>
      `${(Math.max(...loadsOf(of, cells)) * cells).toFixed(2)} ×`
    const cut = accounts.filter(({ share }) => share > 1 / (20 * cells)).length
    const moved = percent(movedShare(accounts, cells), 1)
    return [
      whole(cells),
      fullest(accounts),
      fullest(parts),
      whole(cut),
      moved,
      percent(1 / cells, 1),
    ]
  })
  const head = ["cells", "by account", "large ones by key id, too", "accounts in parts"]
  return table([...head, "moved by one cell more", "touched by one cell less"], rows)
}

/** What the simulation was told. */
export function parametersTable(found: Parameters): string {
  const { store } = found
  return table(
    ["what", "measured"],
    [
      ["Encrypt, 32 bytes, the key remembered: processor time", `${found.hotUs.toFixed(0)} µs`],
      ["the same, read from the store", `${found.coldUs.toFixed(0)} µs`],
      ["keys that a host remembers in 32 MiB", whole(found.remembered)],
      ["a key in the store, default policy", `${whole(found.bytesPerKey)} bytes`],
      [`${store}: a read, one at a time`, ms(found.roundTripMs)],
      [`${store}: reads a second, 32 callers`, whole(found.readsPerS)],
      [`${store}: commits a second, 32 callers`, whole(found.commitsPerS)],
      ["writes a second to one key, 64 callers of one host", whole(found.writesToOneKeyPerS)],
    ],
  )
}
