import { plainBytes } from "./plain-bytes.js"
import type { Stage } from "./stage.js"

/** A stage is given no more at once, so that it holds no more than a few times this. */
const pushBytesMax = 262_144

/** The pieces that a stage is given. Throws `TypeError` for what is no bytes. */
export function* piecesOf(chunk: Uint8Array): Generator<Uint8Array> {
  const bytes = plainBytes(chunk, "chunk")
  for (let offset = 0; offset < bytes.length; offset += pushBytesMax) {
    yield bytes.subarray(offset, offset + pushBytesMax)
  }
}

/** Runs a stage over bytes as they come, and ends the source when nobody asks any more. */
export async function* iterateStage(
  stage: Stage,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    for await (const chunk of source) {
      for (const piece of piecesOf(chunk)) {
        const leaving = stage.push(piece)
        for (const part of leaving instanceof Promise ? await leaving : leaving) {
          if (part.length > 0) yield part
        }
      }
    }
    for (const part of await stage.end()) if (part.length > 0) yield part
  } finally {
    stage.close()
  }
}
