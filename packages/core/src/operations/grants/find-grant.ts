import { type GrantName, isGrantId } from "../../formats/opaque/grant-token.js"
import {
  type GrantRecord,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { invalidGrantId } from "../../vocabulary/refusals/grants.js"
import type { Records } from "../call.js"

/** The grant to which the entry under this key points, or `undefined`. */
export const grantAt = (
  records: Pick<Records, "read">,
  key: string,
): Eventually<GrantRecord | undefined> =>
  andThen(records.read(grantPointerFormat, key), (pointer) =>
    pointer === undefined ? undefined : records.read(grantRecordFormat, pointer),
  )

/** A grant by its id, or `undefined`. */
export const findGrant = (
  records: Pick<Records, "read">,
  name: GrantName,
): Eventually<GrantRecord | undefined> => grantAt(records, grantPointerKey(name))

/** Refuses what cannot be the id of a grant. */
export function requireGrantId(text: string): void {
  if (!isGrantId(text)) throw invalidGrantId()
}
