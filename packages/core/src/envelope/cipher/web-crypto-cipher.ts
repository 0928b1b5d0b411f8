import type { BulkCipher, BulkKey } from "./bulk-cipher.js"
import { nobleCipher, nobleHash, nobleHmac } from "./noble-cipher.js"

interface AesGcm {
  readonly name: "AES-GCM"
  readonly iv: Uint8Array
  readonly additionalData: Uint8Array
}

/** What is used of the Web Cryptography API, where `Key` is a CryptoKey. */
interface Subtle<Key> {
  importKey(
    format: "raw",
    bytes: Uint8Array,
    algorithm: "AES-GCM",
    extractable: false,
    usages: readonly ("encrypt" | "decrypt")[],
  ): Promise<Key>
  encrypt(algorithm: AesGcm, key: Key, plaintext: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: AesGcm, key: Key, sealed: Uint8Array): Promise<ArrayBuffer>
}

// Most JavaScript runtimes have it; the language's own library of types does not.
declare const crypto: { readonly subtle?: Subtle<object> } | undefined

const subtleOfRuntime = (): Subtle<object> | undefined =>
  typeof crypto === "undefined" ? undefined : crypto.subtle

function webCryptoKey(subtle: Subtle<object>, imported: object): BulkKey {
  let key: object | undefined = imported
  const opened = (): object => {
    if (key === undefined) throw new TypeError("the key was wiped")
    return key
  }
  const parameters = (iv: Uint8Array, additionalData: Uint8Array): AesGcm => ({
    name: "AES-GCM",
    iv,
    additionalData,
  })
  return Object.freeze<BulkKey>({
    async seal(iv, aad, plaintext) {
      const sealed = await subtle.encrypt(parameters(iv, aad), opened(), plaintext)
      return [new Uint8Array(sealed)]
    },
    async open(iv, aad, sealed) {
      const opening = subtle.decrypt(parameters(iv, aad), opened(), sealed)
      return opening.then(
        (plaintext) => new Uint8Array(plaintext),
        () => undefined,
      )
    },
    wipe() {
      key = undefined
    },
  })
}

/** Some browsers have no AES-192, and say so only when a key is imported. */
async function importKey(subtle: Subtle<object>, bytes: Uint8Array): Promise<BulkKey> {
  if (bytes.length === 24) return nobleCipher().key(bytes)
  const key = await subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"])
  return webCryptoKey(subtle, key)
}

/**
 * AES-GCM of the runtime, by way of the Web Cryptography API, which has no hash that runs along:
 * hashes, HMAC and AES-192 are noble's. Throws `TypeError` in a runtime without that API, as in a
 * page that did not come over TLS.
 */
export function webCryptoCipher(): BulkCipher {
  const subtle = subtleOfRuntime()
  if (subtle === undefined) throw new TypeError("this runtime has no `crypto.subtle`")
  return Object.freeze<BulkCipher>({
    name: "web-crypto",
    key: (bytes) => importKey(subtle, bytes),
    hash: nobleHash,
    hmac: nobleHmac,
  })
}

/** WebCrypto where there is one, else noble. */
export const defaultCipher = (): BulkCipher =>
  subtleOfRuntime() === undefined ? nobleCipher() : webCryptoCipher()
