import { isGrantId } from "../../formats/opaque/grant-token.js"
import {
  type GrantRecord,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import { grantToKey, grantToPointer, pointerToGrant } from "../../model/ties.js"
import { invalidGrantId } from "../../vocabulary/refusals/grants.js"
import type { Records } from "../call.js"
import { followAll, requireAgreement } from "../follow.js"

/**
 * The grant on a key to which the entry under this storage key points, or `undefined`. All three
 * must agree.
 */
export async function grantAt(
  records: Pick<Records, "read" | "together">,
  pointerKey: string,
  key: KeyRecord,
): Promise<GrantRecord | undefined> {
  const pointer = await records.read(grantPointerFormat, pointerKey)
  if (pointer === undefined) return undefined
  const grant = await records.read(grantRecordFormat, pointer.grantKey)
  await requireAgreement(records, pointerToGrant, pointer, grant)
  if (grant !== undefined) await requireAgreement(records, grantToKey, grant, key)
  return grant
}

/** A grant on a key by its id, or `undefined`. */
export const findGrant = (
  records: Pick<Records, "read" | "together">,
  key: KeyRecord,
  grantId: string,
): Promise<GrantRecord | undefined> =>
  grantAt(records, grantPointerKey({ account: key.account, keyId: key.keyId, grantId }), key)

/**
 * Those of the grants found on a key that are there: the key knows of each, and so does the index
 * by which it can be revoked.
 */
export async function grantsInForce(
  records: Pick<Records, "lookAt" | "together">,
  key: KeyRecord,
  grants: readonly GrantRecord[],
): Promise<readonly GrantRecord[]> {
  const areKnown = grants.every((grant) => grantToKey.agrees(grant, key))
  const known = areKnown ? grants : froms(await followAll(records, grantToKey, grants))
  return froms(await followAll(records, grantToPointer, known))
}

const froms = <From>(followed: readonly { readonly from: From }[]): readonly From[] =>
  followed.map(({ from }) => from)

/** Refuses what cannot be the id of a grant. */
export function requireGrantId(text: string): void {
  if (!isGrantId(text)) throw invalidGrantId()
}
