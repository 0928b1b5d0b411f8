import * as z from "zod"
import { isAccountId } from "../../vocabulary/arns.js"
import { type RecordFormat, recordFormat } from "./record-format.js"

/** How many customer managed keys an account has, in any state. */
export interface KeyCountRecord {
  readonly account: string
  readonly keys: number
}

export const keyCountKey = (account: string): string => `count/${account}`

export const keyCountFormat: RecordFormat<KeyCountRecord> = recordFormat(
  "key count",
  ({ account }) => keyCountKey(account),
  () => z.strictObject({ account: z.string().refine(isAccountId), keys: z.int().min(0) }),
)
