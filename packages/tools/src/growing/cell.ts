import { createRandom, drawBySums, hashOf } from "./random.js"

/*
 * One cell, request by request: hosts of one core each, which remember the keys that they used
 * last, in front of one store. Nothing is measured here; what a request costs is told.
 */

/** Which host gets a request about a key; `freeAt` says when each has nothing more to do. */
export type Route = (key: number, freeAt: Float64Array, drawn: number) => number

/** The busier of two hosts is passed over. */
const lessBusy = (freeAt: Float64Array, one: number, other: number): number =>
  (freeAt[one] as number) <= (freeAt[other] as number) ? one : other

export const routes = {
  /** As a load balancer does that knows nothing of keys. */
  "any host": (_key, { length }, drawn) => Math.floor(drawn * length),
  /** A key has one host, which then has a hot key to itself. */
  "by key": (key, { length }) => hashOf(key, 1) % length,
  /** A key has two hosts, and the less busy one is asked. */
  "by key, the better of two": (key, freeAt) => {
    const { length } = freeAt
    return lessBusy(freeAt, hashOf(key, 1) % length, hashOf(key, 2) % length)
  },
} as const satisfies Readonly<Record<string, Route>>

export interface CellPlan {
  readonly hosts: number
  /** How often each key is used, as sums of shares. */
  readonly keys: Float64Array
  /** How many keys a host remembers. */
  readonly remembered: number
  /** What a request costs a host, and how much more when it does not remember the key. */
  readonly hotUs: number
  readonly missUs: number
  /** How long the store takes to answer. Meanwhile the host does other things. */
  readonly storeMs: number
  readonly ratePerS: number
  readonly route: Route
  /** So many are looked at, after three times as many that fill the memories. */
  readonly requests: number
}

export interface CellFound {
  /** The share of the requests that asked the store for nothing. */
  readonly hitShare: number
  readonly meanMs: number
  readonly p99Ms: number
  /** How much of its time the busiest host worked. */
  readonly busiestShare: number
}

/** What a host remembers: the keys that were used last. */
function createMemory(size: number) {
  const keys = new Set<number>()
  return {
    /** Whether the key was remembered; now it is. */
    use: (key: number): boolean => {
      const isKnown = keys.delete(key)
      keys.add(key)
      if (keys.size > size) keys.delete(keys.keys().next().value as number)
      return isKnown
    },
  }
}

/** Lets requests come to a cell at random. */
export function runCell(plan: CellPlan, seed = 1): CellFound {
  const random = createRandom(seed)
  const memories = Array.from({ length: plan.hosts }, () => createMemory(plan.remembered))
  const freeAt = new Float64Array(plan.hosts)
  const workedMs = new Float64Array(plan.hosts)
  const tookMs: number[] = []
  let [nowMs, hits, beganMs] = [0, 0, 0]
  for (let i = -3 * plan.requests; i < plan.requests; i += 1) {
    nowMs += (-Math.log(1 - random()) * 1000) / plan.ratePerS
    if (i === 0) {
      beganMs = nowMs
      // What hosts had to do to warm up is no matter.
      freeAt.fill(nowMs)
    }
    const key = drawBySums(plan.keys, random)
    const host = plan.route(key, freeAt, random())
    const isKnown = memories[host]?.use(key) === true
    const workMs = (plan.hotUs + (isKnown ? 0 : plan.missUs)) / 1000
    const endMs = Math.max(nowMs, freeAt[host] as number) + workMs
    freeAt[host] = endMs
    if (i < 0) continue
    workedMs[host] = (workedMs[host] as number) + workMs
    hits += Number(isKnown)
    tookMs.push(endMs - nowMs + (isKnown ? 0 : plan.storeMs))
  }
  tookMs.sort((a, b) => a - b)
  const at = (share: number): number => tookMs[Math.floor(share * tookMs.length)] ?? Number.NaN
  return {
    hitShare: hits / plan.requests,
    meanMs: tookMs.reduce((sum, one) => sum + one, 0) / plan.requests,
    p99Ms: at(0.99),
    busiestShare: Math.max(...workedMs) / (nowMs - beganMs),
  }
}
