/** Bytes that come in pieces and are taken out in others. */
export interface ByteQueue {
  /** Adds bytes, which are not copied until {@link ByteQueue.keep}. */
  push(chunk: Uint8Array): void
  /** The next so many bytes, which stay in the queue; `undefined` while they are not all there. */
  peek(length: number): Uint8Array | undefined
  /** Takes out the next so many bytes; `undefined` while they are not all there. */
  take(length: number): Uint8Array | undefined
  /** Copies what is left, into room for the `wanted` bytes that it is a part of. */
  keep(wanted: number): void
  /** How many bytes are left. */
  length(): number
}

const nothing = new Uint8Array(0)

/** Hands out views where it can, and copies a byte that must wait for others once. */
export function createByteQueue(): ByteQueue {
  /** Room of which the first `kept` bytes are copies of what came. */
  let room: Uint8Array = nothing
  let kept = 0
  /** What came last. */
  let chunk: Uint8Array = nothing

  /** Copies so much of the chunk that `length` bytes are kept. */
  function collect(length: number, roomBytes: number): void {
    if (room.length < length) {
      const larger = new Uint8Array(Math.max(roomBytes, length))
      larger.set(room.subarray(0, kept))
      room = larger
    }
    room.set(chunk.subarray(0, length - kept), kept)
    chunk = chunk.subarray(length - kept)
    kept = length
  }

  function peek(length: number): Uint8Array | undefined {
    if (kept + chunk.length < length) return undefined
    if (kept === 0) return chunk.subarray(0, length)
    if (kept < length) collect(length, 2 * length)
    return room.subarray(0, length)
  }

  return {
    push(bytes) {
      if (chunk.length > 0) collect(kept + chunk.length, 0)
      chunk = bytes
    },
    peek,
    take(length) {
      const bytes = peek(length)
      if (bytes === undefined) return undefined
      if (kept === 0) chunk = chunk.subarray(length)
      else {
        // What was handed out stays as it is: what is kept further moves.
        room = room.slice(length, kept)
        kept = room.length
      }
      return bytes
    },
    keep(wanted) {
      if (chunk.length > 0) collect(kept + chunk.length, Math.max(wanted, 2 * room.length))
    },
    length: () => kept + chunk.length,
  }
}
