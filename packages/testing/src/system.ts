import { createRest, type Rest } from "@keywright/core"
import type { CryptoSuite } from "@keywright/core/suite"
import { nobleSuite } from "@keywright/core/testing"

/** The time of the machine: the one place where the kit asks it. */
export const systemTime = (): Date => new Date()

/** Node, or what stands in for it: a browser lacks its cryptography. */
const isOnNode = (): boolean =>
  typeof process === "object" && typeof process.versions?.node === "string"

/**
 * The cryptography of this runtime: OpenSSL's where there is one. What has a seed is the same
 * everywhere.
 */
export async function systemSuite(isSeeded: boolean): Promise<CryptoSuite> {
  if (!isOnNode()) return nobleSuite()
  const { opensslSuite, repeatableSuite } = await import("@keywright/hsm/openssl")
  return isSeeded ? repeatableSuite() : opensslSuite()
}

/** So many steps, of a tenth of a millisecond, before everything else has its turn. */
const stepsMax = 32

/** Rests by the count of steps, not by the clock: what has a seed goes the same way each time. */
export function countedRest(): Rest {
  let steps = 0
  return createRest({
    begin: () => {
      steps = 0
    },
    isOver: () => {
      steps += 1
      return steps >= stepsMax
    },
  })
}
