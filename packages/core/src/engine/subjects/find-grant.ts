import type { GrantName } from "../../formats/opaque/grant-token.js"
import {
  type GrantRecord,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import type { ReadSet } from "../records/record-reader.js"

/** A grant by its id, or `undefined`. */
export async function findGrant(reads: ReadSet, name: GrantName): Promise<GrantRecord | undefined> {
  const pointer = await reads.read(grantPointerFormat, grantPointerKey(name))
  return pointer === undefined ? undefined : reads.read(grantRecordFormat, pointer)
}
