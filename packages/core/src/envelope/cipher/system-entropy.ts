import { randomBytes } from "@noble/hashes/utils.js"
import type { Entropy } from "./bulk-cipher.js"

const pageBytes = 4096

/**
 * The source of the operating system, drawn from in pages: asking it costs more than the few dozen
 * bytes of a message. What was handed out is wiped from the page.
 */
export function systemEntropy(): Entropy {
  let page = new Uint8Array(0)
  let used = 0
  return (target) => {
    if (target.length > pageBytes / 4) {
      target.set(randomBytes(target.length))
      return target
    }
    if (page.length - used < target.length) {
      page = randomBytes(pageBytes)
      used = 0
    }
    const drawn = page.subarray(used, used + target.length)
    used += target.length
    target.set(drawn)
    drawn.fill(0)
    return target
  }
}
