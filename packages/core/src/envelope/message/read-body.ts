import { noBytes } from "../../vocabulary/bytes.js"
import { EnvelopeError } from "../envelope-error.js"
import { isFinalFrame, type PartKind } from "./body.js"
import {
  framesLargest,
  ivBytes,
  signatureBytesLargest,
  tagBytes,
  unframedBytesLargest,
} from "./limits.js"
import { readUint16, readUint32, readUint64 } from "./numbers.js"
import { cut, goesOn } from "./refusals.js"

/** A part of a body as it was read; nothing of it is verified. */
export interface Part {
  readonly kind: PartKind
  readonly sequence: number
  readonly iv: Uint8Array
  /** The encrypted content and its tag. */
  readonly sealed: Uint8Array
}

export interface Footer {
  readonly kind: "footer"
  readonly signature: Uint8Array
}

export interface BodyShape {
  /** Of the header; `undefined` when the body is not framed. */
  readonly frameBytes: number | undefined
  readonly isSigned: boolean
  /** The most content that the reader may be asked for at once. */
  readonly contentBytesMax: number
}

type Reading<Read> = Generator<number | Part | Footer, Read, Uint8Array>

const malformed = (what: string): EnvelopeError =>
  new EnvelopeError("malformed", `the body cannot be read: ${what}`)

function checkContent(contentBytes: number, { contentBytesMax }: BodyShape): void {
  if (contentBytes > contentBytesMax) {
    throw new EnvelopeError("limit", `more than ${contentBytesMax} bytes would have to be held`)
  }
}

/** `start` are the first four bytes of the frame, which are read. */
function* readRegularFrame(start: Uint8Array, expected: number, frameBytes: number): Reading<Part> {
  const sequence = readUint32(start, 0)
  if (sequence !== expected) throw malformed("a frame is not the next one")
  const rest = yield ivBytes + frameBytes + tagBytes
  return {
    kind: "frame",
    sequence,
    iv: rest.subarray(0, ivBytes),
    sealed: rest.subarray(ivBytes),
  }
}

function* readFinalFrame(expected: number, frameBytes: number, shape: BodyShape): Reading<Part> {
  const head = yield 8 + ivBytes
  const sequence = readUint32(head, 0)
  if (sequence !== expected) throw malformed("the final frame is not the next one")
  const contentBytes = readUint32(head, 4 + ivBytes)
  if (contentBytes > frameBytes) throw malformed("the final frame is longer than a frame")
  checkContent(contentBytes, shape)
  const iv = head.slice(4, 4 + ivBytes)
  return { kind: "finalFrame", sequence, iv, sealed: yield contentBytes + tagBytes }
}

/** Reads frames from that one to the final one. */
export function* readFrames(frameBytes: number, shape: BodyShape, first: number): Reading<void> {
  for (let sequence = first; sequence <= framesLargest; sequence += 1) {
    const start = yield 4
    if (isFinalFrame(start)) {
      yield yield* readFinalFrame(sequence, frameBytes, shape)
      return
    }
    checkContent(frameBytes, shape)
    yield yield* readRegularFrame(start, sequence, frameBytes)
  }
  throw malformed("there are too many frames")
}

function* readUnframed(shape: BodyShape): Reading<void> {
  const head = yield ivBytes + 8
  const contentBytes = readUint64(head, ivBytes)
  if (contentBytes > unframedBytesLargest) throw malformed("it is too long for one part")
  checkContent(contentBytes, shape)
  const iv = head.slice(0, ivBytes)
  yield { kind: "unframed", sequence: 1, iv, sealed: yield contentBytes + tagBytes }
}

function* readFooter(): Reading<void> {
  const signatureBytes = readUint16(yield 2, 0)
  if (signatureBytes > signatureBytesLargest) throw malformed("the signature is too long")
  yield { kind: "footer", signature: yield signatureBytes }
}

/**
 * Reads what follows the header. A number that it yields asks for that many next bytes; anything
 * else is a part that it has read, and is answered with any bytes. The caller makes sure that no
 * byte follows. Throws `EnvelopeError` with `malformed` or `limit`.
 */
export function* readBody(shape: BodyShape): Reading<void> {
  if (shape.frameBytes === undefined) yield* readUnframed(shape)
  else yield* readFrames(shape.frameBytes, shape, 1)
  if (shape.isSigned) yield* readFooter()
}

/** A part or the footer of a body that is all there, and where in the message it ends. */
export interface Piece {
  readonly read: Part | Footer
  readonly end: number
}

/**
 * {@link readBody} over a message that is all there and whose body begins at `start`. Throws
 * `EnvelopeError` with `malformed` also for a message that was cut or goes on behind its end.
 */
export function* readWholeBody(
  message: Uint8Array,
  start: number,
  shape: BodyShape,
): Generator<Piece, void, void> {
  const reading = readBody(shape)
  let end = start
  let step = reading.next()
  while (!step.done) {
    if (typeof step.value === "number") {
      const from = end
      end += step.value
      if (end > message.length) throw cut()
      step = reading.next(message.subarray(from, end))
    } else {
      yield { read: step.value, end }
      step = reading.next(noBytes)
    }
  }
  if (end < message.length) throw goesOn()
}
