import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto"
import type { BulkCipher, BulkKey } from "@keywright/core/envelope"
import { plain } from "./bytes.js"
import { keyOf } from "./key-form.js"

const tagBytes = 16

const algorithms = { 16: "aes-128-gcm", 24: "aes-192-gcm", 32: "aes-256-gcm" } as const

function algorithmOf(bytes: Uint8Array) {
  const { length } = bytes
  if (length === 16 || length === 24 || length === 32) return algorithms[length]
  throw new RangeError("`bytes` must be an AES key")
}

function bulkKey(bytes: Uint8Array): BulkKey {
  const algorithm = algorithmOf(bytes)
  const own = new Uint8Array(bytes)
  const form = keyOf(own)
  if (form !== own) own.fill(0)
  let key: typeof form | undefined = form
  const opened = (): typeof form => {
    if (key === undefined) throw new TypeError("the key was wiped")
    return key
  }
  return Object.freeze<BulkKey>({
    seal(iv, aad, plaintext) {
      const cipher = createCipheriv(algorithm, opened(), iv)
      cipher.setAAD(aad)
      const ciphertext = plaintext.length === 0 ? [] : [plain(cipher.update(plaintext))]
      cipher.final()
      return [...ciphertext, plain(cipher.getAuthTag())]
    },
    open(iv, aad, sealed) {
      const end = sealed.length - tagBytes
      if (end < 0) return undefined
      const decipher = createDecipheriv(algorithm, opened(), iv)
      decipher.setAAD(aad)
      decipher.setAuthTag(sealed.subarray(end))
      const plaintext = decipher.update(sealed.subarray(0, end))
      try {
        decipher.final()
        return plain(plaintext)
      } catch {
        plaintext.fill(0)
        return undefined
      }
    },
    wipe() {
      own.fill(0)
      key = undefined
    },
  })
}

/**
 * AES-GCM, hashing and HMAC on OpenSSL, for `createEnvelope({ cipher })`: the fastest that Node
 * has. Messages are the same as with any other cipher.
 */
export const opensslCipher = (): BulkCipher =>
  Object.freeze<BulkCipher>({
    name: "openssl",
    key: bulkKey,
    hash(name) {
      const running = createHash(name)
      return {
        update: (bytes) => void running.update(bytes),
        digest: () => plain(running.digest()),
      }
    },
    hmac: (name, key, message) => plain(createHmac(name, keyOf(key)).update(message).digest()),
  })
