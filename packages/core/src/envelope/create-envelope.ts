import { assertBytes, concatBytes } from "../vocabulary/bytes.js"
import { decryptingStage, type EnvelopeStage, encryptingStage } from "./envelope-stages.js"
import type { EnvelopeHeader } from "./message/envelope-header.js"
import {
  type DecryptOptions,
  type DecryptStreamOptions,
  type EncryptOptions,
  type EnvelopeOptions,
  readExpectation,
  readSealingRequest,
  readSettings,
  readSignedPlaintext,
} from "./options.js"
import { type Encrypted, encryptBytes } from "./sealing/encrypt-bytes.js"
import type { Settings } from "./settings.js"
import { runStage } from "./streams/run-stage.js"
import { type BytePair, stagePair } from "./streams/stage-pair.js"

export interface Decrypted {
  readonly plaintext: Uint8Array
  readonly header: EnvelopeHeader
}

/** The two ends of a stream, for `pipeThrough`, and the header when it is known. */
export interface EnvelopeStream extends BytePair {
  /**
   * Of a message that is encrypted, once it is made; of one that is decrypted, once it is
   * verified, which in a signed message does not yet mean its signature. Rejects when the stream
   * fails before.
   */
  readonly header: Promise<EnvelopeHeader>
}

/** See {@link createEnvelope}. Every refusal is an `EnvelopeError`. */
export interface Envelope {
  /** A message over bytes. */
  encrypt(plaintext: Uint8Array, options?: EncryptOptions): Promise<Encrypted>
  /** The bytes of a message, when all of it is genuine and its context the one expected. */
  decrypt(message: Uint8Array, options?: DecryptOptions): Promise<Decrypted>
  /** Plaintext in, a message out; frames leave as soon as they are full. */
  encryptStream(options?: EncryptOptions): EnvelopeStream
  /** A message in, verified plaintext out, frame by frame. */
  decryptStream(options?: DecryptStreamOptions): EnvelopeStream
}

const streamOf = ({ stage, header }: EnvelopeStage): EnvelopeStream =>
  Object.freeze({ ...stagePair(stage), header })

async function decryptBytes(
  settings: Settings,
  message: Uint8Array,
  options: DecryptOptions,
): Promise<Decrypted> {
  // What is there already need not be limited again.
  const all = { ...settings, heldBytesMax: message.length }
  const { stage, header } = decryptingStage(all, readExpectation(options), "held")
  const parts = await runStage(stage, message)
  const [only] = parts
  const plaintext = parts.length === 1 && only !== undefined ? only : concatBytes(...parts)
  return { plaintext, header: await header }
}

/**
 * Encrypts data of any size under the keys of a KMS, or under keys of one's own, in the message
 * format of the AWS Encryption SDK. Throws `TypeError` and `RangeError` for options that cannot be,
 * and `EnvelopeError` with `commitment` for a suite that the commitment policy forbids.
 *
 * Source: awslabs/aws-encryption-sdk-specification.
 */
export function createEnvelope(options: EnvelopeOptions): Envelope {
  const settings = readSettings(options)
  return Object.freeze<Envelope>({
    async encrypt(plaintext, options = {}) {
      assertBytes(plaintext, "plaintext")
      const request = readSealingRequest(settings, options, plaintext.length)
      return encryptBytes(settings, request, plaintext)
    },
    async decrypt(message, options = {}) {
      assertBytes(message, "message")
      return decryptBytes(settings, message, options)
    },
    encryptStream: (options = {}) =>
      streamOf(encryptingStage(settings, readSealingRequest(settings, options, undefined))),
    decryptStream: (options = {}) =>
      streamOf(decryptingStage(settings, readExpectation(options), readSignedPlaintext(options))),
  })
}
