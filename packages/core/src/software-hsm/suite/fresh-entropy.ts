import type { Entropy } from "../../ports/entropy.js"

// Every JavaScript runtime has the first; the second is quicker, where it is.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown
declare const setImmediate: ((act: () => void) => unknown) | undefined

/** What a few calls need: a data key, a nonce and an IV each. */
const poolBytesLength = 256

/**
 * Draws from the source for one turn of the event loop: what nobody has asked for when it is over
 * is wiped. So memory holds no keys and nonces of calls to come, and two clones of a machine draw
 * apart, as far as their source does. A call on its own pays for asking the source; calls that
 * come together share that.
 */
export function freshEntropy(source: Entropy): Entropy {
  const pool = new Uint8Array(poolBytesLength)
  let used = pool.length
  let isWiping = false
  const wipe = (): void => {
    pool.fill(0)
    used = pool.length
    isWiping = false
  }
  const wipeAfterTurn = (): void => {
    if (isWiping) return
    isWiping = true
    if (typeof setImmediate === "function") setImmediate(wipe)
    else setTimeout(wipe, 0)
  }
  return (target) => {
    if (target.length > pool.length / 4) return source(target)
    if (pool.length - used < target.length) {
      wipeAfterTurn()
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
