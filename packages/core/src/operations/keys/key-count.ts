import {
  type KeyCountRecord,
  keyCountFormat,
  keyCountKey,
  keyCountPrefix,
} from "../../formats/stored/key-count-record.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { Change } from "../../model/changes.js"
import { counted, keyCountParts, partOf } from "../../model/key-count.js"
import { limits } from "../../vocabulary/limits.js"
import { tooManyKeys } from "../../vocabulary/refusals/keys.js"
import type { Call } from "../call.js"

const sum = (counts: readonly (KeyCountRecord | undefined)[]): number =>
  counts.reduce((total, count) => total + (count?.keys ?? 0), 0)

/** Whether the account has as many keys as it may have. */
async function isFull({ records, quotas }: Call<unknown>, account: string): Promise<boolean> {
  const range = { prefix: keyCountPrefix(account), limit: keyCountParts.length }
  const glance = await records.list(keyCountFormat, range)
  if (sum(glance.records) < quotas.keysPerAccount - limits.keysCountedTogether) return false
  // Read so that the commit expects it: near the quota no two calls take the last place.
  const names = keyCountParts.map((part) => keyCountKey({ account, part }))
  return sum(await records.readMany(keyCountFormat, names)) >= quotas.keysPerAccount
}

/**
 * Counts a key that is to be made, or refuses it. A call looks at the part of the count that it
 * writes; when that has half of its share of the quota, at all parts.
 */
export async function countNewKey(call: Call<unknown>, key: KeyRecord): Promise<Change> {
  const { records, quotas } = call
  const own = await records.read(keyCountFormat, keyCountKey(partOf(key)))
  const share = (quotas.keysPerAccount - limits.keysCountedTogether) / keyCountParts.length
  const mayBeFull = (own?.keys ?? 0) >= share / 2
  if (mayBeFull && (await isFull(call, key.account))) throw tooManyKeys()
  return counted(key, own, 1)
}
