import type { BulkCipher, BulkKey } from "../../../src/envelope/index.js"
import { andThen } from "../../../src/vocabulary/eventually.js"

/**
 * A cipher that tells how many of its keys are open, and how many ever were, and remembers the
 * plaintext it went over.
 */
export function watchedCipher(cipher: BulkCipher) {
  const open = { keys: 0, ever: 0 }
  const seen: Uint8Array[] = []
  const watch = (key: BulkKey): BulkKey => {
    open.keys += 1
    open.ever += 1
    let isOpen = true
    return {
      seal: (iv, aad, plaintext) => {
        seen.push(plaintext)
        return key.seal(iv, aad, plaintext)
      },
      open: (iv, aad, sealed) =>
        andThen(key.open(iv, aad, sealed), (plaintext) => {
          if (plaintext !== undefined) seen.push(plaintext)
          return plaintext
        }),
      wipe() {
        if (isOpen) open.keys -= 1
        isOpen = false
        key.wipe()
      },
    }
  }
  const watched: BulkCipher = { ...cipher, key: (bytes) => andThen(cipher.key(bytes), watch) }
  return { cipher: watched, open, seen }
}
