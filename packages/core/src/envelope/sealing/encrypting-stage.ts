import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { partBytes } from "../message/body.js"
import { allOf } from "../streams/in-flight.js"
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

/** All whole frames of the rest and the chunk behind it; what remains is the new rest. */
function sealWhole(
  { frameBytes }: Sealing,
  frames: FrameSealer,
  rest: Rest,
  chunk: Uint8Array,
): Eventually<Uint8Array> {
  const frameLength = partBytes("frame", frameBytes)
  const count = Math.floor((rest.filled + chunk.length) / frameBytes)
  const sealed = new Uint8Array(count * frameLength)
  const works: Eventually<void>[] = []
  let left = chunk
  for (let i = 0; i < count; i += 1) {
    const target = sealed.subarray(i * frameLength)
    let content = left.subarray(0, frameBytes)
    if (rest.filled > 0) {
      left = fill(rest, left)
      content = rest.bytes
      rest.filled = 0
    } else left = left.subarray(frameBytes)
    works.push(frames.seal("frame", target, content))
  }
  fill(rest, left)
  return andThen(allOf(works), () => sealed)
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
      withSealing((message, sealer) => {
        if (rest.filled + chunk.length < message.frameBytes) {
          fill(rest, chunk)
          return []
        }
        return andThen(sealWhole(message, sealer, rest, chunk), (sealed) => {
          message.signer?.update(sealed)
          return [sealed]
        })
      }),
    end: () =>
      withSealing((message, sealer) => {
        const sealed = new Uint8Array(partBytes("finalFrame", rest.filled))
        const plaintext = rest.bytes.subarray(0, rest.filled)
        return andThen(sealer.seal("finalFrame", sealed, plaintext), () => {
          message.signer?.update(sealed)
          return message.signer === undefined ? [sealed] : [sealed, message.signer.finish()]
        })
      }),
    close() {
      isClosed = true
      sealing?.close()
      rest.bytes.fill(0)
    },
  }
}
