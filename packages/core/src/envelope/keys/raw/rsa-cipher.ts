/** How a data key is padded for RSA. Source: framework/raw-rsa-keyring.md, "Padding Scheme". */
export type RsaPadding = "pkcs1" | "oaep-sha1" | "oaep-sha256" | "oaep-sha384" | "oaep-sha512"

/** RSA encryption as a value. The mask of OAEP uses the hash of OAEP, and the label is empty. */
export interface RsaCipher {
  /** `publicKey` is a SubjectPublicKeyInfo in DER. Throws when it is not one, or too short. */
  encrypt(padding: RsaPadding, publicKey: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>
  /**
   * `privateKey` is a PKCS #8 structure in DER; throws when it is not one. `undefined`, or bytes
   * that mean nothing, when the ciphertext is not genuine.
   */
  decrypt(
    padding: RsaPadding,
    privateKey: Uint8Array,
    ciphertext: Uint8Array,
  ): Promise<Uint8Array | undefined>
}

interface RsaOaep {
  readonly name: "RSA-OAEP"
  readonly hash: string
}

/** As much of a CryptoKey as is used. */
interface RsaKey {
  readonly algorithm: { readonly modulusLength: number }
}

/** What is used of the Web Cryptography API, where `Key` is a CryptoKey. */
interface Subtle<Key> {
  importKey(
    format: "spki" | "pkcs8",
    bytes: Uint8Array,
    algorithm: RsaOaep,
    extractable: false,
    usages: readonly ("encrypt" | "decrypt")[],
  ): Promise<Key>
  encrypt(algorithm: RsaOaep, key: Key, plaintext: Uint8Array): Promise<ArrayBuffer>
  decrypt(algorithm: RsaOaep, key: Key, ciphertext: Uint8Array): Promise<ArrayBuffer>
}

// Most JavaScript runtimes have it; the language's own library of types does not.
declare const crypto: { readonly subtle?: Subtle<RsaKey> } | undefined

const oaepHashes: Readonly<Partial<Record<RsaPadding, string>>> = Object.freeze({
  "oaep-sha1": "SHA-1",
  "oaep-sha256": "SHA-256",
  "oaep-sha384": "SHA-384",
  "oaep-sha512": "SHA-512",
})

function algorithmOf(padding: RsaPadding): RsaOaep {
  const hash = oaepHashes[padding]
  if (hash !== undefined) return { name: "RSA-OAEP", hash }
  throw new TypeError("WebCrypto has no RSA with PKCS #1 v1.5: take `opensslRsa` of @keywright/hsm")
}

/**
 * RSA of the runtime, by way of the Web Cryptography API: OAEP only. Throws `TypeError` in a
 * runtime without that API.
 */
export function webCryptoRsa(): RsaCipher {
  const subtle = typeof crypto === "undefined" ? undefined : crypto.subtle
  if (subtle === undefined) throw new TypeError("this runtime has no `crypto.subtle`")
  return Object.freeze<RsaCipher>({
    async encrypt(padding, publicKey, plaintext) {
      const algorithm = algorithmOf(padding)
      const key = await subtle.importKey("spki", publicKey, algorithm, false, ["encrypt"])
      return new Uint8Array(await subtle.encrypt(algorithm, key, plaintext))
    },
    async decrypt(padding, privateKey, ciphertext) {
      const algorithm = algorithmOf(padding)
      const key = await subtle.importKey("pkcs8", privateKey, algorithm, false, ["decrypt"])
      // RFC 8017, section 7.1.2, step 1. Some runtimes take one without its leading zeros.
      if (ciphertext.length !== Math.ceil(key.algorithm.modulusLength / 8)) return undefined
      return subtle.decrypt(algorithm, key, ciphertext).then(
        (plaintext) => new Uint8Array(plaintext),
        () => undefined,
      )
    },
  })
}
