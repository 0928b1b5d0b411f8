import type { KeySpecRow, KeyUsage } from "./key-specs.js"

/** What a grant can permit, in the order of the AWS model. */
export const grantOperations = [
  "Decrypt",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyWithoutPlaintext",
  "ReEncryptFrom",
  "ReEncryptTo",
  "Sign",
  "Verify",
  "GetPublicKey",
  "CreateGrant",
  "RetireGrant",
  "DescribeKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateMac",
  "VerifyMac",
  "DeriveSharedSecret",
  "Encapsulate",
  "Decapsulate",
] as const
export type GrantOperation = (typeof grantOperations)[number]

const always: readonly GrantOperation[] = ["CreateGrant", "DescribeKey", "RetireGrant"]

/** What the usage of a key adds. Source: KMS Developer Guide, "Grant operations". */
const byUsage: Readonly<Record<KeyUsage, readonly GrantOperation[]>> = {
  ENCRYPT_DECRYPT: ["Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"],
  SIGN_VERIFY: ["Sign", "Verify"],
  GENERATE_VERIFY_MAC: ["GenerateMac", "VerifyMac"],
  KEY_AGREEMENT: ["DeriveSharedSecret"],
  ENCAPSULATE_DECAPSULATE: ["Encapsulate", "Decapsulate"],
}

const byKind: Readonly<Record<KeySpecRow["kind"], readonly GrantOperation[]>> = {
  "symmetric-encryption": [
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
  ],
  hmac: [],
  asymmetric: ["GetPublicKey"],
}

/** The operations that a grant on a key of that kind and usage can permit. */
export const grantableOn = (
  kind: KeySpecRow["kind"],
  usage: KeyUsage,
): ReadonlySet<GrantOperation> => new Set([...always, ...byUsage[usage], ...byKind[kind]])
