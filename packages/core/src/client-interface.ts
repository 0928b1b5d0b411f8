/*
 * Printed from the catalogue by `npm run reference`; do not edit.
 */

import type { ListMethod, ReplyMetadata, SealedReply } from "./client-methods.js"

type GrantOperation =
  | "Decrypt"
  | "Encrypt"
  | "GenerateDataKey"
  | "GenerateDataKeyWithoutPlaintext"
  | "ReEncryptFrom"
  | "ReEncryptTo"
  | "Sign"
  | "Verify"
  | "GetPublicKey"
  | "CreateGrant"
  | "RetireGrant"
  | "DescribeKey"
  | "GenerateDataKeyPair"
  | "GenerateDataKeyPairWithoutPlaintext"
  | "GenerateMac"
  | "VerifyMac"
  | "DeriveSharedSecret"
  | "Encapsulate"
  | "Decapsulate"

type KeyUsage =
  | "ENCRYPT_DECRYPT"
  | "SIGN_VERIFY"
  | "GENERATE_VERIFY_MAC"
  | "KEY_AGREEMENT"
  | "ENCAPSULATE_DECAPSULATE"

type CustomerMasterKeySpec =
  | "RSA_2048"
  | "RSA_3072"
  | "RSA_4096"
  | "ECC_NIST_P256"
  | "ECC_NIST_P384"
  | "ECC_NIST_P521"
  | "ECC_SECG_P256K1"
  | "SYMMETRIC_DEFAULT"
  | "HMAC_224"
  | "HMAC_256"
  | "HMAC_384"
  | "HMAC_512"
  | "SM2"

type KeySpec =
  | "RSA_2048"
  | "RSA_3072"
  | "RSA_4096"
  | "ECC_NIST_P256"
  | "ECC_NIST_P384"
  | "ECC_NIST_P521"
  | "ECC_SECG_P256K1"
  | "SYMMETRIC_DEFAULT"
  | "HMAC_224"
  | "HMAC_256"
  | "HMAC_384"
  | "HMAC_512"
  | "SM2"
  | "ML_DSA_44"
  | "ML_DSA_65"
  | "ML_DSA_87"
  | "ECC_NIST_EDWARDS25519"
  | "ML_KEM_512"
  | "ML_KEM_768"
  | "ML_KEM_1024"

type Origin = "AWS_KMS" | "EXTERNAL" | "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE"

type KeyState =
  | "Creating"
  | "Enabled"
  | "Disabled"
  | "PendingDeletion"
  | "PendingImport"
  | "PendingReplicaDeletion"
  | "Unavailable"
  | "Updating"

type EncryptionAlgorithm =
  | "RSAES_OAEP_SHA_1"
  | "RSAES_OAEP_SHA_256"
  | "SM2PKE"
  | "SYMMETRIC_DEFAULT"

type SigningAlgorithm =
  | "RSASSA_PSS_SHA_256"
  | "RSASSA_PSS_SHA_384"
  | "RSASSA_PSS_SHA_512"
  | "RSASSA_PKCS1_V1_5_SHA_256"
  | "RSASSA_PKCS1_V1_5_SHA_384"
  | "RSASSA_PKCS1_V1_5_SHA_512"
  | "ECDSA_SHA_256"
  | "ECDSA_SHA_384"
  | "ECDSA_SHA_512"
  | "SM2DSA"
  | "ML_DSA_SHAKE_256"
  | "ED25519_SHA_512"
  | "ED25519_PH_SHA_512"

type MacAlgorithm = "HMAC_SHA_384" | "HMAC_SHA_256" | "HMAC_SHA_224" | "HMAC_SHA_512"

type ConnectionState = "CONNECTED" | "CONNECTING" | "FAILED" | "DISCONNECTED" | "DISCONNECTING"

type ConnectionErrorCode =
  | "INVALID_CREDENTIALS"
  | "CLUSTER_NOT_FOUND"
  | "NETWORK_ERRORS"
  | "INTERNAL_ERROR"
  | "INSUFFICIENT_CLOUDHSM_HSMS"
  | "USER_LOCKED_OUT"
  | "USER_NOT_FOUND"
  | "USER_LOGGED_IN"
  | "SUBNET_NOT_FOUND"
  | "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET"
  | "XKS_PROXY_ACCESS_DENIED"
  | "XKS_PROXY_NOT_REACHABLE"
  | "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND"
  | "XKS_PROXY_INVALID_RESPONSE"
  | "XKS_PROXY_INVALID_CONFIGURATION"
  | "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION"
  | "XKS_PROXY_TIMED_OUT"
  | "XKS_PROXY_INVALID_TLS_CONFIGURATION"

type KeyPairSpec =
  | "RSA_2048"
  | "RSA_3072"
  | "RSA_4096"
  | "ECC_NIST_P256"
  | "ECC_NIST_P384"
  | "ECC_NIST_P521"
  | "ECC_SECG_P256K1"
  | "SM2"
  | "ECC_NIST_EDWARDS25519"
  | "ML_KEM_512"
  | "ML_KEM_768"
  | "ML_KEM_1024"

type TrackedOperation =
  | "Decapsulate"
  | "Decrypt"
  | "DeriveSharedSecret"
  | "Encapsulate"
  | "Encrypt"
  | "GenerateDataKey"
  | "GenerateDataKeyPair"
  | "GenerateDataKeyPairWithoutPlaintext"
  | "GenerateDataKeyWithoutPlaintext"
  | "GenerateMac"
  | "ReEncrypt"
  | "Sign"
  | "Verify"
  | "VerifyMac"

type WrappingAlgorithm =
  | "RSAES_PKCS1_V1_5"
  | "RSAES_OAEP_SHA_1"
  | "RSAES_OAEP_SHA_256"
  | "RSA_AES_KEY_WRAP_SHA_1"
  | "RSA_AES_KEY_WRAP_SHA_256"
  | "SM2PKE"

type WrappingKeySpec = "RSA_2048" | "RSA_3072" | "RSA_4096" | "SM2"

type KeyMaterialState =
  | "NON_CURRENT"
  | "CURRENT"
  | "PENDING_ROTATION"
  | "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"

type CancelKeyDeletionInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type CancelKeyDeletionReply = {
  /** The ARN of the key. */
  KeyId: string
}

type ConnectCustomKeyStoreInput = {
  /** The id of the custom key store. 1 to 64 characters. */
  CustomKeyStoreId: string
}

type CreateAliasInput = {
  /** The name of the alias, which begins with `alias/`. 1 to 256 characters. */
  AliasName: string
  /** The key that the alias names: its id or ARN. 1 to 2,048 characters. */
  TargetKeyId: string
}

type XksProxyAuthenticationCredentialType = {
  /** The access key id by which the proxy knows KMS. */
  AccessKeyId: string
  /** The secret that authenticates KMS to the proxy. */
  RawSecretAccessKey: string
}

type CreateCustomKeyStoreInput = {
  /** The name of the custom key store, which is its alone in the account. 1 to 256 characters. */
  CustomKeyStoreName: string
  /** The certificate by which the cluster is recognized (PEM). 1 to 5,000 characters. */
  TrustAnchorCertificate?: string | undefined
  /** What stands behind the key store. Default: a CloudHSM cluster. */
  CustomKeyStoreType?: "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE" | undefined
  /** The CloudHSM cluster behind the key store. 19 to 24 characters. */
  CloudHsmClusterId?: string | undefined
  /** The password of `kmsuser` in the CloudHSM cluster. */
  KeyStorePassword?: string | undefined
  /** The address of the proxy. 10 to 128 characters. */
  XksProxyUriEndpoint?: string | undefined
  /** The path of the proxy's interface. 10 to 128 characters. */
  XksProxyUriPath?: string | undefined
  /** The VPC endpoint service in front of the proxy. 20 to 64 characters. */
  XksProxyVpcEndpointServiceName?: string | undefined
  /** The account of that endpoint service. */
  XksProxyVpcEndpointServiceOwner?: string | undefined
  /** What authenticates KMS to the proxy. */
  XksProxyAuthenticationCredential?: XksProxyAuthenticationCredentialType | undefined
  /** How the proxy is reached. */
  XksProxyConnectivity?: "PUBLIC_ENDPOINT" | "VPC_ENDPOINT_SERVICE" | undefined
}

type CreateCustomKeyStoreReply = {
  /** The id of the custom key store. */
  CustomKeyStoreId: string
}

type GrantConstraints = {
  /** Pairs that the encryption context of calls must have, among others. */
  EncryptionContextSubset?: Record<string, string> | undefined
  /** The encryption context that calls must have, exactly. */
  EncryptionContextEquals?: Record<string, string> | undefined
  /** The resource for which alone the service may use the grant. 20 to 512 characters. */
  SourceArn?: string | undefined
}

type CreateGrantInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The ARN of the principal who is allowed. 1 to 256 characters. */
  GranteePrincipal?: string | undefined
  /** The ARN of the principal who may retire the grant. 1 to 256 characters. */
  RetiringPrincipal?: string | undefined
  /** The operations that the grant allows. At least 1 item. */
  Operations: GrantOperation[]
  /** The encryption contexts, or the resource, that the grant is bound to. */
  Constraints?: GrantConstraints | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** The name of the grant. The same call again answers the same grant. 1 to 256 characters. */
  Name?: string | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
  /** The AWS service that is allowed. 1 to 128 characters. */
  GranteeServicePrincipal?: string | undefined
  /** The AWS service that may retire the grant. 1 to 128 characters. */
  RetiringServicePrincipal?: string | undefined
}

type CreateGrantReply = {
  /** A text that stands for the grant. A grant counts at once here, also without it. */
  GrantToken: string
  /** The id of the grant. */
  GrantId: string
}

type Tag = {
  /** The name of the tag. 1 to 128 characters. */
  TagKey: string
  /** The value of the tag. At most 256 characters. */
  TagValue: string
}

type CreateKeyInput = {
  /** The key policy, a JSON document. 1 to 131,072 characters. */
  Policy?: string | undefined
  /** A text about the key, for people. At most 8,192 characters. */
  Description?: string | undefined
  /** What the key is for. Default: `ENCRYPT_DECRYPT`, and only for symmetric encryption keys. */
  KeyUsage?: KeyUsage | undefined
  /** The former name of `KeySpec`, of specs that are as old as it. */
  CustomerMasterKeySpec?: CustomerMasterKeySpec | undefined
  /** The kind of key. Default: `SYMMETRIC_DEFAULT`. */
  KeySpec?: KeySpec | undefined
  /** Where the key material comes from. Default: `AWS_KMS`, which makes it. */
  Origin?: Origin | undefined
  /** The custom key store that the key is made in. 1 to 64 characters. */
  CustomKeyStoreId?: string | undefined
  /** Whether a policy is taken that shuts out the caller. Without it such a policy is refused. */
  BypassPolicyLockoutSafetyCheck?: boolean | undefined
  /** The tags. */
  Tags?: Tag[] | undefined
  /** Whether the key can have replicas in other regions. */
  MultiRegion?: boolean | undefined
  /** The external key behind the new key, as its manager knows it. 1 to 128 characters. */
  XksKeyId?: string | undefined
}

type MultiRegionKey = {
  /** The ARN of the key. */
  Arn: string
  /** The region of the key. */
  Region: string
}

type MultiRegionConfiguration = {
  /** Whether the key is the primary or a replica. */
  MultiRegionKeyType: "PRIMARY" | "REPLICA"
  /** The primary key. */
  PrimaryKey: MultiRegionKey
  /** The replicas. */
  ReplicaKeys: MultiRegionKey[]
}

type XksKeyConfigurationType = {
  /** The id of the external key, as its manager knows it. */
  Id: string
}

