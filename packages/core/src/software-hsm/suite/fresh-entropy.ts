import type { Entropy } from "../../ports/entropy.js"

// Every JavaScript runtime has the first; the second is quicker, where it is.
declare const setTimeout: (act: () => void, timeoutMs: number) => unknown
declare const setImmediate: ((act: () => void) => unknown) | undefined

/** What one call needs: a data key, a nonce and an IV. Many at once draw more together. */
const leastBytes = 128
const mostBytes = 1024
/** Who asks for more than this asks the source itself. */
const shortBytesMax = mostBytes / 4

/**
 * Draws from the source for one turn of the event loop: what nobody has asked for when it is over
 * is wiped. So memory holds no keys and nonces of calls to come, and two clones of a machine draw
 * apart, as far as their source does. A call on its own pays for asking the source; calls that
 * come together share that, the more of them there are.
 */
export function freshEntropy(source: Entropy): Entropy {
  const pool = new Uint8Array(mostBytes)
  let used = 0
  let drawnBytes = 0
  let isWiping = false
  const wipe = (): void => {
    pool.fill(0, 0, drawnBytes)
    used = 0
    drawnBytes = 0
    isWiping = false
  }
  const wipeAfterTurn = (): void => {
    if (isWiping) return
    isWiping = true
    if (typeof setImmediate === "function") setImmediate(wipe)
    else setTimeout(wipe, 0)
  }
  const drawMore = (neededBytes: number): void => {
    wipeAfterTurn()
    drawnBytes = Math.min(Math.max(2 * drawnBytes, leastBytes, neededBytes), mostBytes)
    // A source that fails leaves nothing to hand out.
    used = drawnBytes
    source(pool.subarray(0, drawnBytes))
    used = 0
  }
  return (target) => {
    if (target.length > shortBytesMax) return source(target)
    if (drawnBytes - used < target.length) drawMore(target.length)
    // A view of the few bytes would cost more than to move them one by one.
    for (let i = 0; i < target.length; i += 1, used += 1) {
      target[i] = pool[used] as number
      pool[used] = 0
    }
    return target
  }
}
