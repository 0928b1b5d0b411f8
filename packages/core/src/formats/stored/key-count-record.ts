import * as z from "zod"
import { isAccountId } from "../../vocabulary/arns.js"
import { type RecordFormat, recordFormat } from "./record-format.js"

/**
 * How many of an account's keys have ids that end alike. The count is in parts, so that hosts that
 * make keys at once rarely write the same one.
 */
export interface KeyCountRecord {
  readonly account: string
  /** One hexadecimal digit. */
  readonly part: string
  readonly keys: number
}

type CountName = Pick<KeyCountRecord, "account" | "part">

export const keyCountPrefix = (account: string): string => `count/${account}/`
export const keyCountKey = ({ account, part }: CountName): string => keyCountPrefix(account) + part

export const keyCountFormat: RecordFormat<KeyCountRecord> = recordFormat(
  "key count",
  keyCountKey,
  () =>
    z.strictObject({
      account: z.string().refine(isAccountId),
      part: z.string().regex(/^[0-7]$/),
      keys: z.int().min(0),
    }),
)
