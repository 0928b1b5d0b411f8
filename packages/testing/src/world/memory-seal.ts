import type { Entropy, Seal } from "@keywright/core"
import { bytesToHex } from "@noble/hashes/utils.js"

interface Sealed {
  readonly state: Uint8Array
  readonly context: string
}

/**
 * A seal for worlds that end with their process: it keeps what it seals, and lets only a handle
 * out. There is nothing in such a world, or in a snapshot of it, that could be opened elsewhere;
 * and a fork opens its domain without any cryptography.
 */
export function createMemorySeal(entropy: Entropy): Seal {
  const vault = new Map<string, Sealed>()
  return Object.freeze<Seal>({
    seal: (state, context) => {
      const handle = entropy(new Uint8Array(16))
      vault.set(bytesToHex(handle), { state: state.slice(), context: bytesToHex(context) })
      return handle
    },
    open: (handle, context) => {
      const sealed = vault.get(bytesToHex(handle))
      return sealed?.context === bytesToHex(context) ? sealed.state.slice() : undefined
    },
    close: () => {
      for (const { state } of vault.values()) state.fill(0)
      vault.clear()
    },
  })
}
