import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import { EnvelopeError } from "../envelope-error.js"
import { frameHead, ivOf, partAad } from "../message/body.js"
import { framesLargest } from "../message/limits.js"
import type { Sealing } from "./start-sealing.js"

/** Makes the frames of a message, one after the other. */
export interface FrameSealer {
  /** The pieces of a whole frame, or of the final one, which ends the message. */
  seal(kind: "frame" | "finalFrame", plaintext: Uint8Array): Eventually<readonly Uint8Array[]>
}

/** `made` frames are there already. */
export function createFrameSealer({ key, messageId }: Sealing, made = 0): FrameSealer {
  let sequence = made
  return {
    seal(kind, plaintext) {
      // The last number is the final frame's.
      if (sequence === framesLargest - (kind === "frame" ? 1 : 0)) {
        throw new EnvelopeError("limit", `a message may have ${framesLargest} frames`)
      }
      sequence += 1
      const head = frameHead(kind, sequence, plaintext.length)
      const aad = partAad(messageId, kind, sequence, plaintext.length)
      return andThen(key.seal(ivOf(sequence), aad, plaintext), (sealed) => [head, ...sealed])
    },
  }
}
