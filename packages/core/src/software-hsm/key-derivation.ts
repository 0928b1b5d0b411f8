import { concatBytes, utf8 } from "../vocabulary/bytes.js"
import type { CryptoSuite } from "./crypto-suite.js"

/** 1 as the 32-bit counter in front: 256 bits are one block of HMAC-SHA-256. */
const firstBlock = Uint8Array.of(0, 0, 0, 1)

/**
 * 256 bits from a key by the counter mode of SP 800-108 with HMAC-SHA-256 and a 32-bit counter
 * before the fixed data. Source: NIST SP 800-108r1, section 4.1.
 */
export const deriveKey = (suite: CryptoSuite, key: Uint8Array, fixedData: Uint8Array): Uint8Array =>
  suite.hmacSha256(key, concatBytes(firstBlock, fixedData))

const messageLabel = utf8("keywright message key 1")
/** A zero byte ends the label. */
const separator = Uint8Array.of(0)
/** [L]: 256 bits. */
const derivedBits = Uint8Array.of(0, 0, 1, 0)

/** The key of one message: label ‖ 0x00 ‖ nonce ‖ [L] as the fixed data. */
export const deriveMessageKey = (
  suite: CryptoSuite,
  key: Uint8Array,
  nonce: Uint8Array,
): Uint8Array => deriveKey(suite, key, concatBytes(messageLabel, separator, nonce, derivedBits))
