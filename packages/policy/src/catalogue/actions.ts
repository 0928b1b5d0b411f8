/** The day of the service authorization data behind this table. */
export const catalogueDate = "2026-09-26"

type AccessLevel = "read" | "write" | "permissions" | "list" | "tagging"
type ActionResource = "key" | "alias+key" | "*"

/** One KMS permission. Source: Service Authorization Reference, AWS KMS. */
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
const callerAccount = "kms:CallerAccount"
const viaService = "kms:ViaService"

/** What actions of one kind share; `callerKeys` are the keys about who calls. */
interface ActionKind extends Pick<ActionRow, "resource" | "crossAccount" | "grantable"> {
  readonly callerKeys: readonly string[]
}

/** Of the administrators of a key. */
const management: ActionKind = {
  resource: "key",
  crossAccount: false,
  grantable: false,
  callerKeys: [callerAccount, viaService],
}
const sharedManagement: ActionKind = { ...management, crossAccount: true }
/** Of those who use a key, be it by a grant. */
const use: ActionKind = { ...sharedManagement, grantable: true }
const onAlias: ActionKind = { ...management, resource: "alias+key" }
const keyCreation: ActionKind = { ...management, resource: "*" }
const onKeyStore: ActionKind = { ...keyCreation, callerKeys: [callerAccount] }
/** Of the account as a whole: no key of KMS is there to be asked. */
const listing: ActionKind = { ...keyCreation, callerKeys: [] }
/** Nobody calls it: AWS KMS does, between regions. */
const internal: ActionKind = { ...management, callerKeys: [] }

const row = (
  name: string,
  access: AccessLevel,
  { callerKeys, ...kind }: ActionKind,
  ownKeys: readonly string[] = [],
): ActionRow => ({ name, access, ...kind, conditionKeys: [...callerKeys, ...ownKeys] })

