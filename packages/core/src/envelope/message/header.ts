import { concatBytes, noBytes } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import { commitmentBytes } from "./derive-keys.js"
import { type EncryptedDataKey, encodeEncryptedDataKeys } from "./encrypted-data-key.js"
import type { EncryptionContext } from "./encryption-context.js"
import { encodeContext, parseContextInAnyOrder } from "./encryption-context.js"
import { ivBytes, tagBytes } from "./limits.js"
import { readUint16, readUint32, writeField, writeUint16, writeUint32 } from "./numbers.js"
import { cut } from "./refusals.js"
import { type AlgorithmSuite, suiteOf } from "./suites.js"
import { readText } from "./text.js"

/** What a header says, apart from how it is authenticated. */
export interface HeaderFields {
  readonly suite: AlgorithmSuite
  readonly messageId: Uint8Array
  /** The pairs that are stored in the message, the verification key too. */
  readonly storedContext: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** Of the plaintext in a regular frame; `undefined` when the body is not framed. */
  readonly frameBytes: number | undefined
  /** No bytes unless the suite is committing. */
  readonly commitment: Uint8Array
}

/** A header as it was parsed, with what is needed to verify it. */
export interface ParsedHeader extends HeaderFields {
  /** What stands before IV and tag. */
  readonly body: Uint8Array
  readonly iv: Uint8Array
  readonly tag: Uint8Array
  /** Body, IV and tag: where the body of the message begins. */
  readonly lengthBytes: number
}

/** What a reader puts up with. Source: the limits of createEnvelope. */
export interface HeaderLimits {
  readonly headerBytesMax: number
  readonly encryptedDataKeysMax: number
}

interface VersionRow {
  readonly messageIdBytes: number
  /** What stands before and behind the id of the suite. */
  readonly type: readonly number[]
  /** Zeros and the length of IVs, between content type and frame length. */
  readonly reserved: readonly number[]
  /** Whether the header tells its IV, which is zero otherwise. */
  readonly hasIv: boolean
}

/** Source: data-format/message-header.md. */
export const versionTable: Readonly<Record<1 | 2, VersionRow>> = Object.freeze({
  1: { messageIdBytes: 16, type: [0x80], reserved: [0, 0, 0, 0, ivBytes], hasIv: true },
  2: { messageIdBytes: 32, type: [], reserved: [], hasIv: false },
})

const contentTypes = { unframed: 1, framed: 2 } as const

const noIv = new Uint8Array(ivBytes)

/** What stands before IV and tag. Written in one piece: memory is what this costs. */
export function encodeHeaderBody(fields: HeaderFields): Uint8Array {
  const { suite, messageId, storedContext, frameBytes, commitment } = fields
  const { type, reserved } = versionTable[suite.messageVersion]
  const context = encodeContext(storedContext)
  const keys = encodeEncryptedDataKeys(fields.encryptedDataKeys)
  const fixedBytes = 1 + type.length + 2 + 2 + 1 + reserved.length + 4
  const bytes = new Uint8Array(
    fixedBytes + messageId.length + context.length + keys.length + commitment.length,
  )
  bytes[0] = suite.messageVersion
  bytes.set(type, 1)
  let offset = 1 + type.length
  writeUint16(bytes, offset, suite.id)
  bytes.set(messageId, offset + 2)
  offset = writeField(bytes, offset + 2 + messageId.length, context)
  bytes.set(keys, offset)
  offset += keys.length
  bytes[offset] = frameBytes === undefined ? contentTypes.unframed : contentTypes.framed
  bytes.set(reserved, offset + 1)
  writeUint32(bytes, offset + 1 + reserved.length, frameBytes ?? 0)
  bytes.set(commitment, bytes.length - commitment.length)
  return bytes
}

/** What the tag of a header authenticates: its body, and the pairs that are not stored in it. */
export function headerAad(body: Uint8Array, unstored: EncryptionContext): Uint8Array {
  const pairs = encodeContext(unstored)
  return pairs.length === 0 ? body : concatBytes(body, pairs)
}

/** The whole header, its tag in any number of pieces. A version that tells no IV has zeros. */
export const encodeHeader = (
  { suite }: HeaderFields,
  body: Uint8Array,
  iv: Uint8Array,
  ...tag: readonly Uint8Array[]
): Uint8Array => concatBytes(body, versionTable[suite.messageVersion].hasIv ? iv : noBytes, ...tag)

const malformed = (what: string): EnvelopeError =>
  new EnvelopeError("malformed", `the header cannot be read: ${what}`)

/** The first letters of messages in Base64, which callers forget to decode. */
const base64Letters = ["AY", "Ag"]

function versionOf(first: Uint8Array): 1 | 2 {
  const version = first[0]
  if (version === 1 || version === 2) return version
  if (base64Letters.includes(String.fromCharCode(...first))) {
    throw new EnvelopeError("malformed", "the message seems to be in Base64: decode it first")
  }
  throw malformed("its version is unknown")
}

