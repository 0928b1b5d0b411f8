import { concatBytes } from "../vocabulary/bytes.js"
import { decryptingStage, type EnvelopeStage, encryptingStage } from "./envelope-stages.js"
import { createField } from "./fields/create-field.js"
import type { Field, FieldOptions } from "./fields/field.js"
import type { FieldForm, SealedOf, ValueOf } from "./fields/sealed.js"
import type { EnvelopeHeader } from "./message/envelope-header.js"
import { decryptBytes } from "./opening/decrypt-bytes.js"
import { type OpenMessage, openMessage } from "./opening/open-message.js"
import { type BlobLike, type RangeSource, rangeSource } from "./opening/range-source.js"
import {
  type DecryptOptions,
  type DecryptStreamOptions,
  type EncryptOptions,
  type EnvelopeOptions,
  type OpenOptions,
  type RewrapOptions,
  readExpectation,
  readRewrapping,
  readSealingRequest,
  readSettings,
  readSignedPlaintext,
} from "./options.js"
import { rewrapMessage } from "./rewrap.js"
import { type Encrypted, encryptBytes } from "./sealing/encrypt-bytes.js"
import { plainBytes } from "./streams/plain-bytes.js"
import { iterateStage } from "./streams/run-stage.js"
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

/** What leaves a stream, for `for await` and the pipelines of Node, and the header. */
export interface EnvelopeChunks extends AsyncIterable<Uint8Array> {
  /** As {@link EnvelopeStream.header}. */
  readonly header: Promise<EnvelopeHeader>
}

/** Bytes as they come: an array of chunks, a stream of Node, in most runtimes a web stream. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

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
  /** As `encryptStream`: `pipeline(source, (bytes) => envelope.encryptChunks(bytes), sink)`. */
  encryptChunks(source: ByteSource, options?: EncryptOptions): EnvelopeChunks
  /** As `decryptStream`, for `for await (const plaintext of envelope.decryptChunks(source))`. */
  decryptChunks(source: ByteSource, options?: DecryptStreamOptions): EnvelopeChunks
  /** A column of a database. Its messages commit to their keys, unsigned, and store no context. */
  field<
    Value extends FieldForm = "text",
    Stored extends FieldForm = "text",
    const Name extends string = never,
  >(options: FieldOptions<Value, Stored, Name>): Field<ValueOf[Value], SealedOf[Stored], Name>
  /**
   * A framed message that is read in parts: `await envelope.open(file).read(from, to)`. Nothing is
   * read before it is asked for.
   */
  open(source: Uint8Array | BlobLike | RangeSource, options?: OpenOptions): OpenMessage
  /** The same plaintext and context under other keys. */
  rewrap(message: Uint8Array, options: RewrapOptions): Promise<Encrypted>
}

const streamOf = ({ stage, header }: EnvelopeStage): EnvelopeStream =>
  Object.freeze({ ...stagePair(stage), header })

/** Started once: what iterates a second time finds that the bytes have passed. */
function chunksOf({ stage, header }: EnvelopeStage, source: ByteSource): EnvelopeChunks {
  const chunks = iterateStage(stage, source)
  return Object.freeze({ header, [Symbol.asyncIterator]: () => chunks })
}

/** Whoever can read a column can write it: a signature would promise what nobody keeps. */
const fieldTerms = {
  commitmentPolicy: "REQUIRE_ENCRYPT_REQUIRE_DECRYPT",
  suite: "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
} as const

/**
 * Encrypts data of any size under the keys of a KMS, or under keys of one's own, in the message
 * format of the AWS Encryption SDK. Throws `TypeError` and `RangeError` for options that cannot be,
 * and `EnvelopeError` with `commitment` for a suite that the commitment policy forbids.
 *
 * Source: awslabs/aws-encryption-sdk-specification.
 */
export function createEnvelope(options: EnvelopeOptions): Envelope {
  const settings = readSettings(options)
  const encrypting = (given: EncryptOptions = {}): EnvelopeStage =>
    encryptingStage(settings, readSealingRequest(settings, given, undefined))
  const decrypting = (given: DecryptStreamOptions = {}): EnvelopeStage =>
    decryptingStage(settings, readExpectation(given), readSignedPlaintext(given))
  return Object.freeze<Envelope>({
    async encrypt(plaintext, options = {}) {
      const bytes = plainBytes(plaintext, "plaintext")
      return encryptBytes(settings, readSealingRequest(settings, options, bytes.length), bytes)
    },
    async decrypt(message, options = {}) {
      const bytes = plainBytes(message, "message")
      const { parts, header } = await decryptBytes(settings, bytes, readExpectation(options))
      const [only] = parts
      return {
        plaintext: only !== undefined && parts.length === 1 ? only : concatBytes(...parts),
        header,
      }
    },
    encryptStream: (options) => streamOf(encrypting(options)),
    decryptStream: (options) => streamOf(decrypting(options)),
    encryptChunks: (source, options) => chunksOf(encrypting(options), source),
    decryptChunks: (source, options) => chunksOf(decrypting(options), source),
    field: (column) =>
      createField(column, (requiredContext, keys = options.keys) =>
        createEnvelope({ ...options, ...fieldTerms, keys, requiredContext }),
      ),
    open(source, options = {}) {
      const isEarly = readSignedPlaintext(options) === "early"
      return openMessage(rangeSource(source), settings, readExpectation(options), isEarly)
    },
    async rewrap(message, options) {
      return rewrapMessage(settings, plainBytes(message, "message"), readRewrapping(options))
    },
  })
}
