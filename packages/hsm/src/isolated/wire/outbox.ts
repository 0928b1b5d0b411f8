import { createWriter, rewind, takeWritten, type Writer } from "./buffers.js"
import { type FrameHead, writeFrame } from "./frames.js"

/** Frames on their way out: those of one turn go together. */
export interface Outbox {
  /** Writes a frame as a whole or not at all: throws what is wrong with it. */
  put(head: FrameHead, writeRest: (to: Writer) => void): void
  /** Wipes what was not sent. */
  wipe(): void
}

/** `framesMax`: so many do not wait for the end of the turn. */
export function createOutbox(send: (bytes: Uint8Array) => void, framesMax: number): Outbox {
  const writer = createWriter()
  let frames = 0

  function flush(): void {
    if (frames === 0) return
    frames = 0
    send(takeWritten(writer))
  }

  return {
    put(head, writeRest) {
      writeFrame(writer, head, writeRest)
      frames += 1
      if (frames === framesMax) flush()
      else if (frames === 1) process.nextTick(flush)
    },
    wipe() {
      frames = 0
      rewind(writer, 0)
    },
  }
}
