import type { EncryptionAlgorithm } from "../../vocabulary/algorithms.js"

/** The hash functions under the algorithms, and how long their digests are. */
export const hashBytes = Object.freeze({
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  sm3: 32,
})
export type HashName = keyof typeof hashBytes

/** A hash function of a suite. */
export type Hash = (message: Uint8Array) => Uint8Array

/** The hash of RSA-OAEP, which is also that of its mask; the label is empty. */
export const oaepHash: { readonly [algorithm in EncryptionAlgorithm]?: HashName } = Object.freeze({
  RSAES_OAEP_SHA_1: "sha1",
  RSAES_OAEP_SHA_256: "sha256",
})