/** Every KMS permission. An action that is not here still evaluates. */
export const actions: readonly ActionRow[] = [
  row("kms:CancelKeyDeletion", "write", management),
  row("kms:ConnectCustomKeyStore", "write", onKeyStore),
  row("kms:CreateAlias", "write", onAlias),
  row("kms:CreateCustomKeyStore", "write", onKeyStore),
  row("kms:CreateGrant", "permissions", use, [
    ...encryptionContext,
    "kms:GrantConstraintSourceArn",
    "kms:GrantConstraintType",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:GranteeServicePrincipal",
    "kms:RetiringPrincipal",
    "kms:RetiringServicePrincipal",
  ]),
  row("kms:CreateKey", "write", keyCreation, [
    "aws:RequestTag/",
    "aws:ResourceTag/",
    "aws:TagKeys",
    "kms:BypassPolicyLockoutSafetyCheck",
    "kms:CustomerMasterKeySpec",
    "kms:CustomerMasterKeyUsage",
    "kms:KeyOrigin",
    "kms:KeySpec",
    "kms:KeyUsage",
    "kms:MultiRegion",
    "kms:MultiRegionKeyType",
  ]),
  row("kms:Decapsulate", "write", use, ["kms:RequestAlias"]),
  row("kms:Decrypt", "write", use, [
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:RequestAlias",
    "kms:RecipientAttestation:",
  ]),
  row("kms:DeleteAlias", "write", onAlias),
  row("kms:DeleteCustomKeyStore", "write", onKeyStore),
  row("kms:DeleteImportedKeyMaterial", "write", management),
  row("kms:DeriveSharedSecret", "write", use, [
    "kms:KeyAgreementAlgorithm",
    "kms:RequestAlias",
    "kms:RecipientAttestation:",
  ]),
  row("kms:DescribeCustomKeyStores", "read", onKeyStore),
  row("kms:DescribeKey", "read", use, ["kms:RequestAlias"]),
  row("kms:DisableKey", "write", management, ["kms:TrailingDaysWithoutKeyUsage"]),
  row("kms:DisableKeyRotation", "write", management),
  row("kms:DisconnectCustomKeyStore", "write", onKeyStore),
  row("kms:EnableKey", "write", management),
  row("kms:EnableKeyRotation", "write", management, ["kms:RotationPeriodInDays"]),
  row("kms:Encapsulate", "write", use, ["kms:RequestAlias"]),
  row("kms:Encrypt", "write", use, [
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:RequestAlias",
  ]),
  row("kms:GenerateDataKey", "write", use, [
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:RequestAlias",
    "kms:RecipientAttestation:",
  ]),
  row("kms:GenerateDataKeyPair", "write", use, [
    "kms:DataKeyPairSpec",
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:RequestAlias",
    "kms:RecipientAttestation:",
  ]),
  row("kms:GenerateDataKeyPairWithoutPlaintext", "write", use, [
    "kms:DataKeyPairSpec",
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:RequestAlias",
  ]),
  row("kms:GenerateDataKeyWithoutPlaintext", "write", use, [
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:RequestAlias",
  ]),
  row("kms:GenerateMac", "write", use, ["kms:MacAlgorithm", "kms:RequestAlias"]),
  row("kms:GenerateRandom", "write", listing, ["kms:RecipientAttestation:"]),
  row("kms:GetKeyLastUsage", "read", management),
  row("kms:GetKeyPolicy", "read", management),
  row("kms:GetKeyRotationStatus", "read", sharedManagement),
  row("kms:GetParametersForImport", "read", management, [
    "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
  ]),
  row("kms:GetPublicKey", "read", use, ["kms:RequestAlias"]),
  row("kms:ImportKeyMaterial", "write", management, ["kms:ExpirationModel", "kms:ValidTo"]),
  row("kms:ListAliases", "list", listing),
  row("kms:ListGrants", "list", sharedManagement, ["kms:GrantIsForAWSResource"]),
  row("kms:ListKeyPolicies", "list", management),
  row("kms:ListKeyRotations", "list", management),
  row("kms:ListKeys", "list", listing),
  row("kms:ListResourceTags", "list", management),
  row("kms:ListRetirableGrants", "list", listing),
  row("kms:PutKeyPolicy", "permissions", management, ["kms:BypassPolicyLockoutSafetyCheck"]),
  row("kms:ReEncryptFrom", "write", use, [
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:ReEncryptOnSameKey",
    "kms:RequestAlias",
  ]),
  row("kms:ReEncryptTo", "write", use, [
    "kms:EncryptionAlgorithm",
    ...encryptionContext,
    "kms:ReEncryptOnSameKey",
    "kms:RequestAlias",
  ]),
  row("kms:ReplicateKey", "write", management, ["kms:ReplicaRegion"]),
  row("kms:RetireGrant", "permissions", use, [...encryptionContext, "kms:GrantConstraintType"]),
  row("kms:RevokeGrant", "permissions", sharedManagement, ["kms:GrantIsForAWSResource"]),
  row("kms:RotateKeyOnDemand", "write", management),
  row("kms:ScheduleKeyDeletion", "write", management, [
    "kms:ScheduleKeyDeletionPendingWindowInDays",
    "kms:TrailingDaysWithoutKeyUsage",
  ]),
  row("kms:Sign", "write", use, ["kms:MessageType", "kms:RequestAlias", "kms:SigningAlgorithm"]),
  row("kms:SynchronizeMultiRegionKey", "write", internal),
  row("kms:TagResource", "tagging", management, ["aws:RequestTag/", "aws:TagKeys"]),
  row("kms:UntagResource", "tagging", management, ["aws:TagKeys"]),
  row("kms:UpdateAlias", "write", onAlias),
  row("kms:UpdateCustomKeyStore", "write", onKeyStore),
  row("kms:UpdateKeyDescription", "write", management),
  row("kms:UpdatePrimaryRegion", "write", management, ["kms:PrimaryRegion"]),
  row("kms:Verify", "write", use, ["kms:MessageType", "kms:RequestAlias", "kms:SigningAlgorithm"]),
  row("kms:VerifyMac", "write", use, ["kms:MacAlgorithm", "kms:RequestAlias"]),
]
