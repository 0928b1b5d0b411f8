import type { actions, conditionKeys } from "../../src/index.js"

/*
 * The permissions and condition keys of AWS KMS as AWS publishes them. The word after the resource
 * says whether callers of other accounts may have it, the next one whether a grant can hold it;
 * then comes who calls: C for `kms:CallerAccount`, V for `kms:ViaService`. Keys without a prefix
 * are `kms:` keys; a family ends in `:` or `/`.
 *
 * Source: Service Authorization Reference, AWS KMS; AWS KMS Developer Guide, "Permissions
 * reference".
 */

const permissionLines = `
CancelKeyDeletion write key no no CV
ConnectCustomKeyStore write * no no C-
CreateAlias write alias+key no no CV
CreateCustomKeyStore write * no no C-
CreateGrant permissions key yes yes CV EncryptionContext: EncryptionContextKeys
  GrantConstraintSourceArn GrantConstraintType GrantIsForAWSResource GrantOperations
  GranteePrincipal GranteeServicePrincipal RetiringPrincipal RetiringServicePrincipal
CreateKey write * no no CV aws:RequestTag/ aws:ResourceTag/ aws:TagKeys
  BypassPolicyLockoutSafetyCheck CustomerMasterKeySpec CustomerMasterKeyUsage KeyOrigin KeySpec
  KeyUsage MultiRegion MultiRegionKeyType
Decapsulate write key yes yes CV RequestAlias
Decrypt write key yes yes CV EncryptionAlgorithm EncryptionContext: EncryptionContextKeys
  RequestAlias RecipientAttestation:
DeleteAlias write alias+key no no CV
DeleteCustomKeyStore write * no no C-
DeleteImportedKeyMaterial write key no no CV
DeriveSharedSecret write key yes yes CV KeyAgreementAlgorithm RequestAlias RecipientAttestation:
DescribeCustomKeyStores read * no no C-
DescribeKey read key yes yes CV RequestAlias
DisableKey write key no no CV TrailingDaysWithoutKeyUsage
DisableKeyRotation write key no no CV
DisconnectCustomKeyStore write * no no C-
EnableKey write key no no CV
EnableKeyRotation write key no no CV RotationPeriodInDays
Encapsulate write key yes yes CV RequestAlias
Encrypt write key yes yes CV EncryptionAlgorithm EncryptionContext: EncryptionContextKeys
  RequestAlias
GenerateDataKey write key yes yes CV EncryptionAlgorithm EncryptionContext: EncryptionContextKeys
  RequestAlias RecipientAttestation:
GenerateDataKeyPair write key yes yes CV DataKeyPairSpec EncryptionAlgorithm EncryptionContext:
  EncryptionContextKeys RequestAlias RecipientAttestation:
GenerateDataKeyPairWithoutPlaintext write key yes yes CV DataKeyPairSpec EncryptionAlgorithm
  EncryptionContext: EncryptionContextKeys RequestAlias
GenerateDataKeyWithoutPlaintext write key yes yes CV EncryptionAlgorithm EncryptionContext:
  EncryptionContextKeys RequestAlias
GenerateMac write key yes yes CV MacAlgorithm RequestAlias
GenerateRandom write * no no -- RecipientAttestation:
GetKeyLastUsage read key no no CV
GetKeyPolicy read key no no CV
GetKeyRotationStatus read key yes no CV
GetParametersForImport read key no no CV WrappingAlgorithm WrappingKeySpec
GetPublicKey read key yes yes CV RequestAlias
ImportKeyMaterial write key no no CV ExpirationModel ValidTo
ListAliases list * no no --
ListGrants list key yes no CV GrantIsForAWSResource
ListKeyPolicies list key no no CV
ListKeyRotations list key no no CV
ListKeys list * no no --
ListResourceTags list key no no CV
ListRetirableGrants list * no no --
PutKeyPolicy permissions key no no CV BypassPolicyLockoutSafetyCheck
ReEncryptFrom write key yes yes CV EncryptionAlgorithm EncryptionContext: EncryptionContextKeys
  ReEncryptOnSameKey RequestAlias
ReEncryptTo write key yes yes CV EncryptionAlgorithm EncryptionContext: EncryptionContextKeys
  ReEncryptOnSameKey RequestAlias
ReplicateKey write key no no CV ReplicaRegion
RetireGrant permissions key yes yes CV EncryptionContext: EncryptionContextKeys
  GrantConstraintType
RevokeGrant permissions key yes no CV GrantIsForAWSResource
RotateKeyOnDemand write key no no CV
ScheduleKeyDeletion write key no no CV ScheduleKeyDeletionPendingWindowInDays
  TrailingDaysWithoutKeyUsage
Sign write key yes yes CV MessageType RequestAlias SigningAlgorithm
SynchronizeMultiRegionKey write key no no --
TagResource tagging key no no CV aws:RequestTag/ aws:TagKeys
UntagResource tagging key no no CV aws:TagKeys
UpdateAlias write alias+key no no CV
UpdateCustomKeyStore write * no no C-
UpdateKeyDescription write key no no CV
UpdatePrimaryRegion write key no no CV PrimaryRegion
Verify write key yes yes CV MessageType RequestAlias SigningAlgorithm
VerifyMac write key yes yes CV MacAlgorithm RequestAlias
`

