import { isGrantId } from "../../formats/opaque/grant-token.js"
import {
  type GrantRecord,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import { invalidGrantId } from "../../vocabulary/refusals/grants.js"
import { type Call, keyOf } from "../row.js"
/** A grant on the key of the call, by its id. */
export const findGrant = async (
  call: Call<unknown>,
  grantId: string,
): Promise<GrantRecord | undefined> => {
  const { account, keyId } = keyOf(call).record
  const pointerKey = grantPointerKey({ account, keyId, grantId })
  const [pointer] = await call.records.readMany(grantPointerFormat, [pointerKey])
  if (pointer === undefined) return undefined
  const [grant] = await call.records.readMany(grantRecordFormat, [pointer])
  return grant
}

/** Refuses what cannot be the id of a grant. */
export function requireGrantId(text: string): void {
  if (!isGrantId(text)) throw invalidGrantId()
}
