import { hmac } from "@noble/hashes/hmac.js"
import { sha256, sha384 } from "@noble/hashes/sha2.js"
import { concatBytes } from "../../vocabulary/bytes.js"
import { uint32 } from "../message/numbers.js"

const hashes = { sha256, sha384 } as const
const separator = Uint8Array.of(0)

/**
 * Key material by the counter mode of SP 800-108 with HMAC: a counter of 32 bits before the label,
 * a zero byte, the nonce and the length in bits.
 *
 * Source: NIST SP 800-108r1, section 4.1.
 */
export function deriveInCounterMode(
  hash: keyof typeof hashes,
  key: Uint8Array,
  label: Uint8Array,
  nonce: Uint8Array,
  lengthBytes: number,
): Uint8Array {
  const material = new Uint8Array(lengthBytes)
  const fixed = concatBytes(label, separator, nonce, uint32(lengthBytes * 8))
  for (let offset = 0, counter = 1; offset < lengthBytes; counter += 1) {
    const block = hmac(hashes[hash], key, concatBytes(uint32(counter), fixed))
    material.set(block.subarray(0, lengthBytes - offset), offset)
    offset += block.length
    block.fill(0)
  }
  return material
}
