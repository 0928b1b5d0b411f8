/**
 * The states of a KMS key. There is no default: a record without a state does not parse.
 *
 * Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".
 */
export const keyStates = [
  "Creating",
  "Enabled",
  "Disabled",
  "PendingDeletion",
  "PendingImport",
  "PendingReplicaDeletion",
  "Unavailable",
  "Updating",
] as const
export type KeyState = (typeof keyStates)[number]

/**
 * What a key material is to its key. Current encrypts; current and non-current decrypt.
 *
 * Source: KMS API reference, RotationsListEntry.
 */
export const keyMaterialStates = [
  "NON_CURRENT",
  "CURRENT",
  "PENDING_ROTATION",
  "PENDING_MULTI_REGION_IMPORT_AND_ROTATION",
] as const
export type KeyMaterialState = (typeof keyMaterialStates)[number]
