/** The day of the service authorization data behind this table. */
export const catalogueDate = "2026-09-26"

type AccessLevel = "read" | "write" | "permissions" | "list" | "tagging"
type ActionResource = "key" | "alias+key" | "*"

/** One KMS permission (Service Authorization Reference, AWS KMS). */
export interface ActionRow {
  /** With prefix: `kms:Decrypt`. */
  readonly name: string
  readonly access: AccessLevel
  /** `alias+key` operations are asked twice, once for the alias and once for the key. */
  readonly resource: ActionResource
  /** Has effect for callers of other accounts. */
  readonly crossAccount: boolean
  /** May stand among the operations of a grant. */
  readonly grantable: boolean
  /** Condition keys that only some operations carry; a family ends in `:` or `/`. */
  readonly conditionKeys: readonly string[]
}

/** Keys that every operation on a KMS key carries, as properties of the key. */
export const keyPropertyConditionKeys: readonly string[] = [
  "aws:ResourceTag/",
  "kms:CustomerMasterKeySpec",
  "kms:CustomerMasterKeyUsage",
  "kms:KeyOrigin",
  "kms:KeySpec",
  "kms:KeyUsage",
  "kms:MultiRegion",
  "kms:MultiRegionKeyType",
  "kms:ResourceAliases",
]

const encryptionContext = ["kms:EncryptionContext:", "kms:EncryptionContextKeys"]

/** `flags`: x cross-account, g grantable, c kms:CallerAccount, v kms:ViaService. */
function row(
  name: string,
  access: AccessLevel,
  resource: ActionResource,
  flags: string,
  keys: string,
): ActionRow {
  const conditionKeys: string[] = []
  if (flags.includes("c")) conditionKeys.push("kms:CallerAccount")
  if (flags.includes("v")) conditionKeys.push("kms:ViaService")
  for (const key of keys === "" ? [] : keys.split(" ")) {
    if (key === "EC") conditionKeys.push(...encryptionContext)
    else conditionKeys.push(key.startsWith("aws:") ? key : `kms:${key}`)
  }
  return {
    name: `kms:${name}`,
    access,
    resource,
    crossAccount: flags.includes("x"),
    grantable: flags.includes("g"),
    conditionKeys,
  }
}

