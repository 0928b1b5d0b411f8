import { base64Of, bytesOfBase64 } from "../../vocabulary/base64.js"
import { textOf, utf8 } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import { parseWholeHeader } from "../message/header.js"
import { encryptedDataKeysLargest } from "../message/limits.js"

declare const brand: unique symbol

/** Text of a column that was sealed: a string that no other string may stand in for. */
export type SealedText = string & { readonly [brand]: "text" }
/** Bytes of a column that were sealed: a message of the AWS Encryption SDK as it is. */
export type SealedBytes = Uint8Array & { readonly [brand]: "bytes" }

/** Text or bytes: what a value is, and what its column holds. */
export type FieldForm = "text" | "bytes"
export interface ValueOf {
  readonly text: string
  readonly bytes: Uint8Array
}
export interface SealedOf {
  readonly text: SealedText
  readonly bytes: SealedBytes
}

/** The largest value of a column, in bytes, sealed or not. Ours: columns are not for files. */
export const fieldBytesMax = 16 * 1024 * 1024

const limits = {
  headerBytesMax: fieldBytesMax,
  encryptedDataKeysMax: encryptedDataKeysLargest,
}

/** Whether the bytes begin as a message does; nothing is verified. */
function isMessage(bytes: Uint8Array): boolean {
  if (bytes.length > fieldBytesMax) return false
  try {
    parseWholeHeader(bytes, limits)
    return true
  } catch {
    return false
  }
}

/** The first version of sealed text: this and Base64 of the message. */
const textPrefix = "kw1:"

function messageOfText(text: string): Uint8Array | undefined {
  if (!text.startsWith(textPrefix) || text.length > (fieldBytesMax / 3) * 4) return undefined
  return bytesOfBase64(text.slice(textPrefix.length))
}

interface Form<Value, Sealed> {
  /** The bytes of a value. Throws `TypeError` for a value of another form. */
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): Value
  seal(message: Uint8Array): Sealed
  /** The message in what a column holds; `undefined` when that was not sealed. */
  messageIn(stored: unknown): Uint8Array | undefined
}

const text: Form<string, SealedText> = {
  encode(value) {
    if (typeof value === "string" && value.isWellFormed()) return utf8(value)
    throw new TypeError("the value must be a well-formed string")
  },
  decode(bytes) {
    try {
      return textOf(bytes)
    } catch {
      throw new EnvelopeError("malformed", "the value is no text")
    }
  },
  seal: (message) => `${textPrefix}${base64Of(message)}` as SealedText,
  messageIn(stored) {
    const message = typeof stored === "string" ? messageOfText(stored) : undefined
    return message !== undefined && isMessage(message) ? message : undefined
  },
}

const bytes: Form<Uint8Array, SealedBytes> = {
  encode(value) {
    if (value instanceof Uint8Array) return value
    throw new TypeError("the value must be a Uint8Array")
  },
  decode: (value) => value,
  seal: (message) => message as SealedBytes,
  messageIn: (stored) => (stored instanceof Uint8Array && isMessage(stored) ? stored : undefined),
}

export const forms: { readonly [F in FieldForm]: Form<ValueOf[F], SealedOf[F]> } = Object.freeze({
  text,
  bytes,
})
