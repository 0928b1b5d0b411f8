import { concatBytes, utf8 } from "../../vocabulary/bytes.js"
import { ivBytes, tagBytes } from "./limits.js"
import { readUint32, writeUint32, writeUint64 } from "./numbers.js"

/*
 * The parts of a body: frames, the last of which is marked, or one part that is not framed.
 *
 * Source: data-format/message-body.md and message-body-aad.md.
 */

export type PartKind = "frame" | "finalFrame" | "unframed"

interface PartRow {
  /** What stands before the encrypted content. */
  readonly headBytes: number
  /** What the additional data says the part is. */
  readonly says: Uint8Array
}

const finalMark = 0xffff_ffff

const partTable: Readonly<Record<PartKind, PartRow>> = Object.freeze({
  // Sequence number, IV.
  frame: { headBytes: 4 + ivBytes, says: utf8("AWSKMSEncryptionClient Frame") },
  // Mark, sequence number, IV, length.
  finalFrame: { headBytes: 12 + ivBytes, says: utf8("AWSKMSEncryptionClient Final Frame") },
  // IV, length.
  unframed: { headBytes: ivBytes + 8, says: utf8("AWSKMSEncryptionClient Single Block") },
})

/** Head, content and tag of a part. */
export const partBytes = (kind: PartKind, contentBytes: number): number =>
  partTable[kind].headBytes + contentBytes + tagBytes

/** The whole body of a message whose final frame is shorter than the others. */
export function bodyBytes(plaintextBytes: number, frameBytes: number): number {
  const whole = Math.floor(plaintextBytes / frameBytes)
  return (
    whole * partBytes("frame", frameBytes) + partBytes("finalFrame", plaintextBytes % frameBytes)
  )
}

/** The IV that belongs to a sequence number: the number, behind zeros. */
export function ivOf(sequence: number): Uint8Array {
  const iv = new Uint8Array(ivBytes)
  writeUint32(iv, ivBytes - 4, sequence)
  return iv
}

/** The additional data of a part. A body that is not framed has the sequence number 1. */
export function partAad(
  messageId: Uint8Array,
  kind: PartKind,
  sequence: number,
  contentBytes: number,
): Uint8Array {
  const numbers = new Uint8Array(12)
  writeUint32(numbers, 0, sequence)
  writeUint64(numbers, 4, contentBytes)
  return concatBytes(messageId, partTable[kind].says, numbers)
}

/** What stands before the content of a frame. */
export function frameHead(
  kind: "frame" | "finalFrame",
  sequence: number,
  contentBytes: number,
): Uint8Array {
  const head = new Uint8Array(partTable[kind].headBytes)
  const isFinal = kind === "finalFrame"
  if (isFinal) writeUint32(head, 0, finalMark)
  const start = isFinal ? 4 : 0
  writeUint32(head, start, sequence)
  writeUint32(head, start + ivBytes, sequence)
  if (isFinal) writeUint32(head, start + 4 + ivBytes, contentBytes)
  return head
}

/** Which kind of frame begins with these four bytes. */
export const frameKind = (start: Uint8Array): "frame" | "finalFrame" =>
  readUint32(start, 0) === finalMark ? "finalFrame" : "frame"
