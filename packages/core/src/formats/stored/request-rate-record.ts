import * as z from "zod/mini"
import { isAccountId } from "../../vocabulary/arns.js"
import { ms, type RecordFormat, recordFormat } from "./record-format.js"

/** What the hosts of a region may still take of a request quota, together. */
export interface RequestRateRecord {
  readonly account: string
  /** The group of operations, and the key store where each has a quota of its own. */
  readonly group: string
  /** Requests that no host has taken. */
  readonly requests: number
  /** Until when time has added to them. */
  readonly filledMs: number
}

export const requestRatePrefix = "rate/"

export const requestRateKey = ({
  account,
  group,
}: Pick<RequestRateRecord, "account" | "group">): string =>
  `${requestRatePrefix}${account}/${group}`

/** The names of groups and of key stores. */
const groupPattern = /^[A-Za-z0-9_()\- ]{1,100}$/

export const requestRateFormat: RecordFormat<RequestRateRecord> = recordFormat(
  "request rate",
  requestRateKey,
  () =>
    z.strictObject({
      account: z.string().check(z.refine(isAccountId)),
      group: z.string().check(z.regex(groupPattern)),
      requests: z.number().check(z.minimum(0)),
      filledMs: ms(),
    }),
)
