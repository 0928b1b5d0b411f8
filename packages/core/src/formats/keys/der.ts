import { type Allocate, allocateBytes } from "../../vocabulary/bytes.js"
import { allocateToStay } from "../../vocabulary/secret-bytes.js"

/** The tags that key formats need. */
export const derTag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
} as const

/** One element of DER; `content` is a view. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff)
  return Uint8Array.of(0x80 | bytes.length, ...bytes)
}

/** What an element has in it: bytes, or elements that are not written yet. */
export type DerPart = Uint8Array | DerDraft

interface DerDraft {
  readonly tag: number
  readonly parts: readonly DerPart[]
}

/**
 * An element inside of another one, with which it is written in one piece: a private key leaves
 * no copies of itself on the way.
 */
export const derDraft = (tag: number, ...parts: readonly DerPart[]): DerDraft => ({ tag, parts })

const contentLength = ({ parts }: DerDraft): number =>
  parts.reduce((sum, part) => sum + partLength(part), 0)

function partLength(part: DerPart): number {
  if (part instanceof Uint8Array) return part.length
  const length = contentLength(part)
  return 1 + encodeLength(length).length + length
}

/** Returns where the part ends. */
function writePart(target: Uint8Array, offset: number, part: DerPart): number {
  if (part instanceof Uint8Array) {
    target.set(part, offset)
    return offset + part.length
  }
  const length = encodeLength(contentLength(part))
  target[offset] = part.tag
  target.set(length, offset + 1)
  let end = offset + 1 + length.length
  for (const inner of part.parts) end = writePart(target, end, inner)
  return end
}

function encodeDraft(draft: DerDraft, allocate: Allocate): Uint8Array {
  const bytes = allocate(partLength(draft))
  writePart(bytes, 0, draft)
  return bytes
}

/** Tag, length and content. */
export const encodeDer = (tag: number, ...parts: readonly DerPart[]): Uint8Array =>
  encodeDraft(derDraft(tag, ...parts), allocateBytes)

/**
 * The same for a private key. Short bytes that native code is handed are moved first, and leave a
 * copy where they were that nobody wipes; these stand where they stay.
 */
export const encodeSecretDer = (tag: number, ...parts: readonly DerPart[]): Uint8Array =>
  encodeDraft(derDraft(tag, ...parts), allocateToStay)

const zero = Uint8Array.of(0)

/** A non-negative INTEGER from its big-endian bytes, however many leading zeros they have. */
export function derInteger(unsigned: Uint8Array): DerDraft {
  const bytes = trimZeros(unsigned)
  const isPadded = bytes.length === 0 || (bytes[0] as number) >= 0x80
  return derDraft(derTag.integer, ...(isPadded ? [zero, bytes] : [bytes]))
}

export const encodeDerInteger = (unsigned: Uint8Array): Uint8Array =>
  encodeDer(derTag.integer, ...derInteger(unsigned).parts)

/** Big-endian bytes without leading zeros; a view. */
export function trimZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0)
  return start < 0 ? bytes.subarray(bytes.length) : bytes.subarray(start)
}

/** Big-endian bytes of that length, or `undefined` when the number needs more. */
export function padZeros(bytes: Uint8Array, lengthBytes: number): Uint8Array | undefined {
  const trimmed = trimZeros(bytes)
  if (trimmed.length > lengthBytes) return undefined
  const padded = new Uint8Array(lengthBytes)
  padded.set(trimmed, lengthBytes - trimmed.length)
  return padded
}

/** The bytes of a non-negative INTEGER, without leading zeros; a view. */
export function decodeDerInteger(element: DerElement | undefined): Uint8Array | undefined {
  if (element?.tag !== derTag.integer) return undefined
  const { content } = element
  const [first, second] = content
  if (first === undefined || first >= 0x80) return undefined
  if (first === 0 && second !== undefined && second < 0x80) return undefined
  return trimZeros(content)
}

function readElement(
  bytes: Uint8Array,
  offset: number,
): { readonly element: DerElement; readonly end: number } | undefined {
  const tag = bytes[offset] as number
  const first = bytes[offset + 1]
  if (first === undefined || (tag & 0x1f) === 0x1f) return undefined
  let start = offset + 2
  let length = first
  if (first >= 0x80) {
    const lengthBytes = first - 0x80
    if (lengthBytes < 1 || lengthBytes > 3) return undefined
    length = 0
    // A byte that is missing makes a length that is no number, and is not written as one.
    for (let i = 0; i < lengthBytes; i += 1) length = length * 256 + (bytes[start + i] as number)
    start += lengthBytes
    if (encodeLength(length).length !== 1 + lengthBytes) return undefined
  }
  const end = start + length
  if (end > bytes.length) return undefined
  return { element: { tag, content: bytes.subarray(start, end) }, end }
}

/**
 * The elements that follow each other in `bytes` and fill them. Strict DER: the shortest lengths,
 * one-byte tags, nothing behind. `undefined` when that is not what they are.
 */
export function decodeDerElements(bytes: Uint8Array): DerElement[] | undefined {
  const elements: DerElement[] = []
  for (let offset = 0; offset < bytes.length; ) {
    const read = readElement(bytes, offset)
    if (read === undefined) return undefined
    elements.push(read.element)
    offset = read.end
  }
  return elements
}

/** The content of the one element that `bytes` are, if it has that tag. */
export function decodeDer(bytes: Uint8Array, tag: number): Uint8Array | undefined {
  const [only, ...others] = decodeDerElements(bytes) ?? []
  return others.length === 0 && only?.tag === tag ? only.content : undefined
}

/** The elements of the one SEQUENCE that `bytes` are, or `undefined`. */
export function decodeDerSequence(bytes: Uint8Array): DerElement[] | undefined {
  const content = decodeDer(bytes, derTag.sequence)
  return content && decodeDerElements(content)
}

/** The bytes of a BIT STRING that has no other bits, from its content. */
export const wholeBytes = (content: Uint8Array | undefined): Uint8Array | undefined =>
  content?.[0] === 0 ? content.subarray(1) : undefined

/** Two INTEGERs in a SEQUENCE: an ECDSA or SM2 signature. */
export const encodeDerPair = (r: Uint8Array, s: Uint8Array): Uint8Array =>
  encodeDer(derTag.sequence, encodeDerInteger(r), encodeDerInteger(s))

/** The two numbers of {@link encodeDerPair}, of that length each, or `undefined`. */
export function decodeDerPair(
  bytes: Uint8Array,
  lengthBytes: number,
): readonly [Uint8Array, Uint8Array] | undefined {
  const elements = decodeDerSequence(bytes)
  if (elements?.length !== 2) return undefined
  const [r, s] = elements.map(decodeDerInteger)
  const first = r && padZeros(r, lengthBytes)
  const second = s && padZeros(s, lengthBytes)
  return first && second ? [first, second] : undefined
}
