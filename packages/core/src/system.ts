import { randomBytes } from "@noble/hashes/utils.js"
import type { Clock } from "./ports/clock.js"
import type { Entropy } from "./ports/entropy.js"

/** The clock of the machine. */
export const systemClock: Clock = () => Date.now()

/** The random number generator of the platform (Web Crypto). */
export const systemEntropy: Entropy = (target) => {
  target.set(randomBytes(target.length))
  return target
}
