import { EnvelopeError } from "../envelope-error.js"
import { isFinalFrame, partBytes } from "../message/body.js"
import { ivBytes, signatureBytesLargest } from "../message/limits.js"
import { readUint16, readUint32 } from "../message/numbers.js"

/** Where the frames of a message are; nothing of that is verified. */
export interface FrameLayout {
  /** How many frames stand before the final one. */
  readonly wholeFrames: number
  readonly finalBytes: number
}

const malformed = (): EnvelopeError =>
  new EnvelopeError("malformed", "the message has no frames of that length")

/** Of a body that ends with its final frame, which is a formula. */
export function unsignedLayout(bodyBytes: number, frameBytes: number): FrameLayout {
  const beyond = bodyBytes - partBytes("finalFrame", 0)
  const frameLength = partBytes("frame", frameBytes)
  const finalBytes = beyond % frameLength
  if (beyond < 0 || finalBytes > frameBytes) throw malformed()
  return { wholeFrames: Math.floor(beyond / frameLength), finalBytes }
}

/**
 * Of a body with a signature behind, whose length stands only in front of it: the final frame is
 * looked for from the end.
 */
export async function signedLayout(
  bodyBytes: number,
  frameBytes: number,
  read: (from: number, to: number) => Promise<Uint8Array>,
): Promise<FrameLayout> {
  const frameLength = partBytes("frame", frameBytes)
  const least = partBytes("finalFrame", 0) + 2
  const most = partBytes("finalFrame", frameBytes) + 2 + signatureBytesLargest
  const headBytes = 12 + ivBytes
  let wholeFrames = Math.floor((bodyBytes - least) / frameLength)
  for (; wholeFrames >= 0 && bodyBytes - wholeFrames * frameLength <= most; wholeFrames -= 1) {
    const start = wholeFrames * frameLength
    const head = await read(start, start + headBytes)
    if (!isFinalFrame(head) || readUint32(head, 4) !== wholeFrames + 1) continue
    const finalBytes = readUint32(head, 8 + ivBytes)
    const end = start + partBytes("finalFrame", finalBytes)
    if (finalBytes > frameBytes || end + 2 > bodyBytes) continue
    if (end + 2 + readUint16(await read(end, end + 2), 0) === bodyBytes) {
      return { wholeFrames, finalBytes }
    }
  }
  throw malformed()
}
