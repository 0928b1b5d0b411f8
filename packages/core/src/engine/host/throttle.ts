import type { LocatedKey } from "../../operations/call.js"

import type { Clock } from "../../ports/clock.js"
import { type KeySpec, keySpecRow, keySpecTable } from "../../vocabulary/key-specs.js"
import { limits } from "../../vocabulary/limits.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"
import { tooManyRequests } from "../../vocabulary/refusals/requests.js"
import type { RequestGroup, RequestQuotas } from "../../vocabulary/request-quotas.js"
import type { Request } from "../subjects/inquiry.js"

/**
 * Keeps the request rates of accounts within their quotas: as many requests at once as may come in
 * a second, and then as many as time brings back. Each host counts for itself.
 */
export interface Throttle {
  /**
   * Counts a request, or throws `ThrottlingException`. For a call that uses no key material,
   * before anything else.
   */
  count(request: Counted): void
  /** The same for a call that does, when its keys are known. */
  countUse(request: Counted, keys: readonly LocatedKey[]): void
}

/** A call, as far as it is counted. */
type Counted = Pick<Request, "operation" | "row" | "caller" | "input">

interface Bucket {
  requests: number
  filledMs: number
}

const isKeySpec = (spec: unknown): spec is KeySpec => Object.hasOwn(keySpecTable, String(spec))

/** The groups that a use of keys counts in; a store has a quota of its own besides. */
function groupsOf({ input }: Counted, keys: readonly LocatedKey[]) {
  const pairSpec = input["KeyPairSpec"]
  const specs = keys.map(({ record }) => record.keySpec)
  const pairs = isKeySpec(pairSpec) ? keySpecRow(pairSpec).pairQuota : undefined
  const used = specs.length === 0 ? ["SYMMETRIC_DEFAULT" as const] : specs
  const groups = pairs === undefined ? used.map((spec) => keySpecRow(spec).quota) : [pairs]
  const stores = keys.flatMap(({ record }) => record.keyStore?.id ?? [])
  return { groups: new Set<RequestGroup>(groups), stores: new Set(stores) }
}

export function createThrottle(clock: Clock, quotas: RequestQuotas): Throttle {
  const buckets = createRecentMap<Bucket>(limits.requestBucketsMax)

  const take = (account: string, group: RequestGroup, store = ""): void => {
    const perSecond = quotas[group]
    if (perSecond === undefined) return
    const name = `${account} ${group} ${store}`
    const nowMs = clock()
    const bucket = buckets.get(name) ?? { requests: perSecond, filledMs: nowMs }
    buckets.set(name, bucket)
    // A clock that goes backward takes nothing away.
    const passedMs = Math.max(0, nowMs - bucket.filledMs)
    bucket.requests = Math.min(perSecond, bucket.requests + (passedMs * perSecond) / 1000)
    bucket.filledMs = nowMs
    if (bucket.requests < 1) {
      throw tooManyRequests()
    }
    bucket.requests -= 1
  }

  return {
    count: ({ row, operation, caller }) => {
      if (row.effect !== "use") take(caller.account, operation as RequestGroup)
    },
    countUse: (request, keys) => {
      if (request.row.effect !== "use") return
      const { groups, stores } = groupsOf(request, keys)
      for (const group of groups) take(request.caller.account, group)
      for (const store of stores) take(request.caller.account, "Custom key store", store)
    },
  }
}
