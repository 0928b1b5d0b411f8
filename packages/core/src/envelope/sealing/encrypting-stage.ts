import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { allOf } from "../streams/in-flight.js"
import { joinSmall } from "../streams/join-small.js"
import type { Stage } from "../streams/stage.js"
import { createFrameSealer, type FrameSealer } from "./frames.js"
import type { Sealing } from "./start-sealing.js"

/** Plaintext that waits for the rest of its frame. */
interface Rest {
  readonly bytes: Uint8Array
  filled: number
}

/** Moves what fits from a chunk into the rest; returns what did not. */
function fill(rest: Rest, chunk: Uint8Array): Uint8Array {
  const fitting = chunk.subarray(0, rest.bytes.length - rest.filled)
  rest.bytes.set(fitting, rest.filled)
  rest.filled += fitting.length
  return chunk.subarray(fitting.length)
}

/** The pieces of all whole frames of the rest and the chunk behind it; the rest is filled anew. */
function sealWhole(
  { frameBytes }: Sealing,
  frames: FrameSealer,
  rest: Rest,
  chunk: Uint8Array,
): Eventually<readonly Uint8Array[]> {
  const sealed: Eventually<readonly Uint8Array[]>[] = []
  let left = chunk
  while (rest.filled + left.length >= frameBytes) {
    if (rest.filled > 0) {
      left = fill(rest, left)
      sealed.push(frames.seal("frame", rest.bytes))
      rest.filled = 0
    } else {
      sealed.push(frames.seal("frame", left.subarray(0, frameBytes)))
      left = left.subarray(frameBytes)
    }
  }
  fill(rest, left)
  return andThen(allOf(sealed), (pieces) => pieces.flat())
}

/**
 * Plaintext in, a message out: every frame as soon as it is full. The final frame is shorter than
 * the others, and empty when the plaintext fills its frames.
 */
export function createEncryptingStage(start: () => Promise<Sealing>): Stage {
  let sealing: Sealing | undefined
  let frames: FrameSealer | undefined
  let rest: Rest = { bytes: new Uint8Array(0), filled: 0 }
  let isClosed = false

  /** What to do with the message; its header leaves before. */
  function withSealing(
    use: (sealing: Sealing, frames: FrameSealer) => Eventually<readonly Uint8Array[]>,
  ): Eventually<readonly Uint8Array[]> {
    if (sealing !== undefined && frames !== undefined) return use(sealing, frames)
    return start().then(async (started) => {
      if (isClosed) started.close()
      sealing = started
      frames = createFrameSealer(started)
      rest = { bytes: new Uint8Array(started.frameBytes), filled: 0 }
      return [started.headerBytes, ...(await use(started, frames))]
    })
  }

  return {
    push: (chunk) =>
      withSealing((message, sealer) =>
        andThen(sealWhole(message, sealer, rest, chunk), (pieces) => {
          const parts = joinSmall(pieces)
          for (const part of parts) message.signer?.update(part)
          return parts
        }),
      ),
    end: () =>
      withSealing((message, sealer) => {
        const plaintext = rest.bytes.subarray(0, rest.filled)
        return andThen(sealer.seal("finalFrame", plaintext), (pieces) => {
          const parts = joinSmall(pieces)
          for (const part of parts) message.signer?.update(part)
          return message.signer === undefined ? parts : [...parts, message.signer.finish()]
        })
      }),
    close() {
      isClosed = true
      sealing?.close()
      rest.bytes.fill(0)
    },
  }
}
