/**
 * The operations that count as a use of their keys.
 *
 * Source: KMS API reference, `KeyLastUsageTrackingOperation`.
 */
export const trackedOperations = [
  "Decapsulate",
  "Decrypt",
  "DeriveSharedSecret",
  "Encapsulate",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "ReEncrypt",
  "Sign",
  "Verify",
  "VerifyMac",
] as const
export type TrackedOperation = (typeof trackedOperations)[number]
