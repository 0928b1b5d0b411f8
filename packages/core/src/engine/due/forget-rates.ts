import { RecordError } from "../../formats/stored/record-format.js"
import { requestRateFormat, requestRatePrefix } from "../../formats/stored/request-rate-record.js"
import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import type { Budget } from "../records/destroy-key.js"

/** The keys of one commit, with room for those that the storage adds. */
const togetherMax = 40

async function forgetAll({ storage, clock, rest }: Host, budget: Budget): Promise<void> {
  let after: string | undefined
  do {
    await rest()
    const page = await storage.list({ prefix: requestRatePrefix, after, limit: togetherMax })
    const old = page.entries.filter(({ key, value }) => {
      const { filledMs } = requestRateFormat.decode(value, key)
      return clock() - filledMs > limits.requestRateIdleMs
    })
    budget.items -= page.entries.length
    after = page.more ? page.entries.at(-1)?.key : undefined
    if (old.length === 0) continue
    const expect = old.map(({ key, revision }) => ({ key, revision }))
    // One that somebody has taken of meanwhile is for another sweep.
    await storage.commit({ expect, put: [], remove: old.map(({ key }) => key) })
  } while (after !== undefined && budget.items > 0)
}

/**
 * Removes request rates that nobody has taken of for long: time has filled them again, and a quota
 * without a record is a full one. Answers what is wrong with a record that could not be read.
 */
export async function forgetRates(host: Host, budget: Budget): Promise<readonly string[]> {
  if (host.throttle === undefined) return []
  try {
    await forgetAll(host, budget)
    return []
  } catch (error) {
    if (!(error instanceof RecordError)) throw error
    return [error.message]
  }
}
