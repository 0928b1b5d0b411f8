import { concatBytes } from "../../vocabulary/bytes.js"
import { bodyBytes, partBytes } from "../message/body.js"
import type { EnvelopeHeader } from "../message/envelope-header.js"
import type { Settings } from "../settings.js"
import { createFrameSealer } from "./frames.js"
import { type Sealing, type SealingRequest, startSealing } from "./start-sealing.js"

export interface Encrypted {
  readonly message: Uint8Array
  readonly header: EnvelopeHeader
}

/** How much a cipher that answers later is given to do at once. */
const inFlightBytesMax = 1_048_576

/** Writes the body behind the header. */
async function sealBody(
  sealing: Sealing,
  target: Uint8Array,
  plaintext: Uint8Array,
): Promise<void> {
  const { frameBytes } = sealing
  const frames = createFrameSealer(sealing)
  const frameLength = partBytes("frame", frameBytes)
  const whole = Math.floor(plaintext.length / frameBytes)
  let pending: Promise<void>[] = []
  let pendingBytes = 0
  for (let i = 0; i < whole; i += 1) {
    const content = plaintext.subarray(i * frameBytes, (i + 1) * frameBytes)
    const sealed = frames.seal("frame", target.subarray(i * frameLength), content)
    if (!(sealed instanceof Promise)) continue
    pending.push(sealed)
    pendingBytes += frameBytes
    if (pendingBytes < inFlightBytesMax) continue
    await Promise.all(pending)
    pending = []
    pendingBytes = 0
  }
  const last = target.subarray(whole * frameLength)
  pending.push(
    Promise.resolve(frames.seal("finalFrame", last, plaintext.subarray(whole * frameBytes))),
  )
  await Promise.all(pending)
}

/** A whole message over bytes that are all there. */
export async function encryptBytes(
  settings: Settings,
  request: SealingRequest,
  plaintext: Uint8Array,
): Promise<Encrypted> {
  const sealing = await startSealing(settings, request)
  try {
    const { header, headerBytes, signer, frameBytes } = sealing
    const message = new Uint8Array(headerBytes.length + bodyBytes(plaintext.length, frameBytes))
    message.set(headerBytes)
    const body = message.subarray(headerBytes.length)
    await sealBody(sealing, body, plaintext)
    if (signer === undefined) return { message, header }
    signer.update(body)
    return { message: concatBytes(message, signer.finish()), header }
  } finally {
    sealing.close()
  }
}
