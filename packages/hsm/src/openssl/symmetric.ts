import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
} from "node:crypto"
import type {
  AeadKey,
  CryptoSuite,
  FullSuiteKeys,
  FullSuiteRow,
  HmacSpec,
} from "@keywright/core/suite"
import { plain } from "./bytes.js"
import { keyOf } from "./key-form.js"

const tagBytes = 16

function encryptInto(
  target: Uint8Array,
  key: KeyObject | Uint8Array,
  iv: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): void {
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  cipher.setAAD(aad)
  target.set(cipher.update(plaintext))
  cipher.final()
  target.set(cipher.getAuthTag(), plaintext.length)
}

function decrypt(
  key: KeyObject | Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  aad: Uint8Array,
): Uint8Array | undefined {
  const end = ciphertext.length - tagBytes
  if (end < 0) return undefined
  const decipher = createDecipheriv("aes-256-gcm", key, iv)
  decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(end))
  const plaintext = decipher.update(ciphertext.subarray(0, end))
  try {
    decipher.final()
    return plain(plaintext)
  } catch {
    plaintext.fill(0)
    return undefined
  }
}

function aeadKey(bytes: Uint8Array): AeadKey {
  let key: KeyObject | undefined = createSecretKey(bytes)
  const open = (): KeyObject => {
    if (key === undefined) throw new TypeError("the key was wiped")
    return key
  }
  return Object.freeze<AeadKey>({
    encrypt(iv, plaintext, aad) {
      const ciphertext = new Uint8Array(plaintext.length + tagBytes)
      encryptInto(ciphertext, open(), iv, plaintext, aad)
      return ciphertext
    },
    decrypt: (iv, ciphertext, aad) => decrypt(open(), iv, ciphertext, aad),
    wipe() {
      key = undefined
    },
  })
}

const hmac = (hash: string, key: Uint8Array, message: Uint8Array): Uint8Array =>
  plain(createHmac(hash, keyOf(key)).update(message).digest())

export const symmetric: Pick<
  CryptoSuite,
  "aeadKey" | "encryptInto" | "decryptOnce" | "sha256" | "hmacSha256"
> = Object.freeze({
  aeadKey,
  encryptInto: (target, key, iv, plaintext, aad) =>
    encryptInto(target, keyOf(key), iv, plaintext, aad),
  decryptOnce: (key, iv, ciphertext, aad) => decrypt(keyOf(key), iv, ciphertext, aad),
  sha256: (message) => plain(createHash("sha256").update(message).digest()),
  hmacSha256: (key, message) => hmac("sha256", key, message),
})

const row = (hash: string): FullSuiteRow<HmacSpec> => ({
  GENERATE_VERIFY_MAC: (material) => ({ mac: (message) => hmac(hash, material, message) }),
})

export const macRows: Pick<FullSuiteKeys, HmacSpec> = Object.freeze({
  HMAC_224: row("sha224"),
  HMAC_256: row("sha256"),
  HMAC_384: row("sha384"),
  HMAC_512: row("sha512"),
})