type KeyMetadata = {
  /** The account of the key. */
  AWSAccountId: string
  /** The id of the key. */
  KeyId: string
  /** The ARN of the key. */
  Arn: string
  /** When it was made. */
  CreationDate: Date
  /** Whether the state of the key is `Enabled`. */
  Enabled: boolean
  /** A text about the key, for people. */
  Description: string
  /** What the key is for. */
  KeyUsage: KeyUsage
  /** The state of the key, which decides what can be done with it. */
  KeyState: KeyState
  /** When the key will be deleted; while it waits for that. */
  DeletionDate?: Date | undefined
  /** When the imported key material expires. */
  ValidTo?: Date | undefined
  /** Where the key material comes from. */
  Origin: Origin
  /** The id of the custom key store. */
  CustomKeyStoreId?: string | undefined
  /** The CloudHSM cluster behind the key store. */
  CloudHsmClusterId?: string | undefined
  /** Whether the imported key material expires. */
  ExpirationModel?: "KEY_MATERIAL_EXPIRES" | "KEY_MATERIAL_DOES_NOT_EXPIRE" | undefined
  /** Who manages the key: the customer, or an AWS service. */
  KeyManager: "AWS" | "CUSTOMER"
  /** The former name of `KeySpec`, of specs that are as old as it. */
  CustomerMasterKeySpec?: CustomerMasterKeySpec | undefined
  /** The kind of key. */
  KeySpec: KeySpec
  /** What the key can do if it encrypts. */
  EncryptionAlgorithms?: EncryptionAlgorithm[] | undefined
  /** What the key can do if it signs. */
  SigningAlgorithms?: SigningAlgorithm[] | undefined
  /** What the key can do if it agrees on secrets. */
  KeyAgreementAlgorithms?: "ECDH"[] | undefined
  /** What the key can do if it encapsulates secrets. */
  EncapsulationAlgorithms?: "ML_KEM"[] | undefined
  /** Whether the key is multi-Region. */
  MultiRegion: boolean
  /** The related keys of a multi-Region key. */
  MultiRegionConfiguration?: MultiRegionConfiguration | undefined
  /** How long the key will wait when its last replica is gone, in days. */
  PendingDeletionWindowInDays?: number | undefined
  /** What the key can do if it computes HMACs. */
  MacAlgorithms?: MacAlgorithm[] | undefined
  /** The external key behind the key. */
  XksKeyConfiguration?: XksKeyConfigurationType | undefined
  /** The key material that encrypts now; of symmetric encryption keys. */
  CurrentKeyMaterialId?: string | undefined
}

type CreateKeyReply = {
  /** The key. */
  KeyMetadata: KeyMetadata
}

type DecapsulateInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The key encapsulation mechanism. */
  EncapsulationAlgorithm: "ML_KEM"
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
  /** The encapsulated secret. 1 to 6,144 bytes. */
  SharedSecretCiphertextBlob: Uint8Array
}

type DecapsulateReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The secret. */
  SharedSecret: Uint8Array
  /** The key encapsulation mechanism. */
  EncapsulationAlgorithm: "ML_KEM"
}

type RecipientInfo = {
  /** The algorithm that encrypts for the enclave. */
  KeyEncryptionAlgorithm?: "RSAES_OAEP_SHA_256" | undefined
  /** The signed document by which the enclave says what it is. 1 to 262,144 bytes. */
  AttestationDocument?: Uint8Array | undefined
}

type DecryptInput = {
  /** The ciphertext. It names the key that it was made under. 1 to 6,144 bytes. */
  CiphertextBlob?: Uint8Array | undefined
  /** Pairs that are authenticated and not secret. Whoever decrypts must give the same ones. */
  EncryptionContext?: Record<string, string> | undefined
  /**
   * The key. A symmetric ciphertext names it; whoever names it too decrypts under no other. 1 to
   * 2,048 characters.
   */
  KeyId?: string | undefined
  /** The encryption algorithm. Default: `SYMMETRIC_DEFAULT`. */
  EncryptionAlgorithm?: EncryptionAlgorithm | undefined
  /** The attested enclave that alone can read the secret of the reply. */
  Recipient?: RecipientInfo | undefined
  /** What a dry run leaves out: with it, the ciphertext is not needed. */
  DryRunModifiers?: "IGNORE_CIPHERTEXT"[] | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type DecryptReply = {
  /** The ARN of the key. */
  KeyId: string
  /** What was encrypted. */
  Plaintext: Uint8Array
  /** The encryption algorithm. */
  EncryptionAlgorithm: EncryptionAlgorithm
  /** The secret, encrypted for the enclave that the `Recipient` of the call named (CMS). */
  CiphertextForRecipient?: Uint8Array | undefined
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId?: string | undefined
}

type DeleteAliasInput = {
  /** The name of the alias, which begins with `alias/`. 1 to 256 characters. */
  AliasName: string
}

type DeleteCustomKeyStoreInput = {
  /** The id of the custom key store. 1 to 64 characters. */
  CustomKeyStoreId: string
}

type DeleteImportedKeyMaterialInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The key material. Default: the current one. */
  KeyMaterialId?: string | undefined
}

type DeleteImportedKeyMaterialReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId?: string | undefined
}

type DeriveSharedSecretInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The key agreement algorithm. */
  KeyAgreementAlgorithm: "ECDH"
  /**
   * The public key of the other side, on the same curve: SubjectPublicKeyInfo, DER. 1 to 8,192
   * bytes.
   */
  PublicKey: Uint8Array
  /** The attested enclave that alone can read the secret of the reply. */
  Recipient?: RecipientInfo | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type DeriveSharedSecretReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The secret. */
  SharedSecret: Uint8Array
  /** The secret, encrypted for the enclave that the `Recipient` of the call named (CMS). */
  CiphertextForRecipient?: Uint8Array | undefined
  /** The key agreement algorithm. */
  KeyAgreementAlgorithm: "ECDH"
  /** Where the material of the key comes from. */
  KeyOrigin: Origin
}

type DescribeCustomKeyStoresInput = {
  /** The id of the custom key store. 1 to 64 characters. */
  CustomKeyStoreId?: string | undefined
  /** The name of the custom key store, which is its alone in the account. 1 to 256 characters. */
  CustomKeyStoreName?: string | undefined
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
}

type XksProxyConfigurationType = {
  /** How the proxy is reached. */
  Connectivity: "PUBLIC_ENDPOINT" | "VPC_ENDPOINT_SERVICE"
  /** The access key id by which the proxy knows KMS. */
  AccessKeyId: string
  /** The address of the proxy. */
  UriEndpoint: string
  /** The path of the proxy's interface. */
  UriPath: string
  /** The VPC endpoint service in front of the proxy. */
  VpcEndpointServiceName?: string | undefined
  /** The account of that endpoint service. */
  VpcEndpointServiceOwner?: string | undefined
}

type CustomKeyStoresListEntry = {
  /** The id of the custom key store. */
  CustomKeyStoreId: string
  /** The name of the custom key store, which is its alone in the account. */
  CustomKeyStoreName: string
  /** The CloudHSM cluster behind the key store. */
  CloudHsmClusterId?: string | undefined
  /** The certificate by which the cluster is recognized (PEM). */
  TrustAnchorCertificate?: string | undefined
  /** Whether the key store is connected. */
  ConnectionState: ConnectionState
  /** Why the last connection failed. */
  ConnectionErrorCode?: ConnectionErrorCode | undefined
  /** When it was made. */
  CreationDate: Date
  /** What stands behind the key store. */
  CustomKeyStoreType: "AWS_CLOUDHSM" | "EXTERNAL_KEY_STORE"
  /** The proxy of an external key store. */
  XksProxyConfiguration?: XksProxyConfigurationType | undefined
}

type DescribeCustomKeyStoresReply = {
  /** The key stores on this page. */
  CustomKeyStores: CustomKeyStoresListEntry[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type DescribeKeyInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
}

type DescribeKeyReply = {
  /** The key. */
  KeyMetadata: KeyMetadata
}

type DisableKeyInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type DisableKeyRotationInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type DisconnectCustomKeyStoreInput = {
  /** The id of the custom key store. 1 to 64 characters. */
  CustomKeyStoreId: string
}

type EnableKeyInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type EnableKeyRotationInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The days from one rotation to the next. Default: 365. 90 to 2,560. */
  RotationPeriodInDays?: number | undefined
}

type EncapsulateInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The key encapsulation mechanism. */
  EncapsulationAlgorithm: "ML_KEM"
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type EncapsulateReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The secret. */
  SharedSecret: Uint8Array
  /** The encapsulated secret. */
  SharedSecretCiphertextBlob: Uint8Array
  /** The key encapsulation mechanism. */
  EncapsulationAlgorithm: "ML_KEM"
}

type EncryptInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** What is encrypted. 1 to 4,096 bytes. */
  Plaintext: Uint8Array
  /** Pairs that are authenticated and not secret. Whoever decrypts must give the same ones. */
  EncryptionContext?: Record<string, string> | undefined
  /** The encryption algorithm. Default: `SYMMETRIC_DEFAULT`. */
  EncryptionAlgorithm?: EncryptionAlgorithm | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type EncryptReply = {
  /** The ciphertext. It names the key that it was made under. */
  CiphertextBlob: Uint8Array
  /** The ARN of the key. */
  KeyId: string
  /** The encryption algorithm. */
  EncryptionAlgorithm: EncryptionAlgorithm
}

type GenerateDataKeyInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** Pairs that are authenticated and not secret. Whoever decrypts must give the same ones. */
  EncryptionContext?: Record<string, string> | undefined
  /** The length of the data key; or `KeySpec` says it. 1 to 1,024. */
  NumberOfBytes?: number | undefined
  /** The length of the data key; or `NumberOfBytes` says it. */
  KeySpec?: "AES_256" | "AES_128" | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
  /** The attested enclave that alone can read the secret of the reply. */
  Recipient?: RecipientInfo | undefined
}

type GenerateDataKeyReply = {
  /** The ciphertext. It names the key that it was made under. */
  CiphertextBlob: Uint8Array
  /** The data key in the clear. Wipe it when it was used. */
  Plaintext: Uint8Array
  /** The ARN of the key. */
  KeyId: string
  /** The secret, encrypted for the enclave that the `Recipient` of the call named (CMS). */
  CiphertextForRecipient?: Uint8Array | undefined
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId: string
}

type GenerateDataKeyPairInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** Pairs that are authenticated and not secret. Whoever decrypts must give the same ones. */
  EncryptionContext?: Record<string, string> | undefined
  /** The spec of the data key pair. */
  KeyPairSpec: KeyPairSpec
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
  /** The attested enclave that alone can read the secret of the reply. */
  Recipient?: RecipientInfo | undefined
}

type GenerateDataKeyPairReply = {
  /** The private key (PKCS #8, DER), encrypted under the key. */
  PrivateKeyCiphertextBlob: Uint8Array
  /** The public key: SubjectPublicKeyInfo, DER. */
  PublicKey: Uint8Array
  /** The ARN of the key. */
  KeyId: string
  /** The spec of the data key pair. */
  KeyPairSpec: KeyPairSpec
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId: string
  /** The private key in the clear: PKCS #8, DER. */
  PrivateKeyPlaintext: Uint8Array
  /** The secret, encrypted for the enclave that the `Recipient` of the call named (CMS). */
  CiphertextForRecipient?: Uint8Array | undefined
}

type GenerateDataKeyPairWithoutPlaintextInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** Pairs that are authenticated and not secret. Whoever decrypts must give the same ones. */
  EncryptionContext?: Record<string, string> | undefined
  /** The spec of the data key pair. */
  KeyPairSpec: KeyPairSpec
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type GenerateDataKeyPairWithoutPlaintextReply = {
  /** The private key (PKCS #8, DER), encrypted under the key. */
  PrivateKeyCiphertextBlob: Uint8Array
  /** The public key: SubjectPublicKeyInfo, DER. */
  PublicKey: Uint8Array
  /** The ARN of the key. */
  KeyId: string
  /** The spec of the data key pair. */
  KeyPairSpec: KeyPairSpec
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId: string
}

type GenerateDataKeyWithoutPlaintextInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** Pairs that are authenticated and not secret. Whoever decrypts must give the same ones. */
  EncryptionContext?: Record<string, string> | undefined
  /** The length of the data key; or `KeySpec` says it. 1 to 1,024. */
  NumberOfBytes?: number | undefined
  /** The length of the data key; or `NumberOfBytes` says it. */
  KeySpec?: "AES_256" | "AES_128" | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type GenerateDataKeyWithoutPlaintextReply = {
  /** The ciphertext. It names the key that it was made under. */
  CiphertextBlob: Uint8Array
  /** The ARN of the key. */
  KeyId: string
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId: string
}

type GenerateMacInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The message. 1 to 4,096 bytes. */
  Message: Uint8Array
  /** The HMAC algorithm, which is that of the key spec. */
  MacAlgorithm: MacAlgorithm
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type GenerateMacReply = {
  /** The HMAC. */
  Mac: Uint8Array
  /** The HMAC algorithm, which is that of the key spec. */
  MacAlgorithm: MacAlgorithm
  /** The ARN of the key. */
  KeyId: string
}

type GenerateRandomInput = {
  /** How many bytes. It is needed. 1 to 1,024. */
  NumberOfBytes?: number | undefined
  /** The custom key store whose cluster draws them. 1 to 64 characters. */
  CustomKeyStoreId?: string | undefined
  /** The attested enclave that alone can read the secret of the reply. */
  Recipient?: RecipientInfo | undefined
}

type GenerateRandomReply = {
  /** The random bytes. */
  Plaintext: Uint8Array
  /** The secret, encrypted for the enclave that the `Recipient` of the call named (CMS). */
  CiphertextForRecipient?: Uint8Array | undefined
}

type GetKeyLastUsageInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type KeyLastUsageData = {
  /** The operation that used the key. */
  Operation?: TrackedOperation | undefined
  /** When the key was used. */
  Timestamp?: Date | undefined
  /** The id of the audit event of that use, where one was kept. */
  CloudTrailEventId?: string | undefined
  /** The id of the request that used the key. */
  KmsRequestId?: string | undefined
}

type GetKeyLastUsageReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The last use; empty if there was none. */
  KeyLastUsage: KeyLastUsageData
  /** Since when uses are tracked: since the key was made. */
  TrackingStartDate: Date
  /** When the key was made. */
  KeyCreationDate: Date
}

type GetKeyPolicyInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The name of the policy. There is only `default`. 1 to 128 characters. */
  PolicyName?: string | undefined
}

type GetKeyPolicyReply = {
  /** The key policy, a JSON document. */
  Policy: string
  /** The name of the policy. There is only `default`. */
  PolicyName: string
}

type GetKeyRotationStatusInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type GetKeyRotationStatusReply = {
  /** Whether the key rotates by itself. */
  KeyRotationEnabled: boolean
  /** The key, as the call named it. */
  KeyId: string
  /** The days from one rotation to the next. */
  RotationPeriodInDays?: number | undefined
  /** When the key rotates next. */
  NextRotationDate?: Date | undefined
  /** Never there: a rotation on demand is done when its call returns. */
  OnDemandRotationStartDate?: Date | undefined
}

type GetParametersForImportInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The algorithm that wraps the key material. */
  WrappingAlgorithm: WrappingAlgorithm
  /** The spec of the wrapping key. */
  WrappingKeySpec: WrappingKeySpec
}

type GetParametersForImportReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The token of the import, which belongs to the public key. */
  ImportToken: Uint8Array
  /** The wrapping key: SubjectPublicKeyInfo, DER. */
  PublicKey: Uint8Array
  /** Until when the import token can be used: 24 hours. */
  ParametersValidTo: Date
}

type GetPublicKeyInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
}

type GetPublicKeyReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The public key: SubjectPublicKeyInfo, DER. */
  PublicKey: Uint8Array
  /** The former name of `KeySpec`, of specs that are as old as it. */
  CustomerMasterKeySpec?: CustomerMasterKeySpec | undefined
  /** The kind of key. */
  KeySpec: KeySpec
  /** What the key is for. */
  KeyUsage: KeyUsage
  /** What the key can do if it encrypts. */
  EncryptionAlgorithms?: EncryptionAlgorithm[] | undefined
  /** What the key can do if it signs. */
  SigningAlgorithms?: SigningAlgorithm[] | undefined
  /** What the key can do if it agrees on secrets. */
  KeyAgreementAlgorithms?: "ECDH"[] | undefined
  /** What the key can do if it encapsulates secrets. */
  EncapsulationAlgorithms?: "ML_KEM"[] | undefined
}

type ImportKeyMaterialInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The token of the import, which belongs to the public key. 1 to 6,144 bytes. */
  ImportToken: Uint8Array
  /** The key material, wrapped under the public key of GetParametersForImport. 1 to 6,144 bytes. */
  EncryptedKeyMaterial: Uint8Array
  /** When the imported key material expires. */
  ValidTo?: Date | undefined
  /** Whether the imported key material expires. */
  ExpirationModel?: "KEY_MATERIAL_EXPIRES" | "KEY_MATERIAL_DOES_NOT_EXPIRE" | undefined
  /** Whether the material is new for the key. Default: new for a key that has none. */
  ImportType?: "NEW_KEY_MATERIAL" | "EXISTING_KEY_MATERIAL" | undefined
  /** A text about the imported key material, for people. At most 256 characters. */
  KeyMaterialDescription?: string | undefined
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId?: string | undefined
}

type ImportKeyMaterialReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId?: string | undefined
}

type ListAliasesInput = {
  /** The key whose aliases are listed. Default: those of all keys. 1 to 2,048 characters. */
  KeyId?: string | undefined
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
}

type AliasListEntry = {
  /** The name of the alias, which begins with `alias/`. */
  AliasName: string
  /** The ARN of the alias. */
  AliasArn: string
  /** The id of the key that the alias names; none if it names none yet. */
  TargetKeyId?: string | undefined
  /** When it was made. */
  CreationDate?: Date | undefined
  /** When it was last given to a key. */
  LastUpdatedDate?: Date | undefined
}

