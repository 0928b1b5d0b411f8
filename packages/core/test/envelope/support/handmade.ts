import { type KeySource, nobleCipher, type SuiteName } from "../../../src/envelope/index.js"
import { frameHead, ivOf, partAad } from "../../../src/envelope/message/body.js"
import { deriveKeys } from "../../../src/envelope/message/derive-keys.js"
import { encodeHeader, encodeHeaderBody } from "../../../src/envelope/message/header.js"
import { suiteNamed } from "../../../src/envelope/message/suites.js"
import { bytesOf, isCommitting, joined } from "./envelopes.js"

/*
 * Messages as others write them, and as who holds the data key can make them.
 */

const dataKey = bytesOf(32)
const one = { providerId: "known", providerInfo: bytesOf(1), ciphertext: bytesOf(2) }

/** Everybody knows its data key. */
export const knownKeys: KeySource = {
  wrap: async ({ terms }) => ({
    dataKey: dataKey.slice(),
    encryptedDataKeys: [one],
    terms: terms(),
  }),
  unwrap: async () => dataKey.slice(),
}

export interface HandmadeFrame {
  readonly kind: "frame" | "finalFrame"
  readonly sequence: number
  readonly content: Uint8Array
}

/** Genuine frames of that length, in whatever order, under {@link knownKeys}. */
export async function handmade(
  name: SuiteName,
  frameBytes: number,
  frames: readonly HandmadeFrame[],
): Promise<Uint8Array> {
  const suite = suiteNamed(name)
  const messageId = bytesOf(isCommitting(name) ? 32 : 16)
  const cipher = nobleCipher()
  const { contentKey, commitment } = deriveKeys(cipher, suite, messageId, dataKey)
  const key = await cipher.key(contentKey)
  const fields = {
    suite,
    messageId,
    storedContext: {},
    encryptedDataKeys: [one],
    frameBytes,
    commitment,
  }
  const body = encodeHeaderBody(fields)
  const iv = new Uint8Array(12)
  const header = encodeHeader(fields, body, iv, ...(await key.seal(iv, body, new Uint8Array(0))))
  const pieces: Uint8Array[] = []
  for (const { kind, sequence, content } of frames) {
    const aad = partAad(messageId, kind, sequence, content.length)
    const sealed = await key.seal(ivOf(sequence), aad, content)
    pieces.push(frameHead(kind, sequence, content.length), ...sealed)
  }
  return joined([header, ...pieces])
}
