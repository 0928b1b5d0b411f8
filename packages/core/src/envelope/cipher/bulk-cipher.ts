import type { Eventually } from "../../vocabulary/eventually.js"

/**
 * Fills `target` with unpredictable bytes and returns it. Must never return predictable bytes: a
 * source that fails throws.
 */
export type Entropy = (target: Uint8Array) => Uint8Array

export type HashName = "sha256" | "sha384" | "sha512"

/** Hashes bytes as they come. `digest` ends it. */
export interface RunningHash {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** One AES key for AES-GCM with IVs of 12 bytes and tags of 16. The caller keeps IVs unique. */
export interface BulkKey {
  /**
   * The ciphertext and then the tag, in one piece or in several, all fresh. Keeps none of its
   * arguments: what it must read later than at the call, it copies at the call. So does `open`.
   */
  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Eventually<readonly Uint8Array[]>
  /**
   * Fresh plaintext of a ciphertext that ends with its tag; `undefined` when it is not genuine,
   * and then no byte of the plaintext is left anywhere.
   */
  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Eventually<Uint8Array | undefined>
  /** Forgets the key. A call that comes later throws `TypeError`. */
  wipe(): void
}

/** AES-GCM, hashing and HMAC for whole messages, as a value: noble, WebCrypto, OpenSSL. */
export interface BulkCipher {
  readonly name: string
  /** Opens a key of 16, 24 or 32 bytes, which it copies. */
  key(bytes: Uint8Array): Eventually<BulkKey>
  hash(name: "sha256" | "sha384"): RunningHash
  hmac(name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array
}
