import type { Binding, BoundToken } from "@keywright/core/hsm"
import { equalBytes } from "@keywright/core/suite"
import { type Memory, type Reader, uint32At } from "./buffers.js"
import { bytes, type Codec, record } from "./codecs.js"

/** So many tokens are remembered; a power of two. */
const memorySize = 256

export const createMemory = (): Memory => Array(memorySize).fill(undefined)

const lengthBytes = 4

/** A token ends with its tag, which is as good as random. */
function placeOf({ bytes, at, end }: Reader): number {
  const last = at + lengthBytes + uint32At(bytes, at) - 1
  return last < end ? (bytes[last] as number) & (memorySize - 1) : 0
}

const standsAt = ({ bytes, at, end }: Reader, known: Uint8Array): boolean =>
  known.length <= end - at && equalBytes(bytes.subarray(at, at + known.length), known)

/** What was read from the same bytes before, or is read now and remembered. */
function readOnce(from: Reader, memory: Memory, codec: Codec<BoundToken>): BoundToken {
  const { bytes, at: start } = from
  const place = placeOf(from)
  const known = memory[place]
  if (known !== undefined && standsAt(from, known.bytes)) {
    from.at = start + known.bytes.length
    return { ...(known.value as BoundToken) }
  }
  const { token, binding } = codec.read(from)
  const own = bytes.slice(start, from.at)
  const value = {
    token: own.subarray(lengthBytes, lengthBytes + token.length),
    binding: Object.freeze(binding),
  }
  memory[place] = { bytes: own, value }
  return { ...value }
}

/**
 * A key token and its binding. A reader with a memory answers the same objects for the same bytes:
 * calls name few keys, and an HSM recognizes the objects that it has seen. Neither is a secret.
 */
export function boundTokenOf(binding: Codec<Binding>): Codec<BoundToken> {
  const codec = record<BoundToken>({ token: bytes, binding })
  return {
    write: codec.write,
    read: (from) =>
      from.memory === undefined ? codec.read(from) : readOnce(from, from.memory, codec),
  }
}
