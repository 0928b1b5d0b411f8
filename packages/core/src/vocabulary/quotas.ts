import { limits } from "./limits.js"

/**
 * The quotas of an account that AWS raises on request, and what they are by default. A key and its
 * aliases are destroyed in one commit, so there can be no more of those.
 *
 * Source: AWS KMS Developer Guide, "Resource quotas".
 */
export interface ResourceQuotas {
  /** Customer managed keys, in any state. Keys that AWS manages do not count. */
  readonly keysPerAccount: number
  readonly grantsPerKey: number
  readonly keyStoresPerAccount: number
}

const defaultQuotas: ResourceQuotas = Object.freeze({
  keysPerAccount: limits.keysPerAccountMax,
  grantsPerKey: limits.grantsPerKeyMax,
  keyStoresPerAccount: limits.keyStoresMax,
})

/** The quotas of a host: a number, or that of AWS. Throws `TypeError` for what is none. */
export function readQuotas(given: Partial<ResourceQuotas> = {}): ResourceQuotas {
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(defaultQuotas, name) && Number.isSafeInteger(value) && value >= 0) continue
    throw new TypeError(`\`quotas.${name}\` must be a quota that there is, and a whole number`)
  }
  return { ...defaultQuotas, ...given }
}
