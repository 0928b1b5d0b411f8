/*
 * Bytes that live for one call. The engine makes a view of a larger buffer twenty times faster
 * than a buffer of its own (docs/decisions/0025).
 */

/** Longer ones are rare, and worth a buffer of their own. */
const pieceBytesMax = 8192
const slabBytes = 8 * pieceBytesMax
/** Up to here the language itself keeps bytes on its heap, which costs least. */
const heapBytesMax = 64
/** Where views of wider numbers may begin. */
const alignmentBytes = 8

function createScratch(): (lengthBytes: number) => Uint8Array {
  let slab: Uint8Array | undefined
  let used = 0
  return (lengthBytes) => {
    if (lengthBytes <= heapBytesMax || lengthBytes > pieceBytesMax) {
      return new Uint8Array(lengthBytes)
    }
    if (slab === undefined || used + lengthBytes > slabBytes) {
      slab = new Uint8Array(slabBytes)
      used = 0
    }
    const piece = slab.subarray(used, used + lengthBytes)
    used = Math.ceil((used + lengthBytes) / alignmentBytes) * alignmentBytes
    return piece
  }
}

/**
 * Zeros for use within one call: neither stored nor handed to a caller, who would hold all of the
 * buffer that they are a piece of. No piece is given out twice.
 */
export const scratchBytes: (lengthBytes: number) => Uint8Array = /* @__PURE__ */ createScratch()

/** A copy for use within one call. */
export function scratchCopy(bytes: Uint8Array): Uint8Array {
  const copy = scratchBytes(bytes.length)
  copy.set(bytes)
  return copy
}
