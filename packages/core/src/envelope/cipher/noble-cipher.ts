import { gcm } from "@noble/ciphers/aes.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import type { BulkCipher, BulkKey, HashName, RunningHash } from "./bulk-cipher.js"

function nobleKey(bytes: Uint8Array): BulkKey {
  let key: Uint8Array | undefined = Uint8Array.from(bytes)
  const opened = (): Uint8Array => {
    if (key === undefined) throw new TypeError("the key was wiped")
    return key
  }
  return Object.freeze<BulkKey>({
    seal: (iv, aad, plaintext) => [gcm(opened(), iv, aad).encrypt(plaintext)],
    open(iv, aad, sealed) {
      const cipher = gcm(opened(), iv, aad)
      try {
        return cipher.decrypt(sealed)
      } catch {
        return undefined
      }
    },
    wipe() {
      key?.fill(0)
      key = undefined
    },
  })
}

const hashes = { sha256, sha384, sha512 } as const

export function nobleHash(name: "sha256" | "sha384"): RunningHash {
  const running = hashes[name].create()
  return Object.freeze<RunningHash>({
    update: (bytes) => void running.update(bytes),
    digest: () => running.digest(),
  })
}

export const nobleHmac = (name: HashName, key: Uint8Array, message: Uint8Array): Uint8Array =>
  hmac(hashes[name], key, message)

/** AES-GCM in TypeScript, on noble: everywhere, and the slowest. */
export const nobleCipher = (): BulkCipher =>
  Object.freeze<BulkCipher>({ name: "noble", key: nobleKey, hash: nobleHash, hmac: nobleHmac })