type ListAliasesReply = {
  /** The aliases on this page. */
  Aliases: AliasListEntry[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type ListGrantsInput = {
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The one grant that is listed. 1 to 128 characters. */
  GrantId?: string | undefined
  /** The principal whose grants are listed. 1 to 256 characters. */
  GranteePrincipal?: string | undefined
  /** The AWS service whose grants are listed. 1 to 128 characters. */
  GranteeServicePrincipal?: string | undefined
}

type GrantListEntry = {
  /** The ARN of the key. */
  KeyId: string
  /** The id of the grant. */
  GrantId: string
  /** The name of the grant. The same call again answers the same grant. */
  Name: string
  /** When it was made. */
  CreationDate: Date
  /** The ARN of the principal who is allowed. */
  GranteePrincipal?: string | undefined
  /** The ARN of the principal who may retire the grant. */
  RetiringPrincipal?: string | undefined
  /** The ARN of the account that made the grant. */
  IssuingAccount: string
  /** The operations that the grant allows. */
  Operations: GrantOperation[]
  /** The encryption contexts, or the resource, that the grant is bound to. */
  Constraints?: GrantConstraints | undefined
  /** The AWS service that is allowed. */
  GranteeServicePrincipal?: string | undefined
  /** The AWS service that may retire the grant. */
  RetiringServicePrincipal?: string | undefined
}

type ListGrantsReply = {
  /** The grants on this page. */
  Grants: GrantListEntry[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type ListKeyPoliciesInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
}

type ListKeyPoliciesReply = {
  /** The names of the policies. */
  PolicyNames: string[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type ListKeyRotationsInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** Whether all key materials are listed. Default: rotations only. */
  IncludeKeyMaterial?: "ALL_KEY_MATERIAL" | "ROTATIONS_ONLY" | undefined
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
}

type RotationsListEntry = {
  /** The ARN of the key. */
  KeyId: string
  /** The id of the key material; of symmetric encryption keys. */
  KeyMaterialId: string
  /** A text about the imported key material, for people. */
  KeyMaterialDescription?: string | undefined
  /** Whether the imported material is there. */
  ImportState?: "IMPORTED" | "PENDING_IMPORT" | undefined
  /** Whether the material encrypts, still decrypts, or waits. */
  KeyMaterialState: KeyMaterialState
  /** Whether the material expires; if it was imported. */
  ExpirationModel?: "KEY_MATERIAL_EXPIRES" | "KEY_MATERIAL_DOES_NOT_EXPIRE" | undefined
  /** When the imported key material expires. */
  ValidTo?: Date | undefined
  /** When the key rotated to the material. */
  RotationDate?: Date | undefined
  /** Whether the clock or a call had it rotated. */
  RotationType?: "AUTOMATIC" | "ON_DEMAND" | undefined
}

type ListKeyRotationsReply = {
  /** The key materials on this page. */
  Rotations: RotationsListEntry[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type ListKeysInput = {
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
}

type KeyListEntry = {
  /** The id of the key. */
  KeyId: string
  /** The ARN of the key. */
  KeyArn: string
}

type ListKeysReply = {
  /** The keys on this page. */
  Keys: KeyListEntry[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type ListResourceTagsInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
}

type ListResourceTagsReply = {
  /** The tags. */
  Tags: Tag[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type ListRetirableGrantsInput = {
  /** The most items of a page. 1 to 1,000. */
  Limit?: number | undefined
  /** `NextMarker` of the page before. 1 to 1,024 characters. */
  Marker?: string | undefined
  /** The ARN of the principal who may retire the grant. 1 to 256 characters. */
  RetiringPrincipal?: string | undefined
  /** The AWS service that may retire the grant. 1 to 128 characters. */
  RetiringServicePrincipal?: string | undefined
}

type ListRetirableGrantsReply = {
  /** The grants on this page. */
  Grants: GrantListEntry[]
  /** The `Marker` of the next page; where there is one. */
  NextMarker?: string | undefined
  /** Whether there is another page. */
  Truncated: boolean
}

type PutKeyPolicyInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The name of the policy. There is only `default`. 1 to 128 characters. */
  PolicyName?: string | undefined
  /** The new key policy, a JSON document. 1 to 131,072 characters. */
  Policy: string
  /** Whether a policy is taken that shuts out the caller. Without it such a policy is refused. */
  BypassPolicyLockoutSafetyCheck?: boolean | undefined
}

type ReEncryptInput = {
  /** The ciphertext. It names the key that it was made under. 1 to 6,144 bytes. */
  CiphertextBlob?: Uint8Array | undefined
  /** The encryption context of the ciphertext. */
  SourceEncryptionContext?: Record<string, string> | undefined
  /**
   * The key that decrypts. A symmetric ciphertext names it, and it may be named too. 1 to 2,048
   * characters.
   */
  SourceKeyId?: string | undefined
  /** The key that encrypts: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  DestinationKeyId: string
  /** The encryption context of the new ciphertext. */
  DestinationEncryptionContext?: Record<string, string> | undefined
  /** The algorithm that decrypts. Default: `SYMMETRIC_DEFAULT`. */
  SourceEncryptionAlgorithm?: EncryptionAlgorithm | undefined
  /** The algorithm that encrypts. Default: `SYMMETRIC_DEFAULT`. */
  DestinationEncryptionAlgorithm?: EncryptionAlgorithm | undefined
  /** What a dry run leaves out: with it, the ciphertext is not needed. */
  DryRunModifiers?: "IGNORE_CIPHERTEXT"[] | undefined
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type ReEncryptReply = {
  /** The new ciphertext. */
  CiphertextBlob: Uint8Array
  /** The ARN of the key that decrypted. */
  SourceKeyId: string
  /** The ARN of the key that encrypted. */
  KeyId: string
  /** The algorithm that decrypted. */
  SourceEncryptionAlgorithm: EncryptionAlgorithm
  /** The algorithm that encrypted. */
  DestinationEncryptionAlgorithm: EncryptionAlgorithm
  /** The key material that decrypted; of symmetric encryption keys. */
  SourceKeyMaterialId?: string | undefined
  /** The key material that encrypted; of symmetric encryption keys. */
  DestinationKeyMaterialId?: string | undefined
}

type ReplicateKeyInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The region of the replica. 1 to 32 characters. */
  ReplicaRegion: string
  /** The key policy, a JSON document. 1 to 131,072 characters. */
  Policy?: string | undefined
  /** Whether a policy is taken that shuts out the caller. Without it such a policy is refused. */
  BypassPolicyLockoutSafetyCheck?: boolean | undefined
  /** A text about the key, for people. At most 8,192 characters. */
  Description?: string | undefined
  /** The tags. */
  Tags?: Tag[] | undefined
}

type ReplicateKeyReply = {
  /** The replica. */
  ReplicaKeyMetadata: KeyMetadata
  /** The key policy of the replica. */
  ReplicaPolicy: string
  /** The tags of the replica, if it has any. */
  ReplicaTags?: Tag[] | undefined
}

type RetireGrantInput = {
  /**
   * A text that stands for the grant. A grant counts at once here, also without it. 1 to 8,192
   * characters.
   */
  GrantToken?: string | undefined
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId?: string | undefined
  /** The id of the grant. 1 to 128 characters. */
  GrantId?: string | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type RevokeGrantInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The id of the grant. 1 to 128 characters. */
  GrantId: string
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type RotateKeyOnDemandInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
}

type RotateKeyOnDemandReply = {
  /** The ARN of the key. */
  KeyId: string
}

type ScheduleKeyDeletionInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** How long the key waits for its deletion, in days. Default: 30. 7 to 30. */
  PendingWindowInDays?: number | undefined
}

type ScheduleKeyDeletionReply = {
  /** The ARN of the key. */
  KeyId: string
  /** When the key will be deleted; a primary key waits for its replicas first, and has no date. */
  DeletionDate?: Date | undefined
  /** The state of the key, which decides what can be done with it. */
  KeyState: KeyState
  /** How long the key waits for its deletion, in days. */
  PendingWindowInDays: number
}

type SignInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The message, or its digest. 1 to 4,096 bytes. */
  Message: Uint8Array
  /** Whether `Message` is the message or its digest. Default: `RAW`, the message. */
  MessageType?: "RAW" | "DIGEST" | "EXTERNAL_MU" | undefined
  /** The signing algorithm. */
  SigningAlgorithm: SigningAlgorithm
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
}

type SignReply = {
  /** The ARN of the key. */
  KeyId: string
  /** The signature. */
  Signature: Uint8Array
  /** The signing algorithm. */
  SigningAlgorithm: SigningAlgorithm
}

type TagResourceInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The tags. */
  Tags: Tag[]
}

type UntagResourceInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The names of the tags. */
  TagKeys: string[]
}

type UpdateAliasInput = {
  /** The name of the alias, which begins with `alias/`. 1 to 256 characters. */
  AliasName: string
  /** The key that the alias names: its id or ARN. 1 to 2,048 characters. */
  TargetKeyId: string
}

type UpdateCustomKeyStoreInput = {
  /** The id of the custom key store. 1 to 64 characters. */
  CustomKeyStoreId: string
  /** The new name of the key store. 1 to 256 characters. */
  NewCustomKeyStoreName?: string | undefined
  /** The CloudHSM cluster behind the key store. 19 to 24 characters. */
  CloudHsmClusterId?: string | undefined
  /** The password of `kmsuser` in the CloudHSM cluster. */
  KeyStorePassword?: string | undefined
  /** The address of the proxy. 10 to 128 characters. */
  XksProxyUriEndpoint?: string | undefined
  /** The path of the proxy's interface. 10 to 128 characters. */
  XksProxyUriPath?: string | undefined
  /** The VPC endpoint service in front of the proxy. 20 to 64 characters. */
  XksProxyVpcEndpointServiceName?: string | undefined
  /** The account of that endpoint service. */
  XksProxyVpcEndpointServiceOwner?: string | undefined
  /** What authenticates KMS to the proxy. */
  XksProxyAuthenticationCredential?: XksProxyAuthenticationCredentialType | undefined
  /** How the proxy is reached. */
  XksProxyConnectivity?: "PUBLIC_ENDPOINT" | "VPC_ENDPOINT_SERVICE" | undefined
}

type UpdateKeyDescriptionInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** A text about the key, for people. At most 8,192 characters. */
  Description: string
}

type UpdatePrimaryRegionInput = {
  /** The key: its id or ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The region whose replica becomes the primary key. 1 to 32 characters. */
  PrimaryRegion: string
}

type VerifyInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The message, or its digest. 1 to 4,096 bytes. */
  Message: Uint8Array
  /** Whether `Message` is the message or its digest. Default: `RAW`, the message. */
  MessageType?: "RAW" | "DIGEST" | "EXTERNAL_MU" | undefined
  /** The signing algorithm. */
  SigningAlgorithm: SigningAlgorithm
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
  /** The signature. 1 to 6,144 bytes. */
  Signature: Uint8Array
}

type VerifyReply = {
  /** The ARN of the key. */
  KeyId: string
  /** Always `true`: another one is refused with `KMSInvalidSignatureException`. */
  SignatureValid: boolean
  /** The signing algorithm. */
  SigningAlgorithm: SigningAlgorithm
}

type VerifyMacInput = {
  /** The key: id, ARN, alias or alias ARN. 1 to 2,048 characters. */
  KeyId: string
  /** The message. 1 to 4,096 bytes. */
  Message: Uint8Array
  /** The HMAC algorithm, which is that of the key spec. */
  MacAlgorithm: MacAlgorithm
  /**
   * Tokens of grants that are to count. Here every grant does as soon as it is made. At most 10
   * items.
   */
  GrantTokens?: string[] | undefined
  /** Whether the call is only tried. It is refused with `DryRunOperationException` if allowed. */
  DryRun?: boolean | undefined
  /** The HMAC. 1 to 6,144 bytes. */
  Mac: Uint8Array
}

type VerifyMacReply = {
  /** The ARN of the key. */
  KeyId: string
  /** Always `true`: another HMAC is refused with `KMSInvalidMacException`. */
  MacValid: boolean
  /** The HMAC algorithm, which is that of the key spec. */
  MacAlgorithm: MacAlgorithm
}

type DecryptSealedReply = SealedReply<DecryptReply, "Plaintext">

type DeriveSharedSecretSealedReply = SealedReply<DeriveSharedSecretReply, "SharedSecret">

type GenerateDataKeySealedReply = SealedReply<GenerateDataKeyReply, "Plaintext">

type GenerateDataKeyPairSealedReply = SealedReply<GenerateDataKeyPairReply, "PrivateKeyPlaintext">

type GenerateRandomSealedReply = SealedReply<GenerateRandomReply, "Plaintext">

/** What the operations take and answer, by their names. */
export interface Calls {
  CancelKeyDeletion: {
    input: CancelKeyDeletionInput
    reply: CancelKeyDeletionReply
  }
  ConnectCustomKeyStore: {
    input: ConnectCustomKeyStoreInput
    reply: Record<never, never>
  }
  CreateAlias: {
    input: CreateAliasInput
    reply: Record<never, never>
  }
  CreateCustomKeyStore: {
    input: CreateCustomKeyStoreInput
    reply: CreateCustomKeyStoreReply
  }
  CreateGrant: {
    input: CreateGrantInput
    reply: CreateGrantReply
  }
  CreateKey: {
    input: CreateKeyInput
    reply: CreateKeyReply
  }
  Decapsulate: {
    input: DecapsulateInput
    reply: DecapsulateReply
  }
  Decrypt: {
    input: DecryptInput
    reply: DecryptReply
    sealed: DecryptSealedReply
  }
  DeleteAlias: {
    input: DeleteAliasInput
    reply: Record<never, never>
  }
  DeleteCustomKeyStore: {
    input: DeleteCustomKeyStoreInput
    reply: Record<never, never>
  }
  DeleteImportedKeyMaterial: {
    input: DeleteImportedKeyMaterialInput
    reply: DeleteImportedKeyMaterialReply
  }
  DeriveSharedSecret: {
    input: DeriveSharedSecretInput
    reply: DeriveSharedSecretReply
    sealed: DeriveSharedSecretSealedReply
  }
  DescribeCustomKeyStores: {
    input: DescribeCustomKeyStoresInput
    reply: DescribeCustomKeyStoresReply
  }
  DescribeKey: {
    input: DescribeKeyInput
    reply: DescribeKeyReply
  }
  DisableKey: {
    input: DisableKeyInput
    reply: Record<never, never>
  }
  DisableKeyRotation: {
    input: DisableKeyRotationInput
    reply: Record<never, never>
  }
  DisconnectCustomKeyStore: {
    input: DisconnectCustomKeyStoreInput
    reply: Record<never, never>
  }
  EnableKey: {
    input: EnableKeyInput
    reply: Record<never, never>
  }
  EnableKeyRotation: {
    input: EnableKeyRotationInput
    reply: Record<never, never>
  }
  Encapsulate: {
    input: EncapsulateInput
    reply: EncapsulateReply
  }
  Encrypt: {
    input: EncryptInput
    reply: EncryptReply
  }
  GenerateDataKey: {
    input: GenerateDataKeyInput
    reply: GenerateDataKeyReply
    sealed: GenerateDataKeySealedReply
  }
  GenerateDataKeyPair: {
    input: GenerateDataKeyPairInput
    reply: GenerateDataKeyPairReply
    sealed: GenerateDataKeyPairSealedReply
  }
  GenerateDataKeyPairWithoutPlaintext: {
    input: GenerateDataKeyPairWithoutPlaintextInput
    reply: GenerateDataKeyPairWithoutPlaintextReply
  }
  GenerateDataKeyWithoutPlaintext: {
    input: GenerateDataKeyWithoutPlaintextInput
    reply: GenerateDataKeyWithoutPlaintextReply
  }
  GenerateMac: {
    input: GenerateMacInput
    reply: GenerateMacReply
  }
  GenerateRandom: {
    input: GenerateRandomInput
    reply: GenerateRandomReply
    sealed: GenerateRandomSealedReply
  }
  GetKeyLastUsage: {
    input: GetKeyLastUsageInput
    reply: GetKeyLastUsageReply
  }
  GetKeyPolicy: {
    input: GetKeyPolicyInput
    reply: GetKeyPolicyReply
  }
  GetKeyRotationStatus: {
    input: GetKeyRotationStatusInput
    reply: GetKeyRotationStatusReply
  }
  GetParametersForImport: {
    input: GetParametersForImportInput
    reply: GetParametersForImportReply
  }
  GetPublicKey: {
    input: GetPublicKeyInput
    reply: GetPublicKeyReply
  }
  ImportKeyMaterial: {
    input: ImportKeyMaterialInput
    reply: ImportKeyMaterialReply
  }
  ListAliases: {
    input: ListAliasesInput
    reply: ListAliasesReply
  }
  ListGrants: {
    input: ListGrantsInput
    reply: ListGrantsReply
  }
  ListKeyPolicies: {
    input: ListKeyPoliciesInput
    reply: ListKeyPoliciesReply
  }
  ListKeyRotations: {
    input: ListKeyRotationsInput
    reply: ListKeyRotationsReply
  }
  ListKeys: {
    input: ListKeysInput
    reply: ListKeysReply
  }
  ListResourceTags: {
    input: ListResourceTagsInput
    reply: ListResourceTagsReply
  }
  ListRetirableGrants: {
    input: ListRetirableGrantsInput
    reply: ListRetirableGrantsReply
  }
  PutKeyPolicy: {
    input: PutKeyPolicyInput
    reply: Record<never, never>
  }
  ReEncrypt: {
    input: ReEncryptInput
    reply: ReEncryptReply
  }
  ReplicateKey: {
    input: ReplicateKeyInput
    reply: ReplicateKeyReply
  }
  RetireGrant: {
    input: RetireGrantInput
    reply: Record<never, never>
  }
  RevokeGrant: {
    input: RevokeGrantInput
    reply: Record<never, never>
  }
  RotateKeyOnDemand: {
    input: RotateKeyOnDemandInput
    reply: RotateKeyOnDemandReply
  }
  ScheduleKeyDeletion: {
    input: ScheduleKeyDeletionInput
    reply: ScheduleKeyDeletionReply
  }
  Sign: {
    input: SignInput
    reply: SignReply
  }
  TagResource: {
    input: TagResourceInput
    reply: Record<never, never>
  }
  UntagResource: {
    input: UntagResourceInput
    reply: Record<never, never>
  }
  UpdateAlias: {
    input: UpdateAliasInput
    reply: Record<never, never>
  }
  UpdateCustomKeyStore: {
    input: UpdateCustomKeyStoreInput
    reply: Record<never, never>
  }
  UpdateKeyDescription: {
    input: UpdateKeyDescriptionInput
    reply: Record<never, never>
  }
  UpdatePrimaryRegion: {
    input: UpdatePrimaryRegionInput
    reply: Record<never, never>
  }
  Verify: {
    input: VerifyInput
    reply: VerifyReply
  }
  VerifyMac: {
    input: VerifyMacInput
    reply: VerifyMacReply
  }
}

/**
 * The client of one caller, with a method for each operation.
 *
 * Each method says by which errors its call is refused. Any call may besides be refused by these:
 *
 * @throws {KmsError} `AccessDeniedException`: policies and grants do not allow the call.
 * @throws {KmsError} `KMSInternalException`: an internal error; the call can be made again.
 * @throws {KmsError} `KeyUnavailableException`: the key cannot be used right now.
 * @throws {KmsError} `ThrottlingException`: the request rate is over its quota.
 * @throws {KmsError} `UnknownOperationException`: there is no such operation.
 * @throws {KmsError} `ValidationException`: a member of the input is missing or out of its bounds.
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html
 */
export interface KmsClient {
  /**
   * Takes a key back from deletion. It is disabled then, and can be enabled.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers `KeyId`.
   *
   * Needs the permission `kms:CancelKeyDeletion`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
   * @example
   * ```ts
   * await client.cancelKeyDeletion({ KeyId })
   * ```
   */
  readonly cancelKeyDeletion: (
    input: CancelKeyDeletionInput,
  ) => Promise<CancelKeyDeletionReply & ReplyMetadata>

  /**
   * Connects a custom key store to its cluster or proxy, so that its keys can be used.
   *
   * * The connection is made, or has failed, when the call returns: `CONNECTING` is never seen.
   *
   * Takes `CustomKeyStoreId` (1 to 64 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:ConnectCustomKeyStore`.
   *
   * @throws {KmsError} `CloudHsmClusterInvalidConfigurationException`,
   * `CloudHsmClusterNotActiveException`, `CustomKeyStoreInvalidStateException`,
   * `CustomKeyStoreNotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ConnectCustomKeyStore.html
   * @example
   * ```ts
   * await client.connectCustomKeyStore({ CustomKeyStoreId })
   * ```
   */
  readonly connectCustomKeyStore: (input: ConnectCustomKeyStoreInput) => Promise<ReplyMetadata>

  /**
   * Gives a key a name, by which whoever uses it can call it.
   *
   * Takes `AliasName` (1 to 256 characters), `TargetKeyId` (1 to 2,048 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:CreateAlias`.
   *
   * @throws {KmsError} `AlreadyExistsException`, `DependencyTimeoutException`,
   * `InvalidAliasNameException`, `KMSInvalidStateException`, `LimitExceededException`,
   * `NotAuthorizedException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
   * @example
   * ```ts
   * await client.createAlias({ AliasName: "alias/orders", TargetKeyId: KeyId })
   * ```
   */
  readonly createAlias: (input: CreateAliasInput) => Promise<ReplyMetadata>

  /**
   * Makes a custom key store, behind which stands a CloudHSM cluster or an external proxy.
   *
   * Takes `CustomKeyStoreName` (1 to 256 characters); if wanted: `TrustAnchorCertificate` (1 to
   * 5,000 characters), `CustomKeyStoreType`, `CloudHsmClusterId` (19 to 24 characters),
   * `KeyStorePassword`, `XksProxyUriEndpoint` (10 to 128 characters), `XksProxyUriPath` (10 to 128
   * characters), `XksProxyVpcEndpointServiceName` (20 to 64 characters),
   * `XksProxyVpcEndpointServiceOwner`, `XksProxyAuthenticationCredential`, `XksProxyConnectivity`.
   *
   * Answers `CustomKeyStoreId`.
   *
   * Needs the permission `kms:CreateCustomKeyStore`.
   *
   * @throws {KmsError} `CloudHsmClusterInUseException`,
   * `CloudHsmClusterInvalidConfigurationException`, `CloudHsmClusterNotActiveException`,
   * `CloudHsmClusterNotFoundException`, `CustomKeyStoreNameInUseException`,
   * `IncorrectTrustAnchorException`, `LimitExceededException`,
   * `XksProxyIncorrectAuthenticationCredentialException`, `XksProxyInvalidConfigurationException`,
   * `XksProxyInvalidResponseException`, `XksProxyUriEndpointInUseException`,
   * `XksProxyUriInUseException`, `XksProxyUriUnreachableException`,
   * `XksProxyVpcEndpointServiceInUseException`,
   * `XksProxyVpcEndpointServiceInvalidConfigurationException`,
   * `XksProxyVpcEndpointServiceNotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html
   * @example
   * ```ts
   * await client.createCustomKeyStore({
   *   CustomKeyStoreName: "cluster",
   *   CloudHsmClusterId: "cluster-1a23b4cdefg",
   *   TrustAnchorCertificate,
   *   KeyStorePassword,
   * })
   * ```
   */
  readonly createCustomKeyStore: (
    input: CreateCustomKeyStoreInput,
  ) => Promise<CreateCustomKeyStoreReply & ReplyMetadata>

  /**
   * Allows a principal some operations on a key, until the grant is retired or revoked.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Operations` (at least 1 item); if wanted:
   * `GranteePrincipal` (1 to 256 characters), `RetiringPrincipal` (1 to 256 characters),
   * `Constraints`, `GrantTokens` (at most 10 items), `Name` (1 to 256 characters), `DryRun`,
   * `GranteeServicePrincipal` (1 to 128 characters), `RetiringServicePrincipal` (1 to 128
   * characters).
   *
   * Answers `GrantToken`, `GrantId`.
   *
   * Needs the permission `kms:CreateGrant`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidArnException`, `InvalidGrantTokenException`,
   * `KMSInvalidStateException`, `LimitExceededException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
   * @example
   * ```ts
   * await client.createGrant({
   *   KeyId,
   *   GranteePrincipal: App,
   *   Operations: ["Decrypt"],
   *   Constraints: { EncryptionContextSubset: { tenant: "42" } },
   * })
   * ```
   */
  readonly createGrant: (input: CreateGrantInput) => Promise<CreateGrantReply & ReplyMetadata>

  readonly createKey: {
    /**
     * Makes a KMS key of any spec, with its policy and tags.
     *
     * Takes, if wanted: `Policy` (1 to 131,072 characters), `Description` (at most 8,192
     * characters), `KeyUsage`, `CustomerMasterKeySpec`, `KeySpec`, `Origin`, `CustomKeyStoreId` (1
     * to 64 characters), `BypassPolicyLockoutSafetyCheck`, `Tags`, `MultiRegion`, `XksKeyId` (1 to
     * 128 characters).
     *
     * Answers `KeyMetadata`.
     *
     * Needs the permission `kms:CreateKey`, `kms:TagResource`.
     *
     * @throws {KmsError} `CloudHsmClusterInvalidConfigurationException`,
     * `CustomKeyStoreInvalidStateException`, `CustomKeyStoreNotFoundException`,
     * `DependencyTimeoutException`, `InvalidArnException`, `KMSInvalidStateException`,
     * `LimitExceededException`, `MalformedPolicyDocumentException`, `TagException`,
     * `UnsupportedOperationException`, `XksKeyAlreadyInUseException`,
     * `XksKeyInvalidConfigurationException`, `XksKeyNotFoundException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
     * @example
     * ```ts
     * await client.createKey({
     *   Description: "orders",
     *   Tags: [{ TagKey: "team", TagValue: "shop" }],
     * })
     * ```
     */
    (): Promise<CreateKeyReply & ReplyMetadata>
    (input: CreateKeyInput): Promise<CreateKeyReply & ReplyMetadata>
  }

  /**
   * Opens an encapsulated secret with the private key of a key encapsulation key.
   *
   * Takes `KeyId` (1 to 2,048 characters), `EncapsulationAlgorithm`, `SharedSecretCiphertextBlob`
   * (1 to 6,144 bytes); if wanted: `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `KeyId`, `SharedSecret`, `EncapsulationAlgorithm`.
   *
   * Needs the permission `kms:Decapsulate`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidCiphertextException`, `InvalidGrantTokenException`,
   * `InvalidKeyUsageException`, `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Decapsulate.html
   * @example
   * ```ts
   * await client.decapsulate({
   *   KeyId,
   *   EncapsulationAlgorithm: "ML_KEM",
   *   SharedSecretCiphertextBlob,
   * })
   * ```
   */
  readonly decapsulate: (input: DecapsulateInput) => Promise<DecapsulateReply & ReplyMetadata>

  readonly decrypt: {
    /**
     * Decrypts what was encrypted under a key, in the same encryption context.
     *
     * Takes, if wanted: `CiphertextBlob` (1 to 6,144 bytes), `EncryptionContext`, `KeyId` (1 to
     * 2,048 characters), `EncryptionAlgorithm`, `Recipient`, `DryRunModifiers`, `GrantTokens` (at
     * most 10 items), `DryRun`.
     *
     * Answers `KeyId`, `Plaintext`, `EncryptionAlgorithm`; depending on the call:
     * `CiphertextForRecipient`, `KeyMaterialId`.
     *
     * Needs the permission `kms:Decrypt`.
     *
     * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
     * `DryRunOperationException`, `IncorrectKeyException`, `InvalidCiphertextException`,
     * `InvalidGrantTokenException`, `InvalidKeyUsageException`, `KMSInvalidStateException`,
     * `NotFoundException`, `UnsupportedOperationException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
     * @example
     * ```ts
     * await client.decrypt({ CiphertextBlob, EncryptionContext: { tenant: "42" } })
     * ```
     */
    (
      input?: DecryptInput & { readonly Recipient?: undefined },
    ): Promise<DecryptReply & ReplyMetadata>
    (
      input: DecryptInput & { readonly Recipient: object },
    ): Promise<DecryptSealedReply & ReplyMetadata>
    (input: DecryptInput): Promise<(DecryptReply | DecryptSealedReply) & ReplyMetadata>
  }

  /**
   * Takes a name away from its key. The key stays as it is.
   *
   * Takes `AliasName` (1 to 256 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:DeleteAlias`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `KMSInvalidStateException`,
   * `NotAuthorizedException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html
   * @example
   * ```ts
   * await client.deleteAlias({ AliasName: "alias/orders" })
   * ```
   */
  readonly deleteAlias: (input: DeleteAliasInput) => Promise<ReplyMetadata>

  /**
   * Deletes a custom key store that is disconnected and has no keys.
   *
   * Takes `CustomKeyStoreId` (1 to 64 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:DeleteCustomKeyStore`.
   *
   * @throws {KmsError} `CustomKeyStoreHasCMKsException`, `CustomKeyStoreInvalidStateException`,
   * `CustomKeyStoreNotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteCustomKeyStore.html
   * @example
   * ```ts
   * await client.deleteCustomKeyStore({ CustomKeyStoreId })
   * ```
   */
  readonly deleteCustomKeyStore: (input: DeleteCustomKeyStoreInput) => Promise<ReplyMetadata>

  /**
   * Deletes imported key material at once. It can be imported again.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `KeyMaterialId`.
   *
   * Answers `KeyId`; depending on the call: `KeyMaterialId`.
   *
   * Needs the permission `kms:DeleteImportedKeyMaterial`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
   * @example
   * ```ts
   * await client.deleteImportedKeyMaterial({ KeyId })
   * ```
   */
  readonly deleteImportedKeyMaterial: (
    input: DeleteImportedKeyMaterialInput,
  ) => Promise<DeleteImportedKeyMaterialReply & ReplyMetadata>

  readonly deriveSharedSecret: {
    /**
     * Agrees on a secret between a key pair of KMS and the public key of somebody else (ECDH).
     *
     * Takes `KeyId` (1 to 2,048 characters), `KeyAgreementAlgorithm`, `PublicKey` (1 to 8,192
     * bytes); if wanted: `Recipient`, `GrantTokens` (at most 10 items), `DryRun`.
     *
     * Answers `KeyId`, `SharedSecret`, `KeyAgreementAlgorithm`, `KeyOrigin`; depending on the call:
     * `CiphertextForRecipient`.
     *
     * Needs the permission `kms:DeriveSharedSecret`.
     *
     * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
     * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
     * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
     * @example
     * ```ts
     * await client.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey })
     * ```
     */
    (
      input: DeriveSharedSecretInput & { readonly Recipient?: undefined },
    ): Promise<DeriveSharedSecretReply & ReplyMetadata>
    (
      input: DeriveSharedSecretInput & { readonly Recipient: object },
    ): Promise<DeriveSharedSecretSealedReply & ReplyMetadata>
    (
      input: DeriveSharedSecretInput,
    ): Promise<(DeriveSharedSecretReply | DeriveSharedSecretSealedReply) & ReplyMetadata>
  }

  /**
   * Lists the custom key stores of the account, or shows one of them.
   *
   * Takes, if wanted: `CustomKeyStoreId` (1 to 64 characters), `CustomKeyStoreName` (1 to 256
   * characters), `Limit` (1 to 1,000), `Marker` (1 to 1,024 characters).
   *
   * Answers `CustomKeyStores`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:DescribeCustomKeyStores`.
   *
   * @throws {KmsError} `CustomKeyStoreNotFoundException`, `InvalidMarkerException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html
   * @example
   * ```ts
   * await client.describeCustomKeyStores({ CustomKeyStoreId })
   * ```
   */
  readonly describeCustomKeyStores: ListMethod<
    DescribeCustomKeyStoresInput,
    DescribeCustomKeyStoresReply,
    CustomKeyStoresListEntry
  >

  /**
   * Shows everything about a key that is no secret.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `GrantTokens` (at most 10 items).
   *
   * Answers `KeyMetadata`.
   *
   * Needs the permission `kms:DescribeKey`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
   * @example
   * ```ts
   * await client.describeKey({ KeyId: "alias/orders" })
   * ```
   */
  readonly describeKey: (input: DescribeKeyInput) => Promise<DescribeKeyReply & ReplyMetadata>

  /**
   * Disables a key: until it is enabled, nothing can be done with it.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:DisableKey`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html
   * @example
   * ```ts
   * await client.disableKey({ KeyId })
   * ```
   */
  readonly disableKey: (input: DisableKeyInput) => Promise<ReplyMetadata>

  /**
   * Ends the automatic rotation of a key. Older key materials still decrypt.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:DisableKeyRotation`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html
   * @example
   * ```ts
   * await client.disableKeyRotation({ KeyId })
   * ```
   */
  readonly disableKeyRotation: (input: DisableKeyRotationInput) => Promise<ReplyMetadata>

  /**
   * Disconnects a custom key store. Its keys cannot be used until it is connected again.
   *
   * Takes `CustomKeyStoreId` (1 to 64 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:DisconnectCustomKeyStore`.
   *
   * @throws {KmsError} `CustomKeyStoreInvalidStateException`, `CustomKeyStoreNotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_DisconnectCustomKeyStore.html
   * @example
   * ```ts
   * await client.disconnectCustomKeyStore({ CustomKeyStoreId })
   * ```
   */
  readonly disconnectCustomKeyStore: (
    input: DisconnectCustomKeyStoreInput,
  ) => Promise<ReplyMetadata>

  /**
   * Enables a key that was disabled.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:EnableKey`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `LimitExceededException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html
   * @example
   * ```ts
   * await client.enableKey({ KeyId })
   * ```
   */
  readonly enableKey: (input: EnableKeyInput) => Promise<ReplyMetadata>

  /**
   * Has the material of a symmetric encryption key changed every so many days.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `RotationPeriodInDays` (90 to 2,560).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:EnableKeyRotation`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
   * @example
   * ```ts
   * await client.enableKeyRotation({ KeyId, RotationPeriodInDays: 180 })
   * ```
   */
  readonly enableKeyRotation: (input: EnableKeyRotationInput) => Promise<ReplyMetadata>

  /**
   * Makes a secret, and encapsulates it for the holder of a key encapsulation key.
   *
   * Takes `KeyId` (1 to 2,048 characters), `EncapsulationAlgorithm`; if wanted: `GrantTokens` (at
   * most 10 items), `DryRun`.
   *
   * Answers `KeyId`, `SharedSecret`, `SharedSecretCiphertextBlob`, `EncapsulationAlgorithm`.
   *
   * Needs the permission `kms:Encapsulate`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encapsulate.html
   * @example
   * ```ts
   * await client.encapsulate({ KeyId, EncapsulationAlgorithm: "ML_KEM" })
   * ```
   */
  readonly encapsulate: (input: EncapsulateInput) => Promise<EncapsulateReply & ReplyMetadata>

  /**
   * Encrypts a few bytes under a key. For more of them, see GenerateDataKey.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Plaintext` (1 to 4,096 bytes); if wanted:
   * `EncryptionContext`, `EncryptionAlgorithm`, `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `CiphertextBlob`, `KeyId`, `EncryptionAlgorithm`.
   *
   * Needs the permission `kms:Encrypt`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
   * @example
   * ```ts
   * await client.encrypt({
   *   KeyId: "alias/orders",
   *   Plaintext,
   *   EncryptionContext: { tenant: "42" },
   * })
   * ```
   */
  readonly encrypt: (input: EncryptInput) => Promise<EncryptReply & ReplyMetadata>

  readonly generateDataKey: {
    /**
     * Makes a data key, in the clear and encrypted under a key: for envelope encryption.
     *
     * Takes `KeyId` (1 to 2,048 characters); if wanted: `EncryptionContext`, `NumberOfBytes` (1 to
     * 1,024), `KeySpec`, `GrantTokens` (at most 10 items), `DryRun`, `Recipient`.
     *
     * Answers `CiphertextBlob`, `Plaintext`, `KeyId`, `KeyMaterialId`; depending on the call:
     * `CiphertextForRecipient`.
     *
     * Needs the permission `kms:GenerateDataKey`.
     *
     * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
     * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
     * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
     * @example
     * ```ts
     * await client.generateDataKey({ KeyId: "alias/orders", KeySpec: "AES_256" })
     * ```
     */
    (
      input: GenerateDataKeyInput & { readonly Recipient?: undefined },
    ): Promise<GenerateDataKeyReply & ReplyMetadata>
    (
      input: GenerateDataKeyInput & { readonly Recipient: object },
    ): Promise<GenerateDataKeySealedReply & ReplyMetadata>
    (
      input: GenerateDataKeyInput,
    ): Promise<(GenerateDataKeyReply | GenerateDataKeySealedReply) & ReplyMetadata>
  }

  readonly generateDataKeyPair: {
    /**
     * Makes a data key pair, its private key in the clear and encrypted under a key.
     *
     * Takes `KeyId` (1 to 2,048 characters), `KeyPairSpec`; if wanted: `EncryptionContext`,
     * `GrantTokens` (at most 10 items), `DryRun`, `Recipient`.
     *
     * Answers `PrivateKeyCiphertextBlob`, `PublicKey`, `KeyId`, `KeyPairSpec`, `KeyMaterialId`,
     * `PrivateKeyPlaintext`; depending on the call: `CiphertextForRecipient`.
     *
     * Needs the permission `kms:GenerateDataKeyPair`.
     *
     * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
     * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
     * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html
     * @example
     * ```ts
     * await client.generateDataKeyPair({ KeyId: "alias/orders", KeyPairSpec: "ECC_NIST_P256" })
     * ```
     */
    (
      input: GenerateDataKeyPairInput & { readonly Recipient?: undefined },
    ): Promise<GenerateDataKeyPairReply & ReplyMetadata>
    (
      input: GenerateDataKeyPairInput & { readonly Recipient: object },
    ): Promise<GenerateDataKeyPairSealedReply & ReplyMetadata>
    (
      input: GenerateDataKeyPairInput,
    ): Promise<(GenerateDataKeyPairReply | GenerateDataKeyPairSealedReply) & ReplyMetadata>
  }

  /**
   * Makes a data key pair whose private key is answered encrypted alone.
   *
   * Takes `KeyId` (1 to 2,048 characters), `KeyPairSpec`; if wanted: `EncryptionContext`,
   * `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `PrivateKeyCiphertextBlob`, `PublicKey`, `KeyId`, `KeyPairSpec`, `KeyMaterialId`.
   *
   * Needs the permission `kms:GenerateDataKeyPairWithoutPlaintext`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
   * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
   * @see
   * https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPairWithoutPlaintext.html
   * @example
   * ```ts
   * await client.generateDataKeyPairWithoutPlaintext({
   *   KeyId: "alias/orders",
   *   KeyPairSpec: "ECC_NIST_P256",
   * })
   * ```
   */
  readonly generateDataKeyPairWithoutPlaintext: (
    input: GenerateDataKeyPairWithoutPlaintextInput,
  ) => Promise<GenerateDataKeyPairWithoutPlaintextReply & ReplyMetadata>

  /**
   * Makes a data key that is answered encrypted alone, for whoever decrypts it later.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `EncryptionContext`, `NumberOfBytes` (1 to
   * 1,024), `KeySpec`, `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `CiphertextBlob`, `KeyId`, `KeyMaterialId`.
   *
   * Needs the permission `kms:GenerateDataKeyWithoutPlaintext`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see
   * https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html
   * @example
   * ```ts
   * await client.generateDataKeyWithoutPlaintext({ KeyId: "alias/orders", NumberOfBytes: 32 })
   * ```
   */
  readonly generateDataKeyWithoutPlaintext: (
    input: GenerateDataKeyWithoutPlaintextInput,
  ) => Promise<GenerateDataKeyWithoutPlaintextReply & ReplyMetadata>

  /**
   * Computes the HMAC of a message.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Message` (1 to 4,096 bytes), `MacAlgorithm`; if wanted:
   * `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `Mac`, `MacAlgorithm`, `KeyId`.
   *
   * Needs the permission `kms:GenerateMac`.
   *
   * @throws {KmsError} `DisabledException`, `DryRunOperationException`,
   * `InvalidGrantTokenException`, `InvalidKeyUsageException`, `KMSInvalidStateException`,
   * `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
   * @example
   * ```ts
   * await client.generateMac({ KeyId, Message, MacAlgorithm: "HMAC_SHA_256" })
   * ```
   */
  readonly generateMac: (input: GenerateMacInput) => Promise<GenerateMacReply & ReplyMetadata>

  readonly generateRandom: {
    /**
     * Draws random bytes in the HSM.
     *
     * Takes, if wanted: `NumberOfBytes` (1 to 1,024), `CustomKeyStoreId` (1 to 64 characters),
     * `Recipient`.
     *
     * Answers `Plaintext`; depending on the call: `CiphertextForRecipient`.
     *
     * Needs the permission `kms:GenerateRandom`.
     *
     * @throws {KmsError} `CustomKeyStoreInvalidStateException`, `CustomKeyStoreNotFoundException`,
     * `DependencyTimeoutException`, `UnsupportedOperationException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
     * @example
     * ```ts
     * await client.generateRandom({ NumberOfBytes: 32 })
     * ```
     */
    (
      input?: GenerateRandomInput & { readonly Recipient?: undefined },
    ): Promise<GenerateRandomReply & ReplyMetadata>
    (
      input: GenerateRandomInput & { readonly Recipient: object },
    ): Promise<GenerateRandomSealedReply & ReplyMetadata>
    (
      input: GenerateRandomInput,
    ): Promise<(GenerateRandomReply | GenerateRandomSealedReply) & ReplyMetadata>
  }

  /**
   * Tells when a key was last used, and by which operation.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers `KeyId`, `KeyLastUsage`, `TrackingStartDate`, `KeyCreationDate`.
   *
   * Needs the permission `kms:GetKeyLastUsage`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
   * @example
   * ```ts
   * await client.getKeyLastUsage({ KeyId })
   * ```
   */
  readonly getKeyLastUsage: (
    input: GetKeyLastUsageInput,
  ) => Promise<GetKeyLastUsageReply & ReplyMetadata>

  /**
   * Reads the key policy.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `PolicyName` (1 to 128 characters).
   *
   * Answers `Policy`, `PolicyName`.
   *
   * Needs the permission `kms:GetKeyPolicy`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html
   * @example
   * ```ts
   * await client.getKeyPolicy({ KeyId })
   * ```
   */
  readonly getKeyPolicy: (input: GetKeyPolicyInput) => Promise<GetKeyPolicyReply & ReplyMetadata>

  /**
   * Tells whether a key rotates by itself, how often, and when next.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers `KeyRotationEnabled`, `KeyId`; depending on the call: `RotationPeriodInDays`,
   * `NextRotationDate`, `OnDemandRotationStartDate`.
   *
   * Needs the permission `kms:GetKeyRotationStatus`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
   * @example
   * ```ts
   * await client.getKeyRotationStatus({ KeyId })
   * ```
   */
  readonly getKeyRotationStatus: (
    input: GetKeyRotationStatusInput,
  ) => Promise<GetKeyRotationStatusReply & ReplyMetadata>

  /**
   * Makes what an import needs: a public key to wrap the material under, and a token.
   *
   * Takes `KeyId` (1 to 2,048 characters), `WrappingAlgorithm`, `WrappingKeySpec`.
   *
   * Answers `KeyId`, `ImportToken`, `PublicKey`, `ParametersValidTo`.
   *
   * Needs the permission `kms:GetParametersForImport`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
   * @example
   * ```ts
   * await client.getParametersForImport({
   *   KeyId,
   *   WrappingAlgorithm: "RSAES_OAEP_SHA_256",
   *   WrappingKeySpec: "RSA_4096",
   * })
   * ```
   */
  readonly getParametersForImport: (
    input: GetParametersForImportInput,
  ) => Promise<GetParametersForImportReply & ReplyMetadata>

  /**
   * Reads the public key of a key pair, to encrypt or verify elsewhere.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `GrantTokens` (at most 10 items).
   *
   * Answers `KeyId`, `PublicKey`, `KeySpec`, `KeyUsage`; depending on the call:
   * `CustomerMasterKeySpec`, `EncryptionAlgorithms`, `SigningAlgorithms`, `KeyAgreementAlgorithms`,
   * `EncapsulationAlgorithms`.
   *
   * Needs the permission `kms:GetPublicKey`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`, `InvalidArnException`,
   * `InvalidGrantTokenException`, `InvalidKeyUsageException`, `KMSInvalidStateException`,
   * `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
   * @example
   * ```ts
   * await client.getPublicKey({ KeyId })
   * ```
   */
  readonly getPublicKey: (input: GetPublicKeyInput) => Promise<GetPublicKeyReply & ReplyMetadata>

  /**
   * Brings key material of your own into a key whose origin is EXTERNAL.
   *
   * Takes `KeyId` (1 to 2,048 characters), `ImportToken` (1 to 6,144 bytes), `EncryptedKeyMaterial`
   * (1 to 6,144 bytes); if wanted: `ValidTo`, `ExpirationModel`, `ImportType`,
   * `KeyMaterialDescription` (at most 256 characters), `KeyMaterialId`.
   *
   * Answers `KeyId`; depending on the call: `KeyMaterialId`.
   *
   * Needs the permission `kms:ImportKeyMaterial`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `ExpiredImportTokenException`,
   * `IncorrectKeyMaterialException`, `InvalidArnException`, `InvalidCiphertextException`,
   * `InvalidImportTokenException`, `KMSInvalidStateException`, `NotFoundException`,
   * `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
   * @example
   * ```ts
   * await client.importKeyMaterial({
   *   KeyId,
   *   ImportToken,
   *   EncryptedKeyMaterial,
   *   ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
   * })
   * ```
   */
  readonly importKeyMaterial: (
    input: ImportKeyMaterialInput,
  ) => Promise<ImportKeyMaterialReply & ReplyMetadata>

  /**
   * Lists the aliases of the account, or of one key.
   *
   * Takes, if wanted: `KeyId` (1 to 2,048 characters), `Limit` (1 to 1,000), `Marker` (1 to 1,024
   * characters).
   *
   * Answers `Aliases`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListAliases`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `InvalidMarkerException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
   * @example
   * ```ts
   * await client.listAliases({ KeyId })
   * ```
   */
  readonly listAliases: ListMethod<ListAliasesInput, ListAliasesReply, AliasListEntry>

  /**
   * Lists the grants on a key.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `Limit` (1 to 1,000), `Marker` (1 to 1,024
   * characters), `GrantId` (1 to 128 characters), `GranteePrincipal` (1 to 256 characters),
   * `GranteeServicePrincipal` (1 to 128 characters).
   *
   * Answers `Grants`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListGrants`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `InvalidGrantIdException`, `InvalidMarkerException`, `KMSInvalidStateException`,
   * `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html
   * @example
   * ```ts
   * await client.listGrants({ KeyId, GranteePrincipal: App })
   * ```
   */
  readonly listGrants: ListMethod<ListGrantsInput, ListGrantsReply, GrantListEntry>

  /**
   * Lists the names of the policies of a key, of which there is one: `default`.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `Limit` (1 to 1,000), `Marker` (1 to 1,024
   * characters).
   *
   * Answers `PolicyNames`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListKeyPolicies`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyPolicies.html
   * @example
   * ```ts
   * await client.listKeyPolicies({ KeyId })
   * ```
   */
  readonly listKeyPolicies: ListMethod<ListKeyPoliciesInput, ListKeyPoliciesReply, string>

  /**
   * Lists the rotations of a key that are done, or all of its key materials.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `IncludeKeyMaterial`, `Limit` (1 to 1,000),
   * `Marker` (1 to 1,024 characters).
   *
   * Answers `Rotations`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListKeyRotations`.
   *
   * @throws {KmsError} `InvalidArnException`, `InvalidMarkerException`, `KMSInvalidStateException`,
   * `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html
   * @example
   * ```ts
   * await client.listKeyRotations({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" })
   * ```
   */
  readonly listKeyRotations: ListMethod<
    ListKeyRotationsInput,
    ListKeyRotationsReply,
    RotationsListEntry
  >

  /**
   * Lists the keys of the account in this region.
   *
   * Takes, if wanted: `Limit` (1 to 1,000), `Marker` (1 to 1,024 characters).
   *
   * Answers `Keys`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListKeys`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidMarkerException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
   * @example
   * ```ts
   * await client.listKeys({ Limit: 100 })
   * ```
   */
  readonly listKeys: ListMethod<ListKeysInput, ListKeysReply, KeyListEntry>

  /**
   * Lists the tags of a key.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `Limit` (1 to 1,000), `Marker` (1 to 1,024
   * characters).
   *
   * Answers `Tags`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListResourceTags`.
   *
   * @throws {KmsError} `InvalidArnException`, `InvalidMarkerException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
   * @example
   * ```ts
   * await client.listResourceTags({ KeyId })
   * ```
   */
  readonly listResourceTags: ListMethod<ListResourceTagsInput, ListResourceTagsReply, Tag>

  /**
   * Lists the grants, on any key, that a principal may retire.
   *
   * Takes, if wanted: `Limit` (1 to 1,000), `Marker` (1 to 1,024 characters), `RetiringPrincipal`
   * (1 to 256 characters), `RetiringServicePrincipal` (1 to 128 characters).
   *
   * Answers `Grants`, `Truncated`; depending on the call: `NextMarker`.
   *
   * Needs the permission `kms:ListRetirableGrants`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `InvalidMarkerException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html
   * @example
   * ```ts
   * await client.listRetirableGrants({ RetiringPrincipal: App })
   * ```
   */
  readonly listRetirableGrants: ListMethod<
    ListRetirableGrantsInput,
    ListRetirableGrantsReply,
    GrantListEntry
  >

  /**
   * Replaces the policy of a key.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Policy` (1 to 131,072 characters); if wanted:
   * `PolicyName` (1 to 128 characters), `BypassPolicyLockoutSafetyCheck`.
   *
   * Answers nothing.
   *
   * Needs the permission `kms:PutKeyPolicy`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `LimitExceededException`, `MalformedPolicyDocumentException`,
   * `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
   * @example
   * ```ts
   * await client.putKeyPolicy({ KeyId, Policy })
   * ```
   */
  readonly putKeyPolicy: (input: PutKeyPolicyInput) => Promise<ReplyMetadata>

  /**
   * Decrypts and encrypts again under another key or context. The plaintext stays in the HSM.
   *
   * Takes `DestinationKeyId` (1 to 2,048 characters); if wanted: `CiphertextBlob` (1 to 6,144
   * bytes), `SourceEncryptionContext`, `SourceKeyId` (1 to 2,048 characters),
   * `DestinationEncryptionContext`, `SourceEncryptionAlgorithm`, `DestinationEncryptionAlgorithm`,
   * `DryRunModifiers`, `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `CiphertextBlob`, `SourceKeyId`, `KeyId`, `SourceEncryptionAlgorithm`,
   * `DestinationEncryptionAlgorithm`; depending on the call: `SourceKeyMaterialId`,
   * `DestinationKeyMaterialId`.
   *
   * Needs the permission `kms:ReEncryptFrom`, `kms:ReEncryptTo`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `IncorrectKeyException`, `InvalidCiphertextException`,
   * `InvalidGrantTokenException`, `InvalidKeyUsageException`, `KMSInvalidStateException`,
   * `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
   * @example
   * ```ts
   * await client.reEncrypt({ CiphertextBlob, DestinationKeyId: "alias/orders" })
   * ```
   */
  readonly reEncrypt: (input: ReEncryptInput) => Promise<ReEncryptReply & ReplyMetadata>

  /**
   * Makes a replica of a multi-Region key in another region, with the same key material.
   *
   * Takes `KeyId` (1 to 2,048 characters), `ReplicaRegion` (1 to 32 characters); if wanted:
   * `Policy` (1 to 131,072 characters), `BypassPolicyLockoutSafetyCheck`, `Description` (at most
   * 8,192 characters), `Tags`.
   *
   * Answers `ReplicaKeyMetadata`, `ReplicaPolicy`; depending on the call: `ReplicaTags`.
   *
   * Needs the permission `kms:ReplicateKey`, `kms:CreateKey`, `kms:TagResource`.
   *
   * @throws {KmsError} `AlreadyExistsException`, `DisabledException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `LimitExceededException`, `MalformedPolicyDocumentException`,
   * `NotFoundException`, `TagException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
   * @example
   * ```ts
   * await client.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
   * ```
   */
  readonly replicateKey: (input: ReplicateKeyInput) => Promise<ReplicateKeyReply & ReplyMetadata>

  readonly retireGrant: {
    /**
     * Gives up a grant: for its grantee, its retiring principal, or the account of the key.
     *
     * Takes, if wanted: `GrantToken` (1 to 8,192 characters), `KeyId` (1 to 2,048 characters),
     * `GrantId` (1 to 128 characters), `DryRun`.
     *
     * Answers nothing.
     *
     * Needs the permission `kms:RetireGrant`.
     *
     * @throws {KmsError} `DependencyTimeoutException`, `DryRunOperationException`,
     * `InvalidArnException`, `InvalidGrantIdException`, `InvalidGrantTokenException`,
     * `KMSInvalidStateException`, `NotFoundException`.
     * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html
     * @example
     * ```ts
     * await client.retireGrant({ GrantToken })
     * ```
     */
    (): Promise<ReplyMetadata>
    (input: RetireGrantInput): Promise<ReplyMetadata>
  }

  /**
   * Takes a grant away from its grantee.
   *
   * Takes `KeyId` (1 to 2,048 characters), `GrantId` (1 to 128 characters); if wanted: `DryRun`.
   *
   * Answers nothing.
   *
   * Needs the permission `kms:RevokeGrant`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DryRunOperationException`,
   * `InvalidArnException`, `InvalidGrantIdException`, `KMSInvalidStateException`,
   * `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html
   * @example
   * ```ts
   * await client.revokeGrant({ KeyId, GrantId })
   * ```
   */
  readonly revokeGrant: (input: RevokeGrantInput) => Promise<ReplyMetadata>

  /**
   * Changes the material of a key now, whether or not it rotates by itself.
   *
   * Takes `KeyId` (1 to 2,048 characters).
   *
   * Answers `KeyId`.
   *
   * Needs the permission `kms:RotateKeyOnDemand`.
   *
   * @throws {KmsError} `ConflictException`, `DependencyTimeoutException`, `DisabledException`,
   * `InvalidArnException`, `KMSInvalidStateException`, `LimitExceededException`,
   * `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html
   * @example
   * ```ts
   * await client.rotateKeyOnDemand({ KeyId })
   * ```
   */
  readonly rotateKeyOnDemand: (
    input: RotateKeyOnDemandInput,
  ) => Promise<RotateKeyOnDemandReply & ReplyMetadata>

  /**
   * Has a key deleted when a waiting period is over. What it encrypted is lost then.
   *
   * Takes `KeyId` (1 to 2,048 characters); if wanted: `PendingWindowInDays` (7 to 30).
   *
   * Answers `KeyId`, `KeyState`, `PendingWindowInDays`; depending on the call: `DeletionDate`.
   *
   * Needs the permission `kms:ScheduleKeyDeletion`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
   * @example
   * ```ts
   * await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
   * ```
   */
  readonly scheduleKeyDeletion: (
    input: ScheduleKeyDeletionInput,
  ) => Promise<ScheduleKeyDeletionReply & ReplyMetadata>

  /**
   * Signs a message, or its digest, with a private key.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Message` (1 to 4,096 bytes), `SigningAlgorithm`; if
   * wanted: `MessageType`, `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `KeyId`, `Signature`, `SigningAlgorithm`.
   *
   * Needs the permission `kms:Sign`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
   * @example
   * ```ts
   * await client.sign({ KeyId, Message, SigningAlgorithm: "ECDSA_SHA_256" })
   * ```
   */
  readonly sign: (input: SignInput) => Promise<SignReply & ReplyMetadata>

  /**
   * Adds tags to a key, or changes them.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Tags`.
   *
   * Answers nothing.
   *
   * Needs the permission `kms:TagResource`.
   *
   * @throws {KmsError} `InvalidArnException`, `KMSInvalidStateException`, `LimitExceededException`,
   * `NotFoundException`, `TagException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
   * @example
   * ```ts
   * await client.tagResource({ KeyId, Tags: [{ TagKey: "team", TagValue: "shop" }] })
   * ```
   */
  readonly tagResource: (input: TagResourceInput) => Promise<ReplyMetadata>

  /**
   * Takes tags away from a key.
   *
   * Takes `KeyId` (1 to 2,048 characters), `TagKeys`.
   *
   * Answers nothing.
   *
   * Needs the permission `kms:UntagResource`.
   *
   * @throws {KmsError} `InvalidArnException`, `KMSInvalidStateException`, `NotFoundException`,
   * `TagException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html
   * @example
   * ```ts
   * await client.untagResource({ KeyId, TagKeys: ["team"] })
   * ```
   */
  readonly untagResource: (input: UntagResourceInput) => Promise<ReplyMetadata>

  /**
   * Has an alias name another key of the same kind.
   *
   * Takes `AliasName` (1 to 256 characters), `TargetKeyId` (1 to 2,048 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:UpdateAlias`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `KMSInvalidStateException`,
   * `LimitExceededException`, `NotAuthorizedException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html
   * @example
   * ```ts
   * await client.updateAlias({ AliasName: "alias/orders", TargetKeyId: KeyId })
   * ```
   */
  readonly updateAlias: (input: UpdateAliasInput) => Promise<ReplyMetadata>

  /**
   * Changes the name of a custom key store, or what stands behind it.
   *
   * Takes `CustomKeyStoreId` (1 to 64 characters); if wanted: `NewCustomKeyStoreName` (1 to 256
   * characters), `CloudHsmClusterId` (19 to 24 characters), `KeyStorePassword`,
   * `XksProxyUriEndpoint` (10 to 128 characters), `XksProxyUriPath` (10 to 128 characters),
   * `XksProxyVpcEndpointServiceName` (20 to 64 characters), `XksProxyVpcEndpointServiceOwner`,
   * `XksProxyAuthenticationCredential`, `XksProxyConnectivity`.
   *
   * Answers nothing.
   *
   * Needs the permission `kms:UpdateCustomKeyStore`.
   *
   * @throws {KmsError} `CloudHsmClusterInUseException`,
   * `CloudHsmClusterInvalidConfigurationException`, `CloudHsmClusterNotActiveException`,
   * `CloudHsmClusterNotFoundException`, `CloudHsmClusterNotRelatedException`,
   * `CustomKeyStoreInvalidStateException`, `CustomKeyStoreNameInUseException`,
   * `CustomKeyStoreNotFoundException`, `XksProxyIncorrectAuthenticationCredentialException`,
   * `XksProxyInvalidConfigurationException`, `XksProxyInvalidResponseException`,
   * `XksProxyUriEndpointInUseException`, `XksProxyUriInUseException`,
   * `XksProxyUriUnreachableException`, `XksProxyVpcEndpointServiceInUseException`,
   * `XksProxyVpcEndpointServiceInvalidConfigurationException`,
   * `XksProxyVpcEndpointServiceNotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateCustomKeyStore.html
   * @example
   * ```ts
   * await client.updateCustomKeyStore({ CustomKeyStoreId, NewCustomKeyStoreName: "cluster" })
   * ```
   */
  readonly updateCustomKeyStore: (input: UpdateCustomKeyStoreInput) => Promise<ReplyMetadata>

  /**
   * Changes the description of a key.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Description` (at most 8,192 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:UpdateKeyDescription`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `InvalidArnException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html
   * @example
   * ```ts
   * await client.updateKeyDescription({ KeyId, Description: "orders" })
   * ```
   */
  readonly updateKeyDescription: (input: UpdateKeyDescriptionInput) => Promise<ReplyMetadata>

  /**
   * Makes a replica the primary key, and the primary key its replica.
   *
   * Takes `KeyId` (1 to 2,048 characters), `PrimaryRegion` (1 to 32 characters).
   *
   * Answers nothing.
   *
   * Needs the permission `kms:UpdatePrimaryRegion`.
   *
   * @throws {KmsError} `DisabledException`, `InvalidArnException`, `KMSInvalidStateException`,
   * `NotFoundException`, `UnsupportedOperationException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html
   * @example
   * ```ts
   * await client.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" })
   * ```
   */
  readonly updatePrimaryRegion: (input: UpdatePrimaryRegionInput) => Promise<ReplyMetadata>

  /**
   * Verifies a signature. One that is wrong is refused, never answered with `false`.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Message` (1 to 4,096 bytes), `SigningAlgorithm`,
   * `Signature` (1 to 6,144 bytes); if wanted: `MessageType`, `GrantTokens` (at most 10 items),
   * `DryRun`.
   *
   * Answers `KeyId`, `SignatureValid`, `SigningAlgorithm`.
   *
   * Needs the permission `kms:Verify`.
   *
   * @throws {KmsError} `DependencyTimeoutException`, `DisabledException`,
   * `DryRunOperationException`, `InvalidGrantTokenException`, `InvalidKeyUsageException`,
   * `KMSInvalidSignatureException`, `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
   * @example
   * ```ts
   * await client.verify({ KeyId, Message, Signature, SigningAlgorithm: "ECDSA_SHA_256" })
   * ```
   */
  readonly verify: (input: VerifyInput) => Promise<VerifyReply & ReplyMetadata>

  /**
   * Verifies an HMAC. One that is wrong is refused, never answered with `false`.
   *
   * Takes `KeyId` (1 to 2,048 characters), `Message` (1 to 4,096 bytes), `MacAlgorithm`, `Mac` (1
   * to 6,144 bytes); if wanted: `GrantTokens` (at most 10 items), `DryRun`.
   *
   * Answers `KeyId`, `MacValid`, `MacAlgorithm`.
   *
   * Needs the permission `kms:VerifyMac`.
   *
   * @throws {KmsError} `DisabledException`, `DryRunOperationException`,
   * `InvalidGrantTokenException`, `InvalidKeyUsageException`, `KMSInvalidMacException`,
   * `KMSInvalidStateException`, `NotFoundException`.
   * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html
   * @example
   * ```ts
   * await client.verifyMac({ KeyId, Message, Mac, MacAlgorithm: "HMAC_SHA_256" })
   * ```
   */
  readonly verifyMac: (input: VerifyMacInput) => Promise<VerifyMacReply & ReplyMetadata>
}
