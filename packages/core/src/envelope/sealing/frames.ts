import type { Eventually } from "../../vocabulary/eventually.js"
import { EnvelopeError } from "../envelope-error.js"
import { ivOf, partAad, partTable, writeFrameHead } from "../message/body.js"
import { framesLargest } from "../message/limits.js"
import type { Sealing } from "./start-sealing.js"

/** Writes the frames of a message, one after the other, where it is told to. */
export interface FrameSealer {
  /** A whole frame, or the final one, which ends the message. `target` begins where it goes. */
  seal(kind: "frame" | "finalFrame", target: Uint8Array, plaintext: Uint8Array): Eventually<void>
}

export function createFrameSealer({ key, messageId }: Sealing): FrameSealer {
  let sequence = 0
  return {
    seal(kind, target, plaintext) {
      // The last number is the final frame's.
      if (sequence === framesLargest - (kind === "frame" ? 1 : 0)) {
        throw new EnvelopeError("limit", `a message may have ${framesLargest} frames`)
      }
      sequence += 1
      writeFrameHead(target, kind, sequence, plaintext.length)
      const aad = partAad(messageId, kind, sequence, plaintext.length)
      const sealed = target.subarray(partTable[kind].headBytes)
      return key.sealInto(sealed, ivOf(sequence), aad, plaintext)
    },
  }
}
