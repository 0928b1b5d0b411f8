/** Remembers signatures for as long as they could be presented again. */
export interface ReplayWindow {
  /** False when the signature was here before. */
  enter(signature: string, nowMs: number, expiresMs: number): boolean
}

/** One signature takes some 150 bytes. */
const signaturesMaxUsual = 100_000

/**
 * Takes each signature once, at this host. When it is full it takes none that is new until others
 * have expired: a window that forgets would be none.
 */
export function createReplayWindow(signaturesMax: number = signaturesMaxUsual): ReplayWindow {
  if (!Number.isInteger(signaturesMax) || signaturesMax < 1) {
    throw new TypeError("`signaturesMax` must be a positive whole number")
  }
  const seen = new Map<string, number>()
  let sweptMs = Number.NEGATIVE_INFINITY
  const sweep = (nowMs: number): void => {
    if (seen.size < signaturesMax || nowMs - sweptMs < 1000) return
    sweptMs = nowMs
    for (const [signature, expiresMs] of seen) if (expiresMs < nowMs) seen.delete(signature)
  }
  return Object.freeze({
    enter: (signature: string, nowMs: number, expiresMs: number) => {
      if (seen.has(signature)) return false
      sweep(nowMs)
      if (seen.size >= signaturesMax) return false
      seen.set(signature, expiresMs)
      return true
    },
  })
}
