import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"

/** What verification computes with. A suite of `@keywright/hsm/openssl` fits, and is quicker. */
export interface SigV4Hashing {
  sha256(message: Uint8Array): Uint8Array
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array
}

/** In JavaScript, wherever that runs. */
export const nobleHashing: SigV4Hashing = Object.freeze({
  sha256: (message: Uint8Array) => sha256(message),
  hmacSha256: (key: Uint8Array, message: Uint8Array) => hmac(sha256, key, message),
})

// Every JavaScript runtime has this; the language's own library of types does not.
declare const TextEncoder: { new (): { encode(text: string): Uint8Array } }
const encoder = new TextEncoder()
export const utf8 = (text: string): Uint8Array => encoder.encode(text)

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

export function hexOf(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += hexBytes[byte]
  return text
}

/** In a time that depends on the length alone, as far as JavaScript goes. */
export function isEqualText(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