/**
 * Reads a header from bytes that may not all be there yet: it asks for a number of bytes, counted
 * from the start of the message, and is given at least so many, as often as it must. Returns what
 * it read; nothing of that is verified. Throws `EnvelopeError` with `malformed`, or with `limit` as
 * soon as a limit is seen to be exceeded.
 *
 * It is the exact inverse of {@link encodeHeader}: every header it reads has these bytes alone, but
 * for the order of the pairs.
 */
export function* parseHeader(limits: HeaderLimits): Generator<number, ParsedHeader, Uint8Array> {
  let bytes: Uint8Array = noBytes
  let offset = 0
  /** Whether so many more bytes must be asked for. */
  function lacks(length: number): boolean {
    const end = offset + length
    if (end > limits.headerBytesMax) throw new EnvelopeError("limit", "the header is too long")
    return end > bytes.length
  }
  function take(length: number): Uint8Array {
    offset += length
    return bytes.subarray(offset - length, offset)
  }
  /** What is there is taken at once: a generator for each field takes longer than all the rest. */
  function fieldThere(): Uint8Array | undefined {
    if (lacks(2)) return undefined
    const length = readUint16(bytes, offset)
    if (lacks(2 + length)) return undefined
    offset += 2
    return take(length).slice()
  }
  function* takeField(): Generator<number, Uint8Array, Uint8Array> {
    if (lacks(2)) bytes = yield offset + 2
    const length = readUint16(take(2), 0)
    if (lacks(length)) bytes = yield offset + length
    return take(length).slice()
  }

  if (lacks(2)) bytes = yield 2
  const version = versionOf(bytes.subarray(0, 2))
  const { messageIdBytes, type, reserved, hasIv } = versionTable[version]
  if (type.some((byte, i) => bytes[1 + i] !== byte)) throw malformed("its type is unknown")
  offset = 1 + type.length
  if (lacks(2)) bytes = yield offset + 2
  const suite = suiteOf(readUint16(take(2), 0))
  if (suite?.messageVersion !== version) throw malformed("its algorithm suite is unknown")
  if (lacks(messageIdBytes)) bytes = yield offset + messageIdBytes
  const messageId = take(messageIdBytes).slice()
  const storedContext = parseContextInAnyOrder(fieldThere() ?? (yield* takeField()))

  if (lacks(2)) bytes = yield offset + 2
  const count = readUint16(take(2), 0)
  if (count === 0) throw malformed("it has no encrypted data key")
  if (count > limits.encryptedDataKeysMax) {
    throw new EnvelopeError("limit", "the message has too many encrypted data keys")
  }
  const encryptedDataKeys: EncryptedDataKey[] = []
  for (let i = 0; i < count; i += 1) {
    const providerId = textIn(fieldThere() ?? (yield* takeField()))
    const providerInfo = fieldThere() ?? (yield* takeField())
    encryptedDataKeys.push({
      providerId,
      providerInfo,
      ciphertext: fieldThere() ?? (yield* takeField()),
    })
  }

  const kindBytes = 1 + reserved.length + 4
  if (lacks(kindBytes)) bytes = yield offset + kindBytes
  const kind = take(kindBytes)
  if (reserved.some((byte, i) => kind[1 + i] !== byte)) throw malformed("a reserved field is not 0")
  const frameBytes = frameBytesIn(kind[0], readUint32(kind, 1 + reserved.length))
  const end = offset + (suite.isCommitting ? commitmentBytes : 0)
  const rest = end - offset + (hasIv ? ivBytes : 0) + tagBytes
  if (lacks(rest)) bytes = yield offset + rest
  const commitment = take(end - offset).slice()
  const iv = hasIv ? take(ivBytes).slice() : noIv
  const tag = take(tagBytes).slice()
  const fields = { suite, messageId, storedContext, encryptedDataKeys, frameBytes, commitment }
  return { ...fields, body: bytes.slice(0, end), iv, tag, lengthBytes: offset }
}

function textIn(bytes: Uint8Array): string {
  const text = readText(bytes)
  if (text === undefined) throw malformed("a provider id is not UTF-8")
  return text
}

function frameBytesIn(contentType: number | undefined, frameBytes: number): number | undefined {
  if (contentType === contentTypes.framed) {
    if (frameBytes === 0) throw malformed("its frames have no bytes")
    return frameBytes
  }
  if (contentType !== contentTypes.unframed) throw malformed("its content type is unknown")
  if (frameBytes !== 0) throw malformed("its frame length is not 0")
  return undefined
}

/** {@link parseHeader} over bytes that are all there. */
export function parseWholeHeader(message: Uint8Array, limits: HeaderLimits): ParsedHeader {
  const parsing = parseHeader(limits)
  let step = parsing.next()
  while (!step.done) {
    if (step.value > message.length) throw cut()
    step = parsing.next(message)
  }
  return step.value
}
