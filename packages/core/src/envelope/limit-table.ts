import { fieldBytesMax } from "./fields/sealed.js"
import { messagesLargest } from "./keys/cache/cached-keys.js"
import { entriesUsual } from "./keys/once-cache.js"
import {
  encryptedDataKeysMaxDefault,
  headerBytesMaxDefault,
  heldBytesMaxDefault,
} from "./limits.js"
import {
  encryptedDataKeysLargest,
  frameBytesDefault,
  frameBytesLargest,
  framesLargest,
  fieldBytesLargest as partBytesLargest,
  unframedBytesLargest,
} from "./message/limits.js"

interface LimitRow {
  readonly value: number
  readonly of: string
  /** The message format, or the default of an option, or Keywright itself. */
  readonly source: "format" | "default" | "Keywright"
}

const row = (value: number, of: string, source: LimitRow["source"]): LimitRow =>
  Object.freeze({ value, of, source })

/** What an envelope is bounded by, for people and for the printed reference. */
export const envelopeLimits: readonly LimitRow[] = Object.freeze([
  row(frameBytesLargest, "the bytes of a frame", "format"),
  row(framesLargest, "the frames of a message", "format"),
  row(unframedBytesLargest, "the bytes of a body that is not framed, on reading", "format"),
  row(encryptedDataKeysLargest, "the encrypted data keys of a message", "format"),
  row(
    partBytesLargest,
    "the bytes of an encryption context, and of a key, a value in it",
    "format",
  ),
  row(frameBytesDefault, "`frameBytes`", "default"),
  row(headerBytesMaxDefault, "`headerBytesMax`", "default"),
  row(encryptedDataKeysMaxDefault, "`encryptedDataKeysMax`", "default"),
  row(heldBytesMaxDefault, "`heldBytesMax` of a stream that decrypts", "default"),
  row(messagesLargest, "`messagesMax` of a cached data key", "default"),
  row(entriesUsual, "`entriesMax` of cached data keys and of branch keys", "default"),
  row(fieldBytesMax, "the bytes of a sealed value of a column; half as many before", "Keywright"),
])
