import type { BulkCipher, Entropy } from "../cipher/bulk-cipher.js"
import type { EncryptedDataKey } from "../message/encrypted-data-key.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import type { AlgorithmSuite } from "../message/suites.js"

/** What a data key is wrapped under, and what signs the messages under it. */
export interface DataKeyTerms {
  /** The caller's pairs, required ones too; in a signed suite with the verification key. */
  readonly context: EncryptionContext
  /** The private scalar of the signature; `undefined` in an unsigned suite. */
  readonly signingKey: Uint8Array | undefined
}

export interface WrapRequest {
  readonly suite: AlgorithmSuite
  /** The caller's pairs, without the verification key: what a cache tells entries apart by. */
  readonly context: EncryptionContext
  /**
   * The terms to wrap under. The first call makes the signing key, every other answers the same,
   * so a source that answers older terms never makes one in vain.
   */
  terms(): DataKeyTerms
  /** A data key to wrap, which another source made; `undefined` asks for a new one. */
  readonly dataKey: Uint8Array | undefined
  /** How many bytes will be encrypted under the data key; `undefined` of a stream. */
  readonly plaintextBytes: number | undefined
  readonly cipher: BulkCipher
  readonly entropy: Entropy
}

export interface WrappedDataKey {
  /** `suite.keyBytes` fresh bytes, which the receiver wipes. Equal to the one asked for, if any. */
  readonly dataKey: Uint8Array
  /** One or more. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** `request.terms()`, or those under which the data key was wrapped when it was first made. */
  readonly terms: DataKeyTerms
}

export interface UnwrapRequest {
  readonly suite: AlgorithmSuite
  /** All pairs: those in the message and those that the caller handed in. */
  readonly context: EncryptionContext
  /** As they stand in the message; nothing about them is verified. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  readonly cipher: BulkCipher
}

/**
 * Where data keys come from. A source knows nothing of messages; it is a value, and several make
 * one (`severalKeys`), or one stands before another (a cache).
 *
 * A source that cannot do its part throws `EnvelopeError` with the reason `keys` and what went
 * wrong as its `cause`, or with `limit`.
 */
export interface KeySource {
  /** A data key and its wrapped forms: a new one, or the one of the request. */
  wrap(request: WrapRequest): Promise<WrappedDataKey>
  /**
   * The data key (`suite.keyBytes` fresh bytes, which the receiver wipes) behind the first of the
   * encrypted data keys that this source can unwrap; `undefined` when none is its own or genuine.
   * Throws when one was its own and nobody could be asked, as when a KMS refused.
   */
  unwrap(request: UnwrapRequest): Promise<Uint8Array | undefined>
}
