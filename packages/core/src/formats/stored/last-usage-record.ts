import * as z from "zod/mini"
import { isAccountId, isKeyId } from "../../vocabulary/arns.js"
import { type TrackedOperation, trackedOperations } from "../../vocabulary/tracked-operations.js"
import { ms, type RecordFormat, recordFormat } from "./record-format.js"

/** How a key was last used. Apart from the key, so that noting it changes no key. */
export interface LastUsageRecord {
  readonly account: string
  readonly keyId: string
  readonly operation: TrackedOperation
  readonly usedMs: number
  readonly requestId: string
  /** Of the audit event, where there was one. */
  readonly eventId?: string | undefined
}

/** The key must not be `key/…`: what stands there is listed as a key. */
export const lastUsageKey = ({
  account,
  keyId,
}: {
  readonly account: string
  readonly keyId: string
}): string => `usage/${account}/${keyId}`

export const lastUsageFormat: RecordFormat<LastUsageRecord> = recordFormat(
  "last usage",
  lastUsageKey,
  () =>
    z.strictObject({
      account: z.string().check(z.refine(isAccountId)),
      keyId: z.string().check(z.refine(isKeyId)),
      operation: z.enum(trackedOperations),
      usedMs: ms(),
      requestId: z.string(),
      eventId: z.optional(z.string()),
    }),
)
