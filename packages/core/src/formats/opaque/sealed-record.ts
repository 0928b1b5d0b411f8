import {
  type Allocate,
  allocateBytes,
  bytesOfHex,
  concatBytes,
  hexOf,
  startsWith,
} from "../../vocabulary/bytes.js"
import { encodeFields } from "../fields.js"

/** A record as storage holds it, in its parts, which are views into it. */
export interface SealedRecord {
  /** 16 hexadecimal digits. */
  readonly domainKeyId: string
  /** Nonce, IV, encrypted record and tag. */
  readonly message: Uint8Array
}

/** "KR", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x52, 0x01)
const headerBytesLength = prefix.length + 8
/** Nonce 16 and IV 12. */
const nonceAndIvBytes = 28
const tagBytes = 16

/** By how much a sealed record is longer than the record in it. */
const overheadBytes = headerBytesLength + nonceAndIvBytes + tagBytes

/** Throws `TypeError` unless the id is 16 hexadecimal digits. */
export function encodeRecordHeader(domainKeyId: string): Uint8Array {
  const id = bytesOfHex(domainKeyId)
  if (id?.length !== 8) throw new TypeError("`domainKeyId` must be 16 hexadecimal digits")
  return concatBytes(prefix, id)
}

/** A sealed record: "KR", version 1, the domain key id, and the message. */
export const encodeSealedRecord = (headerBytes: Uint8Array, message: Uint8Array): Uint8Array =>
  concatBytes(headerBytes, message)

/** The message of a sealed record with that header; `undefined` where it has another. */
export const messageBehind = (
  headerBytes: Uint8Array,
  bytes: Uint8Array,
): Uint8Array | undefined =>
  bytes.length >= overheadBytes && startsWith(bytes, headerBytes)
    ? bytes.subarray(headerBytesLength)
    : undefined

/** Splits a sealed record; `undefined` when it is not one. */
export function parseSealedRecord(bytes: Uint8Array): SealedRecord | undefined {
  if (bytes.length < overheadBytes) return undefined
  if (!startsWith(bytes, prefix)) return undefined
  return {
    domainKeyId: hexOf(bytes.subarray(prefix.length, headerBytesLength)),
    message: bytes.subarray(headerBytesLength),
  }
}

/** Long enough for what is authenticated with records in the places that there are. */
const scratchBytes = 512

/** Writes again and again over the same bytes: memory is what short fields cost. */
function createScratch(): Allocate {
  const scratch = new Uint8Array(scratchBytes)
  return (lengthBytes) =>
    lengthBytes <= scratchBytes ? scratch.subarray(0, lengthBytes) : allocateBytes(lengthBytes)
}

/**
 * What is authenticated with the records under a domain key: the header, a label, the domain, and
 * the place. What it answers holds until it is asked again.
 */
export function recordAads(
  headerBytes: Uint8Array,
  domainName: string,
): (place: string) => Uint8Array {
  const head = encodeFields([headerBytes, "keywright record 1", domainName])
  const scratch = createScratch()
  return (place) => encodeFields([place], head, scratch)
}

/**
 * What stands for a sealed record in a digest: its place, and of its message the nonce, the IV and
 * the tag, which no second genuine record has. It holds until it is asked again.
 */
export function recordMarks(
  domainName: string,
): (place: string, message: Uint8Array) => Uint8Array {
  const head = encodeFields(["keywright record mark 1", domainName])
  const scratch = createScratch()
  return (place, message) => {
    const tag = message.subarray(-tagBytes)
    const start = message.subarray(0, nonceAndIvBytes)
    return encodeFields([place, start, tag], head, scratch)
  }
}
