import type { Entropy } from "../ports/entropy.js"
import { hexOf, uuidOf } from "../vocabulary/bytes.js"

/** The bytes of a version 4 UUID (RFC 9562, section 5.4). */
function newUuidBytes(entropy: Entropy): Uint8Array {
  const bytes = entropy(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytes
}

/** Its 32 digits. */
export const newUuidDigits = (entropy: Entropy): string => hexOf(newUuidBytes(entropy))

export const newUuid = (entropy: Entropy): string => uuidOf(newUuidBytes(entropy))
