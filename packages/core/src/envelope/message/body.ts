import { utf8 } from "../../vocabulary/bytes.js"
import { ivBytes, tagBytes } from "./limits.js"
import { readUint32, writeUint32, writeUint64 } from "./numbers.js"

/*
 * The parts of a body: frames, the last of which is marked, or one part that is not framed.
 *
 * Source: data-format/message-body.md and message-body-aad.md.
 */

export type PartKind = "frame" | "finalFrame" | "unframed"

type FrameKind = Exclude<PartKind, "unframed">

const finalMark = 0xffff_ffff

/** What the additional data says the part is. */
const saysTable: Readonly<Record<PartKind, Uint8Array>> = Object.freeze({
  frame: utf8("AWSKMSEncryptionClient Frame"),
  finalFrame: utf8("AWSKMSEncryptionClient Final Frame"),
  unframed: utf8("AWSKMSEncryptionClient Single Block"),
})

/** What stands before the encrypted content. */
const headBytes: Readonly<Record<FrameKind, number>> = Object.freeze({
  // Sequence number, IV.
  frame: 4 + ivBytes,
  // Mark, sequence number, IV, length.
  finalFrame: 12 + ivBytes,
})

/** Head, content and tag of a frame. */
export const partBytes = (kind: FrameKind, contentBytes: number): number =>
  headBytes[kind] + contentBytes + tagBytes

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
  const says = saysTable[kind]
  const end = messageId.length + says.length
  const aad = new Uint8Array(end + 12)
  aad.set(messageId)
  aad.set(says, messageId.length)
  writeUint32(aad, end, sequence)
  writeUint64(aad, end + 4, contentBytes)
  return aad
}

/** What stands before the content of a frame. */
export function frameHead(kind: FrameKind, sequence: number, contentBytes: number): Uint8Array {
  const head = new Uint8Array(headBytes[kind])
  const isFinal = kind === "finalFrame"
  if (isFinal) writeUint32(head, 0, finalMark)
  const start = isFinal ? 4 : 0
  writeUint32(head, start, sequence)
  writeUint32(head, start + ivBytes, sequence)
  if (isFinal) writeUint32(head, start + 4 + ivBytes, contentBytes)
  return head
}

/** Whether a final frame begins with these four bytes. */
export const isFinalFrame = (start: Uint8Array): boolean => readUint32(start, 0) === finalMark
