import { EnvelopeError } from "../envelope-error.js"

/**
 * What becomes of the verified plaintext of a signed message before its signature is verified: it
 * is held, or leaves early; or such messages are refused.
 */
export type SignedPlaintext = "held" | "early" | "refused"

/** Plaintext on its way out: every byte was verified under the data key. */
export interface Outlet {
  /** Takes what was opened and answers what may leave now. */
  pass(plaintexts: readonly Uint8Array[], hasFinal: boolean): readonly Uint8Array[]
  /** The message was all there and genuine: answers what was held. */
  finish(): readonly Uint8Array[]
  /** Wipes what is held. */
  close(): void
}

/** Of a message without signature everything leaves at once. */
const openOutlet: Outlet = Object.freeze({
  pass: (plaintexts: readonly Uint8Array[]) => plaintexts,
  finish: () => [],
  close: () => undefined,
})

export function createOutlet(
  isSigned: boolean,
  signed: SignedPlaintext,
  heldBytesMax: number,
): Outlet {
  if (!isSigned) return openOutlet
  let held: Uint8Array[] = []
  let heldBytes = 0
  function hold(plaintexts: readonly Uint8Array[]): void {
    for (const plaintext of plaintexts) held.push(plaintext)
    heldBytes = plaintexts.reduce((sum, { length }) => sum + length, heldBytes)
    if (heldBytes <= heldBytesMax) return
    throw new EnvelopeError("limit", `more than ${heldBytesMax} bytes would have to be held`)
  }
  return {
    pass(plaintexts, hasFinal) {
      // Even early, the last part waits, so that nobody takes what has left for the whole.
      const leaving = signed !== "early" ? 0 : plaintexts.length - (hasFinal ? 1 : 0)
      hold(plaintexts.slice(leaving))
      return plaintexts.slice(0, leaving)
    },
    finish() {
      const all = held
      held = []
      return all
    },
    close() {
      for (const plaintext of held) plaintext.fill(0)
      held = []
    },
  }
}
