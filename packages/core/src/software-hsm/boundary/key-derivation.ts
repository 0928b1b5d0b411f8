import { concatBytes, utf8 } from "../../vocabulary/bytes.js"
import type { CryptoSuite } from "../suite/crypto-suite.js"

/** 1 as the 32-bit counter in front: 256 bits are one block of HMAC-SHA-256. */
const firstBlock = Uint8Array.of(0, 0, 0, 1)

/**
 * 256 bits from a key by the counter mode of SP 800-108 with HMAC-SHA-256 and a 32-bit counter
 * before the fixed data. Source: NIST SP 800-108r1, section 4.1.
 */
export const deriveKey = (suite: CryptoSuite, key: Uint8Array, fixedData: Uint8Array): Uint8Array =>
  suite.hmacSha256(key, concatBytes(firstBlock, fixedData))

/** The label, a zero byte that ends it, the place of the nonce, and [L]: 256 bits. */
const label = utf8("keywright message key 1")
export const nonceBytes = 16
const messageFields = concatBytes(
  firstBlock,
  label,
  new Uint8Array(1 + nonceBytes),
  Uint8Array.of(0, 0, 1, 0),
)
const nonceOffset = firstBlock.length + label.length + 1

/** HMAC-SHA-256 under a key, wherever that key is. */
export type Prf = (key: Uint8Array, message: Uint8Array) => Uint8Array

/** The key of a message, which begins with its nonce: fixed data is label ‖ 0x00 ‖ nonce ‖ [L]. */
export function deriveMessageKey(prf: Prf, key: Uint8Array, message: Uint8Array): Uint8Array {
  // A nonce is no secret, and nobody else writes here until the key is there.
  for (let i = 0; i < nonceBytes; i += 1) messageFields[nonceOffset + i] = message[i] as number
  return prf(key, messageFields)
}

/** [L]: 256 bits. */
const lengthBits = Uint8Array.of(0, 0, 1, 0)

/**
 * A key for one purpose from a domain key, which has others: the purpose ‖ 0x00 ‖ the name of the
 * domain ‖ [L] as the fixed data.
 */
export const derivePurposeKey = (
  suite: CryptoSuite,
  domainKey: Uint8Array,
  purpose: string,
  domainName: string,
): Uint8Array =>
  deriveKey(
    suite,
    domainKey,
    concatBytes(utf8(purpose), new Uint8Array(1), utf8(domainName), lengthBits),
  )
