import { piecesOf } from "./run-stage.js"
import type { Stage } from "./stage.js"
import {
  newReadable,
  newWritable,
  type ReadableController,
  type WritableController,
} from "./web-streams.js"

/** The two ends of a stage, as `pipeThrough` takes them. */
export interface BytePair {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
}

/**
 * A stage between two Web Streams. A write is done when all that it made was asked for; a failure
 * or an abort at either end errors the other, and closes the stage.
 */
export function stagePair(stage: Stage): BytePair {
  let source: ReadableController
  let sink: WritableController
  let isOver = false
  let isWanted = false
  let wake = (): void => undefined

  function finish(): void {
    isOver = true
    stage.close()
    wake()
  }

  const demand = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
    })

  async function release(parts: readonly Uint8Array[]): Promise<void> {
    for (const part of parts) {
      if (part.length === 0) continue
      if (!isWanted && !isOver) await demand()
      if (isOver) return
      isWanted = false
      source.enqueue(part)
    }
  }

  /** Runs what a write means; if it fails, both ends are told. */
  async function guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // Over already: whoever ended it has told both.
      if (isOver) return
      finish()
      source.error(error)
      throw error
    }
  }

  const readable = newReadable({
    start(controller) {
      source = controller
    },
    pull() {
      isWanted = true
      wake()
    },
    cancel(reason) {
      finish()
      sink.error(reason)
    },
  })
  const writable = newWritable({
    start(controller) {
      sink = controller
      controller.signal.addEventListener("abort", () => {
        if (isOver) return
        finish()
        source.error(controller.signal.reason)
      })
    },
    write: (chunk) =>
      guard(async () => {
        for (const piece of piecesOf(chunk)) {
          const leaving = stage.push(piece)
          await release(leaving instanceof Promise ? await leaving : leaving)
          if (isOver) return
        }
      }),
    close: () =>
      guard(async () => {
        await release(await stage.end())
        if (isOver) return
        finish()
        source.close()
      }),
  })
  return Object.freeze({ readable, writable })
}
