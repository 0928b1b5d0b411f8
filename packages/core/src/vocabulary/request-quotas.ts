/**
 * How many requests in a second AWS takes from one account in one region, by the group of
 * operations that share a quota. An operation that uses no key material is a group of its own.
 *
 * Source: AWS KMS Developer Guide, "Request quotas", in the regions with the lowest; nothing is
 * published for ML-KEM, which is taken to be like ML-DSA, and its pairs like elliptic curves.
 */
export const awsRequestQuotas = {
  "Cryptographic operations (symmetric)": 10_000,
  "Cryptographic operations (RSA)": 1000,
  "Cryptographic operations (ECC)": 1000,
  "Cryptographic operations (ML-DSA)": 1000,
  "Cryptographic operations (ML-KEM)": 1000,
  "Custom key store": 1800,
  "GenerateDataKeyPair (RSA_2048)": 20,
  "GenerateDataKeyPair (RSA_3072)": 4,
  "GenerateDataKeyPair (RSA_4096)": 1,
  "GenerateDataKeyPair (ECC)": 100,
  "GenerateDataKeyPair (SM2)": 25,
  "GenerateDataKeyPair (ML-KEM)": 100,
  CancelKeyDeletion: 5,
  ConnectCustomKeyStore: 5,
  CreateAlias: 5,
  CreateCustomKeyStore: 5,
  CreateGrant: 50,
  CreateKey: 5,
  DeleteAlias: 15,
  DeleteCustomKeyStore: 5,
  DeleteImportedKeyMaterial: 15,
  DescribeCustomKeyStores: 5,
  DescribeKey: 2000,
  DisableKey: 5,
  DisableKeyRotation: 5,
  DisconnectCustomKeyStore: 5,
  EnableKey: 5,
  EnableKeyRotation: 15,
  GetKeyLastUsage: 5,
  GetKeyPolicy: 1000,
  GetKeyRotationStatus: 1000,
  GetParametersForImport: 1,
  GetPublicKey: 2000,
  ImportKeyMaterial: 15,
  ListAliases: 500,
  ListGrants: 100,
  ListKeyPolicies: 100,
  ListKeyRotations: 100,
  ListKeys: 500,
  ListResourceTags: 2000,
  ListRetirableGrants: 100,
  PutKeyPolicy: 15,
  ReplicateKey: 5,
  RetireGrant: 50,
  RevokeGrant: 50,
  RotateKeyOnDemand: 5,
  ScheduleKeyDeletion: 15,
  TagResource: 10,
  UntagResource: 5,
  UpdateAlias: 5,
  UpdateCustomKeyStore: 5,
  UpdateKeyDescription: 5,
  UpdatePrimaryRegion: 5,
} as const

export type RequestGroup = keyof typeof awsRequestQuotas

/** Requests in a second, by group. What is not named is not bounded. */
export type RequestQuotas = { readonly [Group in RequestGroup]?: number }