/** Every KMS permission. An action that is not here still evaluates. */
export const actions: readonly ActionRow[] = [
  row("CancelKeyDeletion", "write", "key", "--cv", ""),
  row("ConnectCustomKeyStore", "write", "*", "--c-", ""),
  row("CreateAlias", "write", "alias+key", "--cv", ""),
  row("CreateCustomKeyStore", "write", "*", "--c-", ""),
  row(
    "CreateGrant",
    "permissions",
    "key",
    "xgcv",
    "EC GrantConstraintSourceArn GrantConstraintType GrantIsForAWSResource GrantOperations " +
      "GranteePrincipal GranteeServicePrincipal RetiringPrincipal RetiringServicePrincipal",
  ),
  row(
    "CreateKey",
    "write",
    "*",
    "--cv",
    "aws:RequestTag/ aws:ResourceTag/ aws:TagKeys BypassPolicyLockoutSafetyCheck " +
      "KeyOrigin KeySpec KeyUsage MultiRegion MultiRegionKeyType",
  ),
  row("Decapsulate", "write", "key", "xgcv", "RequestAlias"),
  row(
    "Decrypt",
    "write",
    "key",
    "xgcv",
    "EncryptionAlgorithm EC RequestAlias RecipientAttestation:",
  ),
  row("DeleteAlias", "write", "alias+key", "--cv", ""),
  row("DeleteCustomKeyStore", "write", "*", "--c-", ""),
  row("DeleteImportedKeyMaterial", "write", "key", "--cv", ""),
  row(
    "DeriveSharedSecret",
    "write",
    "key",
    "xgcv",
    "KeyAgreementAlgorithm RequestAlias RecipientAttestation:",
  ),
  row("DescribeCustomKeyStores", "read", "*", "--c-", ""),
  row("DescribeKey", "read", "key", "xgcv", "RequestAlias"),
  row("DisableKey", "write", "key", "--cv", "TrailingDaysWithoutKeyUsage"),
  row("DisableKeyRotation", "write", "key", "--cv", ""),
  row("DisconnectCustomKeyStore", "write", "*", "--c-", ""),
  row("EnableKey", "write", "key", "--cv", ""),
  row("EnableKeyRotation", "write", "key", "--cv", "RotationPeriodInDays"),
  row("Encapsulate", "write", "key", "xgcv", "RequestAlias"),
  row("Encrypt", "write", "key", "xgcv", "EncryptionAlgorithm EC RequestAlias"),
  row(
    "GenerateDataKey",
    "write",
    "key",
    "xgcv",
    "EncryptionAlgorithm EC RequestAlias RecipientAttestation:",
  ),
  row(
    "GenerateDataKeyPair",
    "write",
    "key",
    "xgcv",
    "DataKeyPairSpec EncryptionAlgorithm EC RequestAlias RecipientAttestation:",
  ),
  row(
    "GenerateDataKeyPairWithoutPlaintext",
    "write",
    "key",
    "xgcv",
    "DataKeyPairSpec EncryptionAlgorithm EC RequestAlias",
  ),
  row(
    "GenerateDataKeyWithoutPlaintext",
    "write",
    "key",
    "xgcv",
    "EncryptionAlgorithm EC RequestAlias",
  ),
  row("GenerateMac", "write", "key", "xgcv", "MacAlgorithm RequestAlias"),
  row("GenerateRandom", "write", "*", "----", "RecipientAttestation:"),
  row("GetKeyLastUsage", "read", "key", "--cv", ""),
  row("GetKeyPolicy", "read", "key", "--cv", ""),
  row("GetKeyRotationStatus", "read", "key", "x-cv", ""),
  row("GetParametersForImport", "read", "key", "--cv", "WrappingAlgorithm WrappingKeySpec"),
  row("GetPublicKey", "read", "key", "xgcv", "RequestAlias"),
  row("ImportKeyMaterial", "write", "key", "--cv", "ExpirationModel ValidTo"),
  row("ListAliases", "list", "*", "----", ""),
  row("ListGrants", "list", "key", "x-cv", "GrantIsForAWSResource"),
  row("ListKeyPolicies", "list", "key", "--cv", ""),
  row("ListKeyRotations", "list", "key", "--cv", ""),
  row("ListKeys", "list", "*", "----", ""),
  row("ListResourceTags", "list", "key", "--cv", ""),
  row("ListRetirableGrants", "list", "*", "----", ""),
  row("PutKeyPolicy", "permissions", "key", "--cv", "BypassPolicyLockoutSafetyCheck"),
  row(
    "ReEncryptFrom",
    "write",
    "key",
    "xgcv",
    "EncryptionAlgorithm EC ReEncryptOnSameKey RequestAlias",
  ),
  row(
    "ReEncryptTo",
    "write",
    "key",
    "xgcv",
    "EncryptionAlgorithm EC ReEncryptOnSameKey RequestAlias",
  ),
  row("ReplicateKey", "write", "key", "--cv", "ReplicaRegion"),
  row("RetireGrant", "permissions", "key", "xgcv", "EC GrantConstraintType"),
  row("RevokeGrant", "permissions", "key", "x-cv", "GrantIsForAWSResource"),
  row("RotateKeyOnDemand", "write", "key", "--cv", ""),
  row(
    "ScheduleKeyDeletion",
    "write",
    "key",
    "--cv",
    "ScheduleKeyDeletionPendingWindowInDays TrailingDaysWithoutKeyUsage",
  ),
  row("Sign", "write", "key", "xgcv", "MessageType RequestAlias SigningAlgorithm"),
  row("SynchronizeMultiRegionKey", "write", "key", "----", ""),
  row("TagResource", "tagging", "key", "--cv", "aws:RequestTag/ aws:TagKeys"),
  row("UntagResource", "tagging", "key", "--cv", "aws:TagKeys"),
  row("UpdateAlias", "write", "alias+key", "--cv", ""),
  row("UpdateCustomKeyStore", "write", "*", "--c-", ""),
  row("UpdateKeyDescription", "write", "key", "--cv", ""),
  row("UpdatePrimaryRegion", "write", "key", "--cv", "PrimaryRegion"),
  row("Verify", "write", "key", "xgcv", "MessageType RequestAlias SigningAlgorithm"),
  row("VerifyMac", "write", "key", "xgcv", "MacAlgorithm RequestAlias"),
]
