import { type AnyRow, findRow, type Subject } from "@keywright/core"

/*
 * What the members of inputs and replies are, each said once. What a member is in one structure
 * alone stands under both names, and what it is in replies alone behind "answered".
 */

const meanings: Readonly<Record<string, string>> = {
  AWSAccountId: "The account of the key.",
  AccessKeyId: "The access key id by which the proxy knows KMS.",
  AliasArn: "The ARN of the alias.",
  AliasName: "The name of the alias, which begins with `alias/`.",
  Aliases: "The aliases on this page.",
  Arn: "The ARN of the key.",
  AttestationDocument: "The signed document by which the enclave says what it is.",
  BypassPolicyLockoutSafetyCheck:
    "Whether a policy is taken that shuts out the caller. Without it such a policy is refused.",
  CiphertextBlob: "The ciphertext. It names the key that it was made under.",
  CiphertextForRecipient:
    "The secret, encrypted for the enclave that the `Recipient` of the call named (CMS).",
  CloudHsmClusterId: "The CloudHSM cluster behind the key store.",
  CloudTrailEventId: "The id of the audit event of that use, where one was kept.",
  ConnectionErrorCode: "Why the last connection failed.",
  ConnectionState: "Whether the key store is connected.",
  Connectivity: "How the proxy is reached.",
  Constraints: "The encryption contexts, or the resource, that the grant is bound to.",
  CreationDate: "When it was made.",
  CurrentKeyMaterialId: "The key material that encrypts now; of symmetric encryption keys.",
  CustomKeyStoreId: "The id of the custom key store.",
  CustomKeyStoreName: "The name of the custom key store, which is its alone in the account.",
  CustomKeyStoreType: "What stands behind the key store. Default: a CloudHSM cluster.",
  CustomKeyStores: "The key stores on this page.",
  CustomerMasterKeySpec: "The former name of `KeySpec`, of specs that are as old as it.",
  DeletionDate: "When the key will be deleted; while it waits for that.",
  Description: "A text about the key, for people.",
  DestinationEncryptionAlgorithm: "The algorithm that encrypts. Default: `SYMMETRIC_DEFAULT`.",
  DestinationEncryptionContext: "The encryption context of the new ciphertext.",
  "ReEncryptInput.DestinationKeyId": "The key that encrypts: id, ARN, alias or alias ARN.",
  DestinationKeyMaterialId: "The key material that encrypted; of symmetric encryption keys.",
  DryRun:
    "Whether the call is only tried. It is refused with `DryRunOperationException` if allowed.",
  DryRunModifiers: "What a dry run leaves out: with it, the ciphertext is not needed.",
  Enabled: "Whether the state of the key is `Enabled`.",
  EncapsulationAlgorithm: "The key encapsulation mechanism.",
  EncapsulationAlgorithms: "What the key can do if it encapsulates secrets.",
  EncryptedKeyMaterial: "The key material, wrapped under the public key of GetParametersForImport.",
  EncryptionAlgorithm: "The encryption algorithm. Default: `SYMMETRIC_DEFAULT`.",
  EncryptionAlgorithms: "What the key can do if it encrypts.",
  EncryptionContext:
    "Pairs that are authenticated and not secret. Whoever decrypts must give the same ones.",
  EncryptionContextEquals: "The encryption context that calls must have, exactly.",
  EncryptionContextSubset: "Pairs that the encryption context of calls must have, among others.",
  ExpirationModel: "Whether the imported key material expires.",
  GrantId: "The id of the grant.",
  GrantToken: "A text that stands for the grant. A grant counts at once here, also without it.",
  GrantTokens: "Tokens of grants that are to count. Here every grant does as soon as it is made.",
  GranteePrincipal: "The ARN of the principal who is allowed.",
  GranteeServicePrincipal: "The AWS service that is allowed.",
  Grants: "The grants on this page.",
  Id: "The id of the external key, as its manager knows it.",
  ImportState: "Whether the imported material is there.",
  ImportToken: "The token of the import, which belongs to the public key.",
  ImportType: "Whether the material is new for the key. Default: new for a key that has none.",
  IncludeKeyMaterial: "Whether all key materials are listed. Default: rotations only.",
  IssuingAccount: "The ARN of the account that made the grant.",
  KeyAgreementAlgorithm: "The key agreement algorithm.",
  KeyAgreementAlgorithms: "What the key can do if it agrees on secrets.",
  KeyArn: "The ARN of the key.",
  KeyCreationDate: "When the key was made.",
  KeyEncryptionAlgorithm: "The algorithm that encrypts for the enclave.",
  KeyId: "The key: its id or ARN.",
  KeyLastUsage: "The last use; empty if there was none.",
  KeyManager: "Who manages the key: the customer, or an AWS service.",
  KeyMaterialDescription: "A text about the imported key material, for people.",
  KeyMaterialId: "The id of the key material; of symmetric encryption keys.",
  KeyMaterialState: "Whether the material encrypts, still decrypts, or waits.",
  KeyMetadata: "The key.",
  KeyOrigin: "Where the material of the key comes from.",
  KeyPairSpec: "The spec of the data key pair.",
  KeyRotationEnabled: "Whether the key rotates by itself.",
  KeySpec: "The kind of key. Default: `SYMMETRIC_DEFAULT`.",
  KeyState: "The state of the key, which decides what can be done with it.",
  KeyStorePassword: "The password of `kmsuser` in the CloudHSM cluster.",
  KeyUsage:
    "What the key is for. Default: `ENCRYPT_DECRYPT`, and only for symmetric encryption keys.",
  Keys: "The keys on this page.",
  KmsRequestId: "The id of the request that used the key.",
  LastUpdatedDate: "When it was last given to a key.",
  Limit: "The most items of a page.",
  Mac: "The HMAC.",
  MacAlgorithm: "The HMAC algorithm, which is that of the key spec.",
  MacAlgorithms: "What the key can do if it computes HMACs.",
  MacValid: "Always `true`: another HMAC is refused with `KMSInvalidMacException`.",
  Marker: "`NextMarker` of the page before.",
  Message: "The message.",
  MessageType: "Whether `Message` is the message or its digest. Default: `RAW`, the message.",
  MultiRegion: "Whether the key is multi-Region.",
  MultiRegionConfiguration: "The related keys of a multi-Region key.",
  MultiRegionKeyType: "Whether the key is the primary or a replica.",
  Name: "The name of the grant. The same call again answers the same grant.",
  NewCustomKeyStoreName: "The new name of the key store.",
  NextMarker: "The `Marker` of the next page; where there is one.",
  NextRotationDate: "When the key rotates next.",
  OnDemandRotationStartDate: "Never there: a rotation on demand is done when its call returns.",
  Operation: "The operation that used the key.",
  Operations: "The operations that the grant allows.",
  Origin: "Where the key material comes from. Default: `AWS_KMS`, which makes it.",
  ParametersValidTo: "Until when the import token can be used: 24 hours.",
  PendingDeletionWindowInDays: "How long the key will wait when its last replica is gone, in days.",
  PendingWindowInDays: "How long the key waits for its deletion, in days. Default: 30.",
  Policy: "The key policy, a JSON document.",
  PolicyName: "The name of the policy. There is only `default`.",
  PolicyNames: "The names of the policies.",
  PrimaryKey: "The primary key.",
  PrimaryRegion: "The region whose replica becomes the primary key.",
  PrivateKeyCiphertextBlob: "The private key (PKCS #8, DER), encrypted under the key.",
  PrivateKeyPlaintext: "The private key in the clear: PKCS #8, DER.",
  PublicKey: "The public key: SubjectPublicKeyInfo, DER.",
  RawSecretAccessKey: "The secret that authenticates KMS to the proxy.",
  Recipient: "The attested enclave that alone can read the secret of the reply.",
  Region: "The region of the key.",
  ReplicaKeyMetadata: "The replica.",
  ReplicaKeys: "The replicas.",
  ReplicaPolicy: "The key policy of the replica.",
  ReplicaRegion: "The region of the replica.",
  ReplicaTags: "The tags of the replica, if it has any.",
  RetiringPrincipal: "The ARN of the principal who may retire the grant.",
  RetiringServicePrincipal: "The AWS service that may retire the grant.",
  RotationDate: "When the key rotated to the material.",
  RotationPeriodInDays: "The days from one rotation to the next. Default: 365.",
  RotationType: "Whether the clock or a call had it rotated.",
  Rotations: "The key materials on this page.",
  SharedSecret: "The secret.",
  SharedSecretCiphertextBlob: "The encapsulated secret.",
  Signature: "The signature.",
  SignatureValid: "Always `true`: another one is refused with `KMSInvalidSignatureException`.",
  SigningAlgorithm: "The signing algorithm.",
  SigningAlgorithms: "What the key can do if it signs.",
  SourceArn: "The resource for which alone the service may use the grant.",
  SourceEncryptionAlgorithm: "The algorithm that decrypts. Default: `SYMMETRIC_DEFAULT`.",
  SourceEncryptionContext: "The encryption context of the ciphertext.",
  SourceKeyId: "The key that decrypts. A symmetric ciphertext names it, and it may be named too.",
  SourceKeyMaterialId: "The key material that decrypted; of symmetric encryption keys.",
  TagKey: "The name of the tag.",
  TagKeys: "The names of the tags.",
  TagValue: "The value of the tag.",
  Tags: "The tags.",
  TargetKeyId: "The key that the alias names: its id or ARN.",
  Timestamp: "When the key was used.",
  TrackingStartDate: "Since when uses are tracked: since the key was made.",
  Truncated: "Whether there is another page.",
  TrustAnchorCertificate: "The certificate by which the cluster is recognized (PEM).",
  UriEndpoint: "The address of the proxy.",
  UriPath: "The path of the proxy's interface.",
  ValidTo: "When the imported key material expires.",
  VpcEndpointServiceName: "The VPC endpoint service in front of the proxy.",
  VpcEndpointServiceOwner: "The account of that endpoint service.",
  WrappingAlgorithm: "The algorithm that wraps the key material.",
  WrappingKeySpec: "The spec of the wrapping key.",
  XksKeyConfiguration: "The external key behind the key.",
  XksKeyId: "The external key behind the new key, as its manager knows it.",
  XksProxyAuthenticationCredential: "What authenticates KMS to the proxy.",
  XksProxyConfiguration: "The proxy of an external key store.",
  XksProxyConnectivity: "How the proxy is reached.",
  XksProxyUriEndpoint: "The address of the proxy.",
  XksProxyUriPath: "The path of the proxy's interface.",
  XksProxyVpcEndpointServiceName: "The VPC endpoint service in front of the proxy.",
  XksProxyVpcEndpointServiceOwner: "The account of that endpoint service.",
  "answered CustomKeyStoreType": "What stands behind the key store.",
  "answered DestinationEncryptionAlgorithm": "The algorithm that encrypted.",
  "answered EncryptionAlgorithm": "The encryption algorithm.",
  "answered KeyId": "The ARN of the key.",
  "answered KeySpec": "The kind of key.",
  "answered KeyUsage": "What the key is for.",
  "answered Origin": "Where the key material comes from.",
  "answered PendingWindowInDays": "How long the key waits for its deletion, in days.",
  "answered RotationPeriodInDays": "The days from one rotation to the next.",
  "answered SourceEncryptionAlgorithm": "The algorithm that decrypted.",
  "answered SourceKeyId": "The ARN of the key that decrypted.",
  "AliasListEntry.TargetKeyId":
    "The id of the key that the alias names; none if it names none yet.",
  "CreateKeyInput.CustomKeyStoreId": "The custom key store that the key is made in.",
  "CreateKeyInput.MultiRegion": "Whether the key can have replicas in other regions.",
  "DecryptInput.KeyId":
    "The key. A symmetric ciphertext names it; whoever names it too decrypts under no other.",
  "DecryptReply.Plaintext": "What was encrypted.",
  "DeleteImportedKeyMaterialInput.KeyMaterialId": "The key material. Default: the current one.",
  "DeriveSharedSecretInput.PublicKey":
    "The public key of the other side, on the same curve: SubjectPublicKeyInfo, DER.",
  "EncryptInput.Plaintext": "What is encrypted.",
  "GenerateDataKeyInput.KeySpec": "The length of the data key; or `NumberOfBytes` says it.",
  "GenerateDataKeyInput.NumberOfBytes": "The length of the data key; or `KeySpec` says it.",
  "GenerateDataKeyReply.Plaintext": "The data key in the clear. Wipe it when it was used.",
  "GenerateDataKeyWithoutPlaintextInput.KeySpec":
    "The length of the data key; or `NumberOfBytes` says it.",
  "GenerateDataKeyWithoutPlaintextInput.NumberOfBytes":
    "The length of the data key; or `KeySpec` says it.",
  "GenerateRandomInput.NumberOfBytes": "How many bytes. It is needed.",
  "GenerateRandomInput.CustomKeyStoreId": "The custom key store whose cluster draws them.",
  "GenerateRandomReply.Plaintext": "The random bytes.",
  "GetParametersForImportReply.PublicKey": "The wrapping key: SubjectPublicKeyInfo, DER.",
  "GetKeyRotationStatusReply.KeyId": "The key, as the call named it.",
  "KeyListEntry.KeyId": "The id of the key.",
  "KeyMetadata.KeyId": "The id of the key.",
  "ListAliasesInput.KeyId": "The key whose aliases are listed. Default: those of all keys.",
  "ListGrantsInput.GrantId": "The one grant that is listed.",
  "ListGrantsInput.GranteePrincipal": "The principal whose grants are listed.",
  "ListGrantsInput.GranteeServicePrincipal": "The AWS service whose grants are listed.",
  "PutKeyPolicyInput.Policy": "The new key policy, a JSON document.",
  "ReEncryptReply.CiphertextBlob": "The new ciphertext.",
  "ReEncryptReply.KeyId": "The ARN of the key that encrypted.",
  "RotationsListEntry.ExpirationModel": "Whether the material expires; if it was imported.",
  "ScheduleKeyDeletionReply.DeletionDate":
    "When the key will be deleted; a primary key waits for its replicas first, and has no date.",
  "SignInput.Message": "The message, or its digest.",
  "VerifyInput.Message": "The message, or its digest.",
}

