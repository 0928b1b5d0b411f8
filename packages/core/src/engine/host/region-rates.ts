import type { Storage } from "@keywright/storage"
import {
  type RequestRateRecord,
  requestRateFormat,
  requestRateKey,
} from "../../formats/stored/request-rate-record.js"
import { filled, fullBucket } from "../../model/request-rates.js"
import type { Clock } from "../../ports/clock.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { limits } from "../../vocabulary/limits.js"
import { createRecentMap } from "../../vocabulary/recent-map.js"
import { tooManyRequests } from "../../vocabulary/refusals/requests.js"
import type { RateName, Rates } from "./host-rates.js"

/*
 * The hosts of a region count together. A host takes a share of a quota out of the storage, and
 * requests out of its share: decision 0051.
 */

/** What this host has taken of one quota. */
interface Share {
  /** Requests that are taken and not made. */
  requests: number
  /** There was nothing to be taken; until then it does not ask again. */
  dryUntilMs: number
  /** Requests that wait for more. */
  waiting: number
  taking: Promise<void> | undefined
}

/** How many shares a quota has: so many times in a second a busy host writes, and no more. */
const sharesPerQuota = 16

const shareOf = (perSecond: number): number => Math.max(1, Math.ceil(perSecond / sharesPerQuota))
const dryMs = (perSecond: number): number => Math.ceil(1000 / Math.min(perSecond, sharesPerQuota))

interface RegionRatesPorts {
  readonly storage: Storage
  readonly clock: Clock
}

export function createRegionRates({ storage, clock }: RegionRatesPorts): Rates {
  const shares = createRecentMap<Share>(limits.requestBucketsMax)

  const shareNamed = ({ account, group }: RateName): Share => {
    const name = `${account} ${group}`
    const share = shares.get(name) ?? {
      requests: 0,
      dryUntilMs: Number.NEGATIVE_INFINITY,
      waiting: 0,
      taking: undefined,
    }
    shares.set(name, share)
    return share
  }

  /** One commit; `undefined` when another host was quicker. */
  const takeOnce = async (
    name: RateName,
    perSecond: number,
    wanted: number,
  ): Promise<number | undefined> => {
    const nowMs = clock()
    const key = requestRateKey(name)
    const [entry] = await storage.get([key])
    const before = entry && requestRateFormat.decode(entry.value, key)
    const bucket = filled(
      before ?? fullBucket(perSecond, nowMs),
      perSecond,
      nowMs,
      limits.clockAheadMsMax,
    )
    const taken = Math.min(wanted, Math.floor(bucket.requests))
    // A time that was ahead must be set right, or nothing would ever be filled again.
    const isAhead = bucket.filledMs < (before?.filledMs ?? 0)
    if (taken === 0 && !isAhead) return 0
    const record: RequestRateRecord = {
      account: name.account,
      group: name.group,
      requests: bucket.requests - taken,
      filledMs: bucket.filledMs,
    }
    const isTaken = await storage.commit({
      expect: [{ key, revision: entry?.revision }],
      put: [{ key, value: requestRateFormat.encode(record) }],
      remove: [],
      quiet: true,
    })
    return isTaken ? taken : undefined
  }

  const takeMore = async (share: Share, name: RateName, perSecond: number): Promise<void> => {
    for (let attempts = 0; attempts < limits.commitAttemptsMax; attempts += 1) {
      const taken = await takeOnce(name, perSecond, shareOf(perSecond) + share.waiting)
      if (taken === undefined) continue
      share.requests += taken
      if (taken > 0) return
      break
    }
    share.dryUntilMs = clock() + dryMs(perSecond)
  }

  /** Joins what is under way. */
  const takingMore = (share: Share, name: RateName, perSecond: number): Promise<void> => {
    share.taking ??= takeMore(share, name, perSecond).finally(() => {
      share.taking = undefined
    })
    return share.taking
  }

  /** Takes more before the last is gone, beside the calls: what fails is tried by who waits. */
  const takeAhead = (share: Share, name: RateName, perSecond: number): void => {
    const isEnough = share.requests * 2 > shareOf(perSecond)
    if (isEnough || share.taking !== undefined || clock() < share.dryUntilMs) return
    takingMore(share, name, perSecond).catch(() => undefined)
  }

  const takeLater = async (share: Share, name: RateName, perSecond: number): Promise<void> => {
    share.waiting += 1
    try {
      while (share.requests < 1) {
        if (clock() < share.dryUntilMs) throw tooManyRequests()
        await takingMore(share, name, perSecond)
      }
      share.requests -= 1
    } finally {
      share.waiting -= 1
    }
  }

  return {
    take: (name, perSecond): Eventually<void> => {
      const share = shareNamed(name)
      if (share.requests < 1) {
        if (clock() < share.dryUntilMs) throw tooManyRequests()
        return takeLater(share, name, perSecond)
      }
      share.requests -= 1
      takeAhead(share, name, perSecond)
    },
  }
}
