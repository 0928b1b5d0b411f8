import type { GrantName } from "../../formats/opaque/grant-token.js"
import {
  type GrantRecord,
  grantPointerFormat,
  grantPointerKey,
  grantRecordFormat,
} from "../../formats/stored/grant-records.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { ReadSet } from "../records/record-reader.js"

/** A grant by its id, or `undefined`. */
export const findGrant = (reads: ReadSet, name: GrantName): Eventually<GrantRecord | undefined> =>
  andThen(reads.read(grantPointerFormat, grantPointerKey(name)), (pointer) =>
    pointer === undefined ? undefined : reads.read(grantRecordFormat, pointer),
  )
