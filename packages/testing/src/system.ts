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
