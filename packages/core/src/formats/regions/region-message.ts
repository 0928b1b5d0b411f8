import { isRegion } from "../../vocabulary/arns.js"
import { concatBytes, textOf } from "../../vocabulary/bytes.js"
import { decodeFields, encodeFields } from "../fields.js"

/**
 * What passes between two regions, around a body. The signature is the sender's, over all the rest;
 * a reply carries the id of its request, which is random, so that it answers that one alone.
 */
export interface RegionMessage {
  readonly kind: "request" | "reply"
  readonly from: string
  readonly to: string
  /** 16 bytes. */
  readonly id: Uint8Array
  readonly body: Uint8Array
}

export interface SignedRegionMessage extends RegionMessage {
  /** Everything but the signature. */
  readonly signedBytes: Uint8Array
  readonly signature: Uint8Array
}

/** "KR", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x52, 0x01)
const kinds = ["request", "reply"] as const
export const messageIdBytes = 16
const signatureBytes = 64
/** Ours: a policy, tags and a description, or all the materials of a key. */
export const regionMessageBytesMax = 1_048_576

/** "KR", version 1, the kind (0 request, 1 reply), from, to, id and body: what is signed. */
export const encodeMessageBody = (message: RegionMessage): Uint8Array =>
  concatBytes(
    prefix,
    Uint8Array.of(kinds.indexOf(message.kind)),
    encodeFields([message.from, message.to]),
    encodeFields([message.id, message.body]),
  )

/** The message with its signature as its last field. Throws `RangeError` when it is too long. */
export function encodeRegionMessage(signedBytes: Uint8Array, signature: Uint8Array): Uint8Array {
  const bytes = concatBytes(signedBytes, encodeFields([signature]))
  if (bytes.length > regionMessageBytesMax) throw new RangeError("the message is too long")
  return bytes
}

/** The exact inverse; `undefined` when it is no message. Its parts are views. */
export function parseRegionMessage(bytes: Uint8Array): SignedRegionMessage | undefined {
  if (bytes.length > regionMessageBytesMax) return undefined
  if (!prefix.every((byte, i) => bytes[i] === byte)) return undefined
  const kind = kinds[bytes[prefix.length] ?? kinds.length]
  const fields = decodeFields(bytes.subarray(prefix.length + 1), 5)
  if (kind === undefined || fields === undefined) return undefined
  const [fromBytes, toBytes, id, body, signature] = fields as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  if (id.length !== messageIdBytes || signature.length !== signatureBytes) return undefined
  const signedBytes = bytes.subarray(0, bytes.length - signatureBytes - 4)
  try {
    const [from, to] = [textOf(fromBytes), textOf(toBytes)]
    if (!isRegion(from) || !isRegion(to)) return undefined
    return { kind, from, to, id, body, signedBytes, signature }
  } catch {
    return undefined
  }
}