/** Type and name; then `many` where a request may give several values, `always` where all do. */
const conditionKeyLines = `
Bool kms:BypassPolicyLockoutSafetyCheck
Bool kms:GrantIsForAWSResource
Bool kms:MultiRegion
Bool kms:ReEncryptOnSameKey
String kms:CallerAccount
String kms:CustomerMasterKeySpec
String kms:CustomerMasterKeyUsage
String kms:DataKeyPairSpec
String kms:EncryptionAlgorithm
String kms:EncryptionContext:
String kms:ExpirationModel
String kms:GrantConstraintType
String kms:GranteePrincipal
String kms:GranteeServicePrincipal
String kms:KeyAgreementAlgorithm
String kms:KeyOrigin
String kms:KeySpec
String kms:KeyUsage
String kms:MacAlgorithm
String kms:MessageType
String kms:MultiRegionKeyType
String kms:PrimaryRegion
String kms:RecipientAttestation:
String kms:ReplicaRegion
String kms:RequestAlias
String kms:RetiringPrincipal
String kms:RetiringServicePrincipal
String kms:SigningAlgorithm
String kms:ViaService
String kms:WrappingAlgorithm
String kms:WrappingKeySpec
String kms:EncryptionContextKeys many
String kms:GrantOperations many
String kms:ResourceAliases many
ARN kms:GrantConstraintSourceArn
Numeric kms:RotationPeriodInDays
Numeric kms:ScheduleKeyDeletionPendingWindowInDays
Numeric kms:TrailingDaysWithoutKeyUsage
Date kms:ValidTo
ARN aws:PrincipalArn
ARN aws:SourceArn
ARN aws:SourceVpcArn
Bool aws:PrincipalIsAWSService always
Bool aws:SecureTransport always
Bool aws:ViaAWSService always
Bool aws:MultiFactorAuthPresent
Numeric aws:MultiFactorAuthAge
Date aws:CurrentTime always
Date aws:EpochTime always
Date aws:TokenIssueTime
IPAddress aws:SourceIp
IPAddress aws:VpcSourceIp
String aws:RequestedRegion always
String aws:UserAgent always
String aws:CalledViaFirst
String aws:CalledViaLast
String aws:FederatedProvider
String aws:PrincipalAccount
String aws:PrincipalOrgID
String aws:PrincipalServiceName
String aws:PrincipalTag/
String aws:PrincipalType
String aws:Referer
String aws:RequestTag/
String aws:ResourceAccount
String aws:ResourceOrgID
String aws:ResourceTag/
String aws:SourceAccount
String aws:SourceIdentity
String aws:SourceOrgID
String aws:SourceVpc
String aws:SourceVpce
String aws:userid
String aws:username
String aws:VpceAccount
String aws:VpceOrgID
String aws:CalledVia many
String aws:PrincipalOrgPaths many
String aws:PrincipalServiceNamesList many
String aws:ResourceOrgPaths many
String aws:SourceOrgPaths many
String aws:TagKeys many
String aws:VpceOrgPaths many
`

/** A line that begins with a space goes on with the one before. */
const linesOf = (text: string): readonly (readonly string[])[] =>
  text
    .trim()
    .replaceAll("\n ", "")
    .split("\n")
    .map((line) => line.split(" "))

const withPrefix = (key: string): string => (key.startsWith("aws:") ? key : `kms:${key}`)

export const publishedPermissions: typeof actions = linesOf(permissionLines).map(
  ([name = "", access, resource, crossAccount, grantable, calls = "", ...own]) => {
    const callerKeys = [
      ...(calls.startsWith("C") ? ["CallerAccount"] : []),
      ...(calls.endsWith("V") ? ["ViaService"] : []),
    ]
    return {
      name: withPrefix(name),
      access: access as (typeof actions)[number]["access"],
      resource: resource as (typeof actions)[number]["resource"],
      crossAccount: crossAccount === "yes",
      grantable: grantable === "yes",
      conditionKeys: [...callerKeys, ...own].map(withPrefix),
    }
  },
)

export const publishedConditionKeys: typeof conditionKeys = linesOf(conditionKeyLines).map(
  ([type, name = "", ...facts]) => ({
    name,
    type: type as (typeof conditionKeys)[number]["type"],
    multivalued: facts.includes("many"),
    present: facts.includes("always") ? "always" : "sometimes",
  }),
)
