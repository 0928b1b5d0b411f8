import type { Entropy } from "../../ports/entropy.js"

const poolBytesLength = 16_384

/**
 * Draws from the source in pages, because asking the system costs more than the few bytes that
 * most calls need. What was handed out is wiped from the page; what is to come stands in memory.
 * So this is for ids and for what else is no secret: keys and nonces are drawn by
 * `freshEntropy`.
 */
export function pooledEntropy(source: Entropy): Entropy {
  const pool = new Uint8Array(poolBytesLength)
  let used = pool.length
  return (target) => {
    if (target.length > pool.length / 4) return source(target)
    if (pool.length - used < target.length) {
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
