import { randomFillSync } from "node:crypto"
import { openSync, readSync } from "node:fs"
import { once } from "./once.js"

/** The device of the kernel; nothing where there is none. One descriptor for the process. */
const device = once((): number | undefined => {
  try {
    return openSync("/dev/urandom", "r")
  } catch {
    return undefined
  }
})

/**
 * Fills from the kernel itself, where it has a device for that: OpenSSL keeps a generator in the
 * memory of the process, from which what it is going to say can be read, and which a clone of the
 * machine has too. Elsewhere, OpenSSL fills.
 */
export function systemEntropy(target: Uint8Array): Uint8Array {
  const descriptor = device()
  if (descriptor === undefined) return randomFillSync(target)
  for (let filled = 0; filled < target.length; ) {
    const count = readSync(descriptor, target, filled, target.length - filled, null)
    if (count === 0) throw new Error("the source of randomness has ended")
    filled += count
  }
  return target
}
