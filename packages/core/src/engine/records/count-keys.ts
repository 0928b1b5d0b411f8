import type { Change } from "@keywright/storage"
import {
  type KeyCountRecord,
  keyCountFormat,
  keyCountKey,
} from "../../formats/stored/key-count-record.js"
import { type Member, part } from "./batch.js"
import type { RecordReader } from "./record-reader.js"

/** Writes that stay within the quotas of keys, those that do not, and the counts to write. */
interface Counted {
  readonly winners: readonly Member[]
  readonly losers: readonly Member[]
  readonly counts: Change
}

const noCounts: Change = { expect: [], put: [], remove: [] }

/** Counts keys as they are now: what was decided does not depend on it, but for the quota. */
export async function withCounts(
  reader: RecordReader,
  members: readonly Member[],
): Promise<Counted> {
  const tallied = members.flatMap(({ write }) => write.tallies)
  if (tallied.length === 0) return { winners: members, losers: [], counts: noCounts }
  const reads = await reader.begin()
  const accounts = [...new Set(tallied.map(({ account }) => account))]
  const records = await reads.readMany(keyCountFormat, accounts.map(keyCountKey))
  const keysBefore = (i: number) => records[i]?.keys ?? 0
  const keys = new Map(accounts.map((account, i) => [account, keysBefore(i)]))
  const { winners, losers } = part(members, ({ write: { tallies } }) => {
    for (const { account, more, max } of tallies) {
      const then = (keys.get(account) ?? 0) + more
      if (max !== undefined && more > 0 && then > max) return false
      keys.set(account, Math.max(0, then))
    }
    return true
  })
  const after = [...keys].map(([account, count]) => ({ account, keys: count }))
  return { winners, losers, counts: countsChange(after, reads.expectations()) }
}

/** The counts as they are to be; an account without keys has none. */
function countsChange(after: readonly KeyCountRecord[], expect: Change["expect"]): Change {
  const put = after
    .filter(({ keys }) => keys > 0)
    .map((count) => ({ key: keyCountFormat.keyOf(count), value: keyCountFormat.encode(count) }))
  const remove = after.filter(({ keys }) => keys === 0).map(keyCountFormat.keyOf)
  return { expect, put, remove }
}
