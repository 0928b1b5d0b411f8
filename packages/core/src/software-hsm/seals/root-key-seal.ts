import { gcm } from "@noble/ciphers/aes.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import {
  encodeSealedState,
  encodeSealHeader,
  parseSealedState,
  type SealedState,
  saltBytesLength,
  sealAad,
} from "../../formats/opaque/sealed-state.js"
import type { Entropy } from "../../ports/entropy.js"
import type { Seal } from "../../ports/hsm.js"
import { assertBytes, utf8 } from "../../vocabulary/bytes.js"
import { openSecretBytes, SecretBytes, wipeSecretBytes } from "../../vocabulary/secret-bytes.js"
import { systemEntropy } from "../suite/noble-suite.js"

const keyLabel = utf8("keywright root key seal 1")

/** Encrypts under a key that is wiped afterwards. */
export function sealUnder(
  key: Uint8Array,
  headerBytes: Uint8Array,
  state: Uint8Array,
  context: Uint8Array,
  entropy: Entropy = systemEntropy,
): Uint8Array {
  try {
    const iv = entropy(new Uint8Array(12))
    const ciphertext = gcm(key, iv, sealAad(headerBytes, context)).encrypt(state)
    return encodeSealedState({ headerBytes, iv, ciphertext })
  } finally {
    key.fill(0)
  }
}

/** Decrypts under a key that is wiped afterwards; `undefined` when the tag does not match. */
export function openUnder(
  key: Uint8Array,
  { headerBytes, iv, ciphertext }: SealedState,
  context: Uint8Array,
): Uint8Array | undefined {
  try {
    return gcm(key, iv, sealAad(headerBytes, context)).decrypt(ciphertext)
  } catch {
    return undefined
  } finally {
    key.fill(0)
  }
}

/**
 * A seal that is a root key: 32 bytes that the host keeps where it keeps its secrets. Every
 * sealing draws a salt, makes a key by HKDF-SHA-256 and encrypts with AES-256-GCM. The root key is
 * copied, so the host can wipe its own; `close` wipes the copy.
 *
 * Throws when the root key is not a `Uint8Array` of 32 bytes, or is all zero.
 */
export function rootKeySeal(rootKey: Uint8Array, entropy: Entropy = systemEntropy): Seal {
  assertBytes(rootKey, "rootKey", 32)
  if (rootKey.every((byte) => byte === 0)) {
    throw new TypeError("`rootKey` must not be all zero")
  }
  const secret = new SecretBytes(rootKey)
  const keyOf = (salt: Uint8Array) => hkdf(sha256, openSecretBytes(secret), salt, keyLabel, 32)

  return Object.freeze<Seal>({
    seal(state, context) {
      const salt = entropy(new Uint8Array(saltBytesLength))
      return sealUnder(keyOf(salt), encodeSealHeader(salt, undefined), state, context, entropy)
    },
    open(sealed, context) {
      const parsed = parseSealedState(sealed)
      if (parsed === undefined || parsed.cost !== undefined) return undefined
      return openUnder(keyOf(parsed.salt), parsed, context)
    },
    close: () => wipeSecretBytes(secret),
  })
}
