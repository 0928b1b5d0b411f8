import type { Entropy } from "../../ports/entropy.js"
import type { CryptoSuite } from "../suite/crypto-suite.js"
import { deriveMessageKey, nonceBytes, type Prf } from "./key-derivation.js"

const prefixBytes = nonceBytes + 12
const tagBytes = 16

/**
 * Encrypts one message under a symmetric key, which only `prf` uses: a fresh nonce makes a key of
 * its own for the message, so their number is not limited by the length of an IV.
 * Returns nonce 16 ‖ IV 12 ‖ encrypted plaintext ‖ tag 16.
 */
export function encryptMessage(
  suite: CryptoSuite,
  prf: Prf,
  entropy: Entropy,
  key: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(prefixBytes + plaintext.length + tagBytes)
  message.set(entropy(message.subarray(0, prefixBytes)))
  const messageKey = deriveMessageKey(prf, key, message)
  try {
    const iv = message.subarray(nonceBytes, prefixBytes)
    suite.encryptInto(message.subarray(prefixBytes), messageKey, iv, plaintext, aad)
    return message
  } finally {
    messageKey.fill(0)
  }
}

/** The inverse; `undefined` when message or `aad` are not what the key encrypted. */
export function decryptMessage(
  suite: CryptoSuite,
  prf: Prf,
  key: Uint8Array,
  message: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  if (message.length < prefixBytes + tagBytes) return undefined
  const messageKey = deriveMessageKey(prf, key, message)
  try {
    const iv = message.subarray(nonceBytes, prefixBytes)
    return suite.decryptOnce(messageKey, iv, message.subarray(prefixBytes), aad)
  } finally {
    messageKey.fill(0)
  }
}
