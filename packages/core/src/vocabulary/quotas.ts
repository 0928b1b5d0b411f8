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

export const defaultQuotas: ResourceQuotas = Object.freeze({
  keysPerAccount: limits.keysPerAccountMax,
  grantsPerKey: limits.grantsPerKeyMax,
  keyStoresPerAccount: limits.keyStoresMax,
})
