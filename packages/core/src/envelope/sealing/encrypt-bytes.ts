import { concatBytes } from "../../vocabulary/bytes.js"
import type { Eventually } from "../../vocabulary/eventually.js"
import { bodyBytes } from "../message/body.js"
import type { EnvelopeHeader } from "../message/envelope-header.js"
import type { Settings } from "../settings.js"
import { allOf } from "../streams/in-flight.js"
import { createFrameSealer } from "./frames.js"
import { type Sealing, type SealingRequest, startSealing } from "./start-sealing.js"

export interface Encrypted {
  readonly message: Uint8Array
  readonly header: EnvelopeHeader
}

/** How much is sealed before it is written where it belongs. */
const inFlightBytesMax = 1_048_576

/** Writes the body, which fills `target`. */
async function sealBody(
  sealing: Sealing,
  target: Uint8Array,
  plaintext: Uint8Array,
): Promise<void> {
  const { frameBytes } = sealing
  const frames = createFrameSealer(sealing)
  let sealed: Eventually<readonly Uint8Array[]>[] = []
  let written = 0
  async function write(): Promise<void> {
    for (const pieces of await allOf(sealed)) {
      for (const piece of pieces) {
        target.set(piece, written)
        written += piece.length
      }
    }
    sealed = []
  }
  let start = 0
  for (; plaintext.length - start >= frameBytes; start += frameBytes) {
    sealed.push(frames.seal("frame", plaintext.subarray(start, start + frameBytes)))
    if (sealed.length * frameBytes >= inFlightBytesMax) await write()
  }
  sealed.push(frames.seal("finalFrame", plaintext.subarray(start)))
  await write()
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
