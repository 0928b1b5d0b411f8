import { compareBytes, utf8 } from "../../vocabulary/bytes.js"
import { createLastFew } from "../../vocabulary/slots.js"
import { EnvelopeError } from "../envelope-error.js"
import { readUint16, writeField, writeUint16 } from "./numbers.js"
import { readText } from "./text.js"

/** Pairs of text that are authenticated with a message. */
export type EncryptionContext = Readonly<Record<string, string>>

/** Source: message-header.md: the length of the pairs is a field of 16 bits. */
const contextBytesMax = 0xffff

interface EncodedPair {
  readonly name: string
  readonly key: Uint8Array
  readonly value: Uint8Array
}

type Order = (a: EncodedPair, b: EncodedPair) => number

const byBytes: Order = (a, b) => compareBytes(a.key, b.key)
const byLocale: Order = (a, b) => a.name.localeCompare(b.name, "en")

function encodeText(text: unknown): Uint8Array {
  // A lone surrogate has no UTF-8: two different contexts would have the same bytes.
  if (typeof text !== "string" || !text.isWellFormed()) {
    throw new EnvelopeError("context", "every key and value must be a well-formed string")
  }
  return utf8(text)
}

const tooLong = (): EnvelopeError =>
  new EnvelopeError("limit", `the encryption context may have ${contextBytesMax} bytes`)

const malformed = (): EnvelopeError =>
  new EnvelopeError("malformed", "the encryption context cannot be read")

/**
 * Of the contexts that were encoded last and stay as they are: one is encoded for several ends. A
 * weak map of all of them would cost the collector of garbage more than encoding costs.
 */
const encodings = createLastFew<EncryptionContext, Uint8Array>(8)

/**
 * The bytes of a context, as headers hold them and raw keys authenticate them: the number of
 * pairs, and every key and value after its length, sorted by the bytes of the keys. An empty
 * context is no bytes at all. Nobody may write to them.
 *
 * Throws `EnvelopeError` with `context` or `limit` for a context that has no such form.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/structures.md, "Serialization".
 */
export function encodeContext(context: EncryptionContext): Uint8Array {
  if (!Object.isFrozen(context)) return encodePairs(context, byBytes)
  const known = encodings.find(context)
  if (known !== undefined) return known
  const bytes = encodePairs(context, byBytes)
  encodings.note(context, bytes)
  return bytes
}

/**
 * The pairs in the order of their text, in which the AWS library for JavaScript has raw AES and
 * branch keys authenticate them unless its keyrings are told otherwise (`utf8Sorting`). They are
 * the same pairs: an order that only that library writes is read as well.
 */
export const encodeContextByLocale = (context: EncryptionContext): Uint8Array =>
  encodePairs(context, byLocale)

function encodePairs(context: EncryptionContext, order: Order): Uint8Array {
  const pairs = Object.keys(context)
    .map((name) => ({ name, key: encodeText(name), value: encodeText(context[name]) }))
    .sort(order)
  if (pairs.length === 0) return new Uint8Array(0)
  const length = pairs.reduce((sum, { key, value }) => sum + 4 + key.length + value.length, 2)
  if (length > contextBytesMax) throw tooLong()
  const bytes = new Uint8Array(length)
  writeUint16(bytes, 0, pairs.length)
  let offset = 2
  for (const { key, value } of pairs) {
    offset = writeField(bytes, writeField(bytes, offset, key), value)
  }
  return bytes
}

function textIn(bytes: Uint8Array): string {
  const text = readText(bytes)
  if (text === undefined) throw malformed()
  return text
}

const noPairs: EncryptionContext = Object.freeze({})

/** The pairs of these bytes, and whether they stand in their order. */
function parsePairs(bytes: Uint8Array) {
  if (bytes.length === 0) return { context: noPairs, isSorted: true }
  if (bytes.length < 2 || bytes.length > contextBytesMax) throw malformed()
  const count = readUint16(bytes, 0)
  if (count === 0) throw malformed()
  let offset = 2
  const take = (): Uint8Array => {
    if (bytes.length - offset < 2) throw malformed()
    const start = offset + 2
    offset = start + readUint16(bytes, offset)
    if (offset > bytes.length) throw malformed()
    return bytes.subarray(start, offset)
  }
  const pairs: [string, string][] = []
  let last: Uint8Array | undefined
  let isSorted = true
  for (let i = 0; i < count; i += 1) {
    const key = take()
    isSorted &&= last === undefined || compareBytes(last, key) < 0
    last = key
    pairs.push([textIn(key), textIn(take())])
  }
  if (offset !== bytes.length) throw malformed()
  const context = Object.freeze(Object.fromEntries(pairs))
  if (isSorted) encodings.note(context, new Uint8Array(bytes))
  else if (Object.keys(context).length < count) throw malformed()
  return { context, isSorted }
}

/**
 * The exact inverse of {@link encodeContext}: it throws `EnvelopeError` with `malformed` for bytes
 * that no context has, as pairs out of order or twice.
 */
export function parseContext(bytes: Uint8Array): EncryptionContext {
  const { context, isSorted } = parsePairs(bytes)
  if (!isSorted) throw malformed()
  return context
}

/**
 * As {@link parseContext}, of messages: libraries that wrote them had other orders. What is
 * authenticated are the bytes as they stand.
 */
export const parseContextInAnyOrder = (bytes: Uint8Array): EncryptionContext =>
  parsePairs(bytes).context
