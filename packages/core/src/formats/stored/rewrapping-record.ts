import * as z from "zod/mini"
import { ms, type RecordFormat, recordFormat } from "./record-format.js"

/** How far a region is with putting what it stores under its current domain key. */
export interface RewrappingRecord {
  /** The domain key that was current when this walk through the storage began. */
  readonly currentId: string
  /** The storage key up to which everything is under it. Absent: the walk is at its beginning. */
  readonly after?: string | undefined
  /** Records of this walk that could not be read or written: it has to be walked again. */
  readonly skipped: number
  /** Former domain keys under which nothing stands any more, and since when. */
  readonly unused: readonly { readonly id: string; readonly sinceMs: number }[]
}

export const rewrappingKey = "rewrapping"

const domainKeyId = () => z.string().check(z.regex(/^[0-9a-f]{16}$/))

export const rewrappingFormat: RecordFormat<RewrappingRecord> = recordFormat(
  "rewrapping",
  () => rewrappingKey,
  () =>
    z.strictObject({
      currentId: domainKeyId(),
      after: z.optional(z.string()),
      skipped: z.int().check(z.minimum(0)),
      unused: z.array(z.strictObject({ id: domainKeyId(), sinceMs: ms() })),
    }),
)
