import { type Bucket, filled, fullBucket } from "../../model/request-rates.js"
import type { Clock } from "../../ports/clock.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"
import { tooManyRequests } from "../../vocabulary/refusals/requests.js"

/** What requests are counted as. */
export interface RateName {
  readonly account: string
  /** A group of operations, or a key store in it. */
  readonly group: string
}

/** Where requests are counted. */
export interface Rates {
  /** Counts one request, or throws `ThrottlingException`. */
  take(name: RateName, perSecond: number): Eventually<void>
}

/** Each host counts for itself, and writes nothing. */
export function createHostRates(clock: Clock): Rates {
  const buckets = createRecentMap<Bucket>(limits.requestBucketsMax)
  return {
    take: ({ account, group }, perSecond) => {
      const name = `${account} ${group}`
      const nowMs = clock()
      const before = buckets.get(name) ?? fullBucket(perSecond, nowMs)
      const bucket = filled(before, perSecond, nowMs, 0)
      const isFree = bucket.requests >= 1
      buckets.set(name, { ...bucket, requests: bucket.requests - Number(isFree) })
      if (!isFree) throw tooManyRequests()
    },
  }
}
