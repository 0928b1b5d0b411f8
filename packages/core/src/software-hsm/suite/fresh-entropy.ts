import type { Entropy } from "../../ports/entropy.js"

/** What a call needs twice over: a data key, a nonce and an IV. */
const poolBytesLength = 128

/**
 * Draws from the source for one turn: what nobody has asked for when the turn of the event loop
 * is over is wiped. So memory never holds the keys and nonces of calls to come, and two clones of
 * a machine draw apart, as far as their source does.
 */
export function freshEntropy(source: Entropy): Entropy {
  const pool = new Uint8Array(poolBytesLength)
  let used = pool.length
  const wipe = (): void => {
    pool.fill(0)
    used = pool.length
  }
  return (target) => {
    if (target.length > pool.length / 2) return source(target)
    if (pool.length - used < target.length) {
      if (used === pool.length) Promise.resolve().then(wipe)
      source(pool)
      used = 0
    }
    const drawn = pool.subarray(used, used + target.length)
    target.set(drawn)
    drawn.fill(0)
    used += target.length
    return target
  }
}
