import { sha256 } from "@noble/hashes/sha2.js"
import { concatBytes } from "../../vocabulary/bytes.js"
import { decodeFields, encodeFields } from "../fields.js"

/** What an external key store proxy made of a plaintext. */
export interface XksCiphertext {
  readonly ciphertext: Uint8Array
  /** 12 or 16 bytes. */
  readonly initializationVector: Uint8Array
  /** 16 bytes. */
  readonly authenticationTag: Uint8Array
  /** What the proxy wants to see again, up to 20 bytes; empty when there is none. */
  readonly ciphertextMetadata: Uint8Array
}

const xksMetadataBytesMax = 20
const tagBytes = 16

/** Whether the parts have the lengths that the XKS proxy API gives them. */
export const isXksCiphertext = (parts: XksCiphertext): boolean =>
  parts.ciphertext.length > 0 &&
  (parts.initializationVector.length === 12 || parts.initializationVector.length === 16) &&
  parts.authenticationTag.length === tagBytes &&
  parts.ciphertextMetadata.length <= xksMetadataBytesMax

const version = 0x01

/**
 * Version 1 of a ciphertext under an external key: IV, tag, metadata and ciphertext, each after
 * its length. Throws `TypeError` for parts that {@link isXksCiphertext} refuses.
 */
export function encodeXksCiphertext(parts: XksCiphertext): Uint8Array {
  if (!isXksCiphertext(parts)) throw new TypeError("`parts` are not those of an XKS ciphertext")
  const { initializationVector, authenticationTag, ciphertextMetadata, ciphertext } = parts
  const fields = [initializationVector, authenticationTag, ciphertextMetadata, ciphertext]
  return encodeFields(fields, Uint8Array.of(version))
}

/** Splits a ciphertext under an external key; `undefined` when it is not one. */
export function parseXksCiphertext(bytes: Uint8Array): XksCiphertext | undefined {
  const fields = bytes[0] === version ? decodeFields(bytes.subarray(1), 4) : undefined
  if (fields === undefined) return undefined
  const [initializationVector, authenticationTag, ciphertextMetadata, ciphertext] = fields as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ]
  const parts = { initializationVector, authenticationTag, ciphertextMetadata, ciphertext }
  return isXksCiphertext(parts) ? parts : undefined
}

/**
 * What a proxy must answer as `ciphertextDataIntegrityValue`, so that a ciphertext which was
 * damaged on its way is never stored.
 *
 * Source: External Key Store Proxy API Specification, appendix C.
 */
export const xksIntegrityValue = (aad: Uint8Array, parts: XksCiphertext): Uint8Array =>
  sha256(
    concatBytes(
      aad,
      parts.ciphertextMetadata,
      parts.initializationVector,
      parts.ciphertext,
      parts.authenticationTag,
    ),
  )

/**
 * What a proxy authenticates with a ciphertext: a digest of what the HSM authenticates, which has
 * one length and tells the proxy nothing of the encryption context.
 */
export const xksAad = (messageAad: Uint8Array): Uint8Array => sha256(messageAad)
