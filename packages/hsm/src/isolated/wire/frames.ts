import { HsmError } from "@keywright/core/hsm"
import {
  advance,
  putUint32,
  type Reader,
  readByte,
  readUint32,
  rewind,
  uint32At,
  WireError,
  type Writer,
  writeByte,
  writeUint32,
} from "./buffers.js"

/*
 * A frame: its length in 4 bytes, what it is, the number of the call that it belongs to, and the
 * rest. It is the same in both directions and on every stream.
 */

/** Ours: a hundred of the longest records, and some. */
export const frameBytesMax = 64 * 1024 * 1024
const lengthBytes = 4
/** Of what stands before the rest. */
const headBytes = 5

/** What a frame can be. `begin` and `call` go in, the others come out. */
export const frameKinds = ["begin", "ready", "call", "answer", "failure"] as const
export type FrameKind = (typeof frameKinds)[number]

export interface FrameHead {
  readonly kind: FrameKind
  readonly callId: number
}

/** Writes a frame as a whole or not at all. */
export function writeFrame(
  to: Writer,
  { kind, callId }: FrameHead,
  writeRest: (to: Writer) => void,
): void {
  const start = advance(to, lengthBytes)
  try {
    writeByte(to, frameKinds.indexOf(kind))
    writeUint32(to, callId)
    writeRest(to)
    const length = to.at - start - lengthBytes
    if (length > frameBytesMax) {
      throw new HsmError("malformed", "the arguments are longer than what a boundary takes at once")
    }
    putUint32(to.bytes, start, length)
  } catch (error) {
    rewind(to, start)
    throw error
  }
}

function readHead(from: Reader): FrameHead {
  const kind = frameKinds[readByte(from)]
  if (kind === undefined) throw new WireError("a frame is of no known kind")
  return { kind, callId: readUint32(from) }
}

/** Who wipes a frame that was whole in what came. One that came in pieces is wiped here. */
export type FramesWipedBy = "reader" | "taker"

export interface FrameReader {
  /** Takes what came, and hands over each frame that is whole. All other bytes are wiped. */
  push(chunk: Uint8Array): void
  /** Wipes a frame that never became whole. */
  wipe(): void
}

/**
 * Puts frames together that came in pieces. What it sets aside grows with what has come, and not
 * with what a length promises. `take` reads its frame to the end before it returns, but for one
 * whose rest it may view: that is its own to wipe.
 */
export function createFrameReader(
  take: (head: FrameHead, rest: Reader) => void,
  wipedBy: FramesWipedBy,
): FrameReader {
  /** The beginning of a frame, and how much of it is there. */
  let held = new Uint8Array(0)
  let heldLength = 0

  function hold(piece: Uint8Array): void {
    const needed = heldLength + piece.length
    if (needed > held.length) {
      const larger = new Uint8Array(Math.max(needed, held.length * 2))
      larger.set(held.subarray(0, heldLength))
      held.fill(0)
      held = larger
    }
    held.set(piece, heldLength)
    heldLength = needed
    piece.fill(0)
  }

  function drop(): void {
    held.fill(0, 0, heldLength)
    heldLength = 0
    if (held.length > 2 ** 20) held = new Uint8Array(0)
  }

  /** Where the frame that begins here ends; `undefined` as long as its length is not there. */
  function endOf(bytes: Uint8Array, at: number, end: number): number | undefined {
    if (end - at < lengthBytes) return undefined
    const length = uint32At(bytes, at)
    if (length > frameBytesMax) throw new WireError("a frame is longer than any may be")
    if (length < headBytes) throw new WireError("a frame is shorter than any can be")
    return at + lengthBytes + length
  }

  function takeFrame(bytes: Uint8Array, at: number, end: number, views: boolean): void {
    const reader: Reader = { bytes, at: at + lengthBytes, end, views, memory: undefined }
    take(readHead(reader), reader)
  }

  /** Completes the frame that is held. Answers how much of the chunk that took. */
  function complete(chunk: Uint8Array): number {
    let used = 0
    if (heldLength < lengthBytes) {
      used = Math.min(lengthBytes - heldLength, chunk.length)
      hold(chunk.subarray(0, used))
    }
    const end = endOf(held, 0, heldLength)
    if (end === undefined) return used
    const missing = Math.min(end - heldLength, chunk.length - used)
    hold(chunk.subarray(used, used + missing))
    if (heldLength === end) {
      takeFrame(held, 0, end, false)
      drop()
    }
    return used + missing
  }

  return {
    push(chunk) {
      let at = 0
      try {
        while (heldLength > 0 && at < chunk.length) at += complete(chunk.subarray(at))
        for (let end = endOf(chunk, at, chunk.length); end !== undefined && end <= chunk.length; ) {
          takeFrame(chunk, at, end, wipedBy === "taker")
          at = end
          end = endOf(chunk, at, chunk.length)
        }
        if (at < chunk.length) hold(chunk.subarray(at))
      } finally {
        chunk.fill(0, wipedBy === "taker" ? at : 0)
      }
    },
    wipe: drop,
  }
}
