import * as z from "zod/mini"
import { type RecordFormat, recordFormat } from "./record-format.js"

/** How often a domain key may have been used by now: hosts count ahead. */
export interface DomainKeyUsesRecord {
  /** 16 hexadecimal digits. */
  readonly id: string
  /** Tokens that were wrapped under it. */
  readonly wraps: number
  /** Records that were sealed under keys that follow from it. */
  readonly seals: number
}

export const domainKeyUsesKey = (id: string): string => `uses/${id}`

export const domainKeyUsesFormat: RecordFormat<DomainKeyUsesRecord> = recordFormat(
  "domain key uses",
  ({ id }) => domainKeyUsesKey(id),
  () =>
    z.strictObject({
      id: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
      wraps: z.int().check(z.minimum(0)),
      seals: z.int().check(z.minimum(0)),
    }),
)