/** What is said of a key where an alias would do. */
const byAlias = "The key: id, ARN, alias or alias ARN."

/** Whether an alias would do where a member of an input names a key. */
function takesAlias(owner: string, member: string): boolean {
  const row: AnyRow | undefined = owner.endsWith("Input")
    ? findRow(owner.slice(0, -"Input".length))
    : undefined
  const isMeant = (subject: Subject): boolean =>
    subject.by === "identifier" && subject.member === member && subject.accepts === "key or alias"
  return row?.subjects.some(isMeant) ?? false
}

/** The name under which there are words for a member; the closest one wins. */
export function describedAs(owner: string, member: string, isAnswered: boolean) {
  const names = [`${owner}.${member}`, ...(isAnswered ? [`answered ${member}`] : []), member]
  return names.find((name) => Object.hasOwn(meanings, name))
}

/**
 * What a member of a structure is, in a sentence. Replies, and what is only in them, are answered.
 * Throws for one without words.
 */
export function wordsOf(owner: string, member: string, isAnswered: boolean): string {
  const name = describedAs(owner, member, isAnswered)
  const words = takesAlias(owner, member) && name === member ? byAlias : meanings[name ?? ""]
  if (words === undefined) throw new Error(`no words for ${member} of ${owner}`)
  return words
}

/** The names under which there are words, for the test that each is used. */
export const describedMembers: readonly string[] = Object.keys(meanings)
