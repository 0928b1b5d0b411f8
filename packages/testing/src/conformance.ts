import type { KeySpec, RegionHsm } from "@keywright/core"
import { type HsmCase, told } from "./conformance/hsm-case.js"
import { domainCases } from "./conformance/hsm-domains.js"
import { encryptionCases } from "./conformance/hsm-encryption.js"
import { importCases } from "./conformance/hsm-imports.js"
import { keyCases } from "./conformance/hsm-keys.js"
import { recordCases } from "./conformance/hsm-records.js"
import { regionCases } from "./conformance/hsm-regions.js"

export { type StorageCase, storageConformance } from "@keywright/storage/conformance"
export type { HsmCase, HsmSource } from "./conformance/hsm-case.js"

/**
 * The HSM contract as a list of cases that any test runner can call: domains, key tokens and
 * symmetric encryption. Every HSM keeps all of it.
 *
 * @example
 * const source = {
 *   make: () => openMyHsm({ partition: 1 }),
 *   makeStranger: () => openMyHsm({ partition: 2 }),
 * }
 * for (const { name, run } of hsmConformance) test(name, () => run(source))
 */
export const hsmConformance: readonly HsmCase[] = [...domainCases, ...encryptionCases].map(told)

/** What an HSM promises of the key specs that it says it knows. */
export const hsmKeyConformance = (keySpecs: readonly KeySpec[]): readonly HsmCase[] =>
  keyCases(keySpecs).map(told)

/** What an HSM promises of key material from outside; it knows RSA, HMAC and the NIST curves. */
export const hsmImportConformance = (): readonly HsmCase[] => importCases().map(told)

/** What the HSM of a region promises besides: sealed records, and what other regions rely on. */
export const regionHsmConformance: readonly HsmCase<RegionHsm>[] = [
  ...regionCases,
  ...recordCases,
].map(told)
