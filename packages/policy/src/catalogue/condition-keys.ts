import { lowerAscii } from "../vocabulary/fold.js"
export type ConditionKeyType = "String" | "ARN" | "Bool" | "Numeric" | "Date" | "IPAddress"

/** One condition key; a family of keys ends in `:` or `/`. */
export interface ConditionKeyRow {
  readonly name: string
  readonly type: ConditionKeyType
  readonly multivalued: boolean
  /** `always`: in every signed request. Else it may be absent. */
  readonly present: "always" | "sometimes"
}

const keys = (
  type: ConditionKeyType,
  multivalued: boolean,
  present: "always" | "sometimes",
  names: string,
): ConditionKeyRow[] => names.split(" ").map((name) => ({ name, type, multivalued, present }))

/** The KMS condition keys. Source: Service Authorization Reference, AWS KMS. */
const kmsKeys: readonly ConditionKeyRow[] = [
  ...keys(
    "Bool",
    false,
    "sometimes",
    "kms:BypassPolicyLockoutSafetyCheck kms:GrantIsForAWSResource kms:MultiRegion " +
      "kms:ReEncryptOnSameKey",
  ),
  ...keys(
    "String",
    false,
    "sometimes",
    "kms:CallerAccount kms:CustomerMasterKeySpec kms:CustomerMasterKeyUsage kms:DataKeyPairSpec " +
      "kms:EncryptionAlgorithm kms:EncryptionContext: kms:ExpirationModel " +
      "kms:GrantConstraintType kms:GranteePrincipal kms:GranteeServicePrincipal " +
      "kms:KeyAgreementAlgorithm kms:KeyOrigin " +
      "kms:KeySpec kms:KeyUsage kms:MacAlgorithm kms:MessageType kms:MultiRegionKeyType " +
      "kms:PrimaryRegion kms:RecipientAttestation: kms:ReplicaRegion kms:RequestAlias " +
      "kms:RetiringPrincipal kms:RetiringServicePrincipal kms:SigningAlgorithm kms:ViaService " +
      "kms:WrappingAlgorithm kms:WrappingKeySpec",
  ),
  ...keys(
    "String",
    true,
    "sometimes",
    "kms:EncryptionContextKeys kms:GrantOperations kms:ResourceAliases",
  ),
  ...keys("ARN", false, "sometimes", "kms:GrantConstraintSourceArn"),
  ...keys(
    "Numeric",
    false,
    "sometimes",
    "kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays " +
      "kms:TrailingDaysWithoutKeyUsage",
  ),
  ...keys("Date", false, "sometimes", "kms:ValidTo"),
]

/** The global condition keys that a KMS request can carry. Source: IAM User Guide. */
const globalKeys: readonly ConditionKeyRow[] = [
  ...keys("ARN", false, "sometimes", "aws:PrincipalArn aws:SourceArn aws:SourceVpcArn"),
  ...keys("Bool", false, "always", "aws:PrincipalIsAWSService aws:SecureTransport"),
  ...keys("Bool", false, "always", "aws:ViaAWSService"),
  ...keys("Bool", false, "sometimes", "aws:MultiFactorAuthPresent"),
  ...keys("Numeric", false, "sometimes", "aws:MultiFactorAuthAge"),
  ...keys("Date", false, "always", "aws:CurrentTime aws:EpochTime"),
  ...keys("Date", false, "sometimes", "aws:TokenIssueTime"),
  ...keys("IPAddress", false, "sometimes", "aws:SourceIp aws:VpcSourceIp"),
  ...keys("String", false, "always", "aws:RequestedRegion aws:UserAgent"),
  ...keys(
    "String",
    false,
    "sometimes",
    "aws:CalledViaFirst aws:CalledViaLast aws:FederatedProvider aws:PrincipalAccount " +
      "aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalTag/ aws:PrincipalType " +
      "aws:Referer aws:RequestTag/ aws:ResourceAccount aws:ResourceOrgID aws:ResourceTag/ " +
      "aws:SourceAccount aws:SourceIdentity aws:SourceOrgID aws:SourceVpc aws:SourceVpce " +
      "aws:userid aws:username aws:VpceAccount aws:VpceOrgID",
  ),
  ...keys(
    "String",
    true,
    "sometimes",
    "aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:ResourceOrgPaths " +
      "aws:SourceOrgPaths aws:TagKeys aws:VpceOrgPaths",
  ),
]

/** Every condition key known on the catalogue's date. An unknown key still evaluates. */
export const conditionKeys: readonly ConditionKeyRow[] = [...kmsKeys, ...globalKeys]

/** A family ends so: what follows names one of its keys. */
export const isFamily = (name: string): boolean => name.endsWith(":") || name.endsWith("/")

const rowsByName: ReadonlyMap<string, ConditionKeyRow> = new Map(
  conditionKeys.map((row) => [lowerAscii(row.name), row]),
)
const families: readonly (readonly [string, ConditionKeyRow])[] = [...rowsByName].filter(([name]) =>
  isFamily(name),
)

/** The row of a key, whatever its letter case; a member of a family finds the family. */
export function findConditionKey(name: string): ConditionKeyRow | undefined {
  const lower = lowerAscii(name)
  const own = rowsByName.get(lower)
  if (own !== undefined) return isFamily(lower) ? undefined : own
  return families.find(([family]) => lower.startsWith(family))?.[1]
}

const tagFamily = "aws:resourcetag/"
const aliasesKey = "kms:resourcealiases"

/**
 * Keys that only IAM policies can read: in a key policy they never have a value.
 *
 * Source: AWS KMS Developer Guide, "Using tags to control access" and "Using aliases to control
 * access".
 */
export const isOnlyForIam = (lowerCasedKey: string): boolean =>
  lowerCasedKey.startsWith(tagFamily) || lowerCasedKey === aliasesKey

/** Whether a policy value may read such a key; also true for some that do not. */
export function mentionsOnlyForIam(value: string): boolean {
  if (!value.includes("${")) return false
  const lower = lowerAscii(value)
  return lower.includes(tagFamily) || lower.includes(aliasesKey)
}
