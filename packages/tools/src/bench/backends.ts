import { createCipheriv, createDecipheriv, createHmac, createSecretKey } from "node:crypto"
import { type CryptoSuite, nobleSuite } from "@keywright/core/suite"
import { opensslSuite } from "@keywright/hsm/openssl"
import { gcm } from "@noble/ciphers/aes.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"

type Cipher = (key: Uint8Array, iv: Uint8Array, data: Uint8Array, aad: Uint8Array) => Uint8Array

/** The cryptography of a call with nothing around it. Ciphertexts end with their tags. */
export interface BarePrimitives {
  /** Opens messages under one key again and again, as a domain key does. */
  opener(key: Uint8Array): (iv: Uint8Array, data: Uint8Array, aad: Uint8Array) => Uint8Array
  readonly encrypt: Cipher
  readonly decrypt: Cipher
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array
}

/** A suite of the engine, and the primitives that it is measured against. */
export interface Backend {
  readonly suite: () => CryptoSuite
  readonly bare: BarePrimitives
}

const tagBytes = 16

type OpensslKey = Parameters<typeof createCipheriv>[1]

function opensslDecrypt(key: OpensslKey, iv: Uint8Array, data: Uint8Array, aad: Uint8Array) {
  const decipher = createDecipheriv("aes-256-gcm", key, iv)
  decipher.setAAD(aad)
  decipher.setAuthTag(data.subarray(-tagBytes))
  const plaintext = decipher.update(data.subarray(0, -tagBytes))
  decipher.final()
  return plaintext
}

function opensslEncrypt(key: OpensslKey, iv: Uint8Array, data: Uint8Array, aad: Uint8Array) {
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  cipher.setAAD(aad)
  const whole = new Uint8Array(data.length + tagBytes)
  whole.set(cipher.update(data))
  cipher.final()
  whole.set(cipher.getAuthTag(), data.length)
  return whole
}

export const backends = {
  noble: {
    suite: nobleSuite,
    bare: {
      opener: (key) => (iv, data, aad) => gcm(key, iv, aad).decrypt(data),
      encrypt: (key, iv, data, aad) => gcm(key, iv, aad).encrypt(data),
      decrypt: (key, iv, data, aad) => gcm(key, iv, aad).decrypt(data),
      hmacSha256: (key, message) => hmac(sha256, key, message),
    },
  },
  openssl: {
    suite: opensslSuite,
    bare: {
      opener: (key) => {
        const kept = createSecretKey(key)
        return (iv, data, aad) => opensslDecrypt(kept, iv, data, aad)
      },
      encrypt: opensslEncrypt,
      decrypt: opensslDecrypt,
      hmacSha256: (key, message) => createHmac("sha256", key).update(message).digest(),
    },
  },
} as const satisfies Readonly<Record<string, Backend>>
