import type { Entropy } from "../ports/entropy.js"
import { hexOf } from "../vocabulary/bytes.js"

/** The 32 digits of a version 4 UUID (RFC 9562, section 5.4). */
export function newUuidDigits(entropy: Entropy): string {
  const bytes = entropy(new Uint8Array(16))
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return hexOf(bytes)
}

export function newUuid(entropy: Entropy): string {
  const hex = newUuidDigits(entropy)
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${groups.join("-")}-${hex.slice(20)}`
}
