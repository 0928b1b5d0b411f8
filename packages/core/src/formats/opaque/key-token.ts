import type { Binding, WrappingBinding } from "../../ports/bindings.js"
import { bytesOfHex, concatBytes, hexOf } from "../../vocabulary/bytes.js"
import { bindingFields } from "../binding.js"
import { encodeFields } from "../fields.js"

/** Key material under a domain key, in its parts, which are views into the token. */
export interface KeyToken {
  /** 16 hexadecimal digits. */
  readonly domainKeyId: string
  /** Version and domain key id, which are authenticated with the binding. */
  readonly headerBytes: Uint8Array
  readonly iv: Uint8Array
  /** Encrypted key material and tag. */
  readonly ciphertext: Uint8Array
}

const version = 0x02
const headerBytesLength = 9
const ivBytesLength = 12
const tagBytesLength = 16
/** The longest key material is that of ML_DSA_87, about 7.4 KiB. */
export const keyTokenBytesMax = 8192

/** Version 2 and the domain key id. Throws `TypeError` unless the id is 16 hexadecimal digits. */
export function encodeKeyTokenHeader(domainKeyId: string): Uint8Array {
  const id = bytesOfHex(domainKeyId)
  if (id?.length !== 8) throw new TypeError("`domainKeyId` must be 16 hexadecimal digits")
  return concatBytes(Uint8Array.of(version), id)
}

/** A key token: version, domain key id, IV, encrypted key material and tag. */
export const encodeKeyToken = (
  token: Pick<KeyToken, "headerBytes" | "iv" | "ciphertext">,
): Uint8Array => concatBytes(token.headerBytes, token.iv, token.ciphertext)

/** Splits a key token; `undefined` when it is not one. */
export function parseKeyToken(bytes: Uint8Array): KeyToken | undefined {
  if (bytes.length <= headerBytesLength + ivBytesLength + tagBytesLength) return undefined
  if (bytes.length > keyTokenBytesMax || bytes[0] !== version) return undefined
  return {
    domainKeyId: hexOf(bytes.subarray(1, headerBytesLength)),
    headerBytes: bytes.subarray(0, headerBytesLength),
    iv: bytes.subarray(headerBytesLength, headerBytesLength + ivBytesLength),
    ciphertext: bytes.subarray(headerBytesLength + ivBytesLength),
  }
}

/** What is authenticated with a token, once its header is known. */
export type TokenAad = (headerBytes: Uint8Array) => Uint8Array

/**
 * What is authenticated with key material under a domain key: the header of the token, a label
 * and every member of the binding, none of which can run into another.
 */
export const bindingAad =
  (binding: Binding): TokenAad =>
  (headerBytes) =>
    encodeFields([headerBytes, "keywright key token 2", ...bindingFields(binding)])

/** The same for a wrapping key: another label, so that neither opens as the other. */
export const wrappingAad =
  (binding: WrappingBinding): TokenAad =>
  (headerBytes) =>
    encodeFields([
      headerBytes,
      "keywright wrapping key 1",
      binding.partition,
      binding.account,
      binding.keyId,
      binding.wrappingKeySpec,
      binding.wrappingAlgorithm,
      String(binding.validToMs),
    ])
