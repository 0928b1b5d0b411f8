import type { Allocate } from "../../vocabulary/bytes.js"

/*
 * Memory for the bytes that live no longer than a call: copies of its input, and what is
 * authenticated with a message. Arrays of more than 64 bytes lie outside of the heap, where making
 * one costs more than parsing an input (decision 0025), so they are used again. A call has its
 * scratch to itself until it is over: a clone of what it hands to a port shows nothing of others.
 */

export interface Scratch {
  /** The bytes are zero at first, the call's alone, and wiped when it is over. */
  readonly allocate: Allocate
  /** Wipes all that was allocated. False when the memory behind it is gone. */
  wipe(): boolean
}

/** The scratches of a host. */
export interface Scratches {
  borrow(): Scratch
  giveBack(scratch: Scratch): void
}

/** Enough for nearly all calls; one that needs more gets arrays of its own. */
const scratchBytes = 8192
const heapBytesMax = 64
/** So many calls at once find a scratch that was used before. */
const sparesMax = 64

function createScratch(): Scratch {
  let memory: Uint8Array | undefined
  let used = 0
  const handedOut: Uint8Array[] = []

  const next = (lengthBytes: number): Uint8Array => {
    if (lengthBytes <= heapBytesMax) return new Uint8Array(lengthBytes)
    memory ??= new Uint8Array(scratchBytes)
    const end = used + lengthBytes
    if (end > memory.length) return new Uint8Array(lengthBytes)
    const bytes = memory.subarray(used, end)
    used = end
    return bytes
  }

  return {
    allocate(lengthBytes) {
      const bytes = next(lengthBytes)
      handedOut.push(bytes)
      return bytes
    },
    wipe() {
      // Bytes that a port has transferred to another thread are gone from here, and have no length.
      for (const bytes of handedOut) if (bytes.length > 0) bytes.fill(0)
      handedOut.length = 0
      used = 0
      return memory === undefined || memory.length > 0
    },
  }
}

export function createScratches(): Scratches {
  const spares: Scratch[] = []
  return {
    borrow: () => spares.pop() ?? createScratch(),
    giveBack(scratch) {
      if (scratch.wipe() && spares.length < sparesMax) spares.push(scratch)
    },
  }
}
