import { randomBytes } from "@noble/hashes/utils.js"
import type { Entropy } from "./bulk-cipher.js"

/** The source of the operating system. An envelope draws a few dozen bytes for each message. */
export const systemEntropy: Entropy = (target) => {
  const drawn = randomBytes(target.length)
  target.set(drawn)
  drawn.fill(0)
  return target
}
