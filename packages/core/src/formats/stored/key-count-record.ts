import * as z from "zod/mini"
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
  () =>
    z.strictObject({
      account: z.string().check(z.refine(isAccountId)),
      keys: z.int().check(z.minimum(0)),
    }),
)
