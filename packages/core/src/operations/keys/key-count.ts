import { keyCountFormat, keyCountKey } from "../../formats/stored/key-count-record.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { Change } from "../../model/changes.js"
import { tooManyKeys } from "../../vocabulary/refusals/keys.js"
import type { Call } from "../call.js"

/**
 * Counts a key that is to be made, or refuses it. No call expects the count to stay as it is: it
 * is added to when the key is written, and the key is not written when that would be too many.
 */
export async function countNewKey(
  { records, quotas }: Call<unknown>,
  { account }: KeyRecord,
): Promise<Change> {
  const max = quotas.keysPerAccount
  const [count] = await records.lookAt(keyCountFormat, [keyCountKey(account)])
  if ((count?.keys ?? 0) >= max) throw tooManyKeys()
  return { kind: "key count", account, more: 1, max }
}
