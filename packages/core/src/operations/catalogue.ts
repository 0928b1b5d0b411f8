import * as dataKeyPairs from "./crypto/data-key-pairs.js"
import * as dataKeys from "./crypto/data-keys.js"
import * as encryption from "./crypto/encryption.js"
import * as macs from "./crypto/macs.js"
import { GetPublicKey } from "./crypto/public-keys.js"
import { GenerateRandom } from "./crypto/random.js"
import * as sharedSecrets from "./crypto/shared-secrets.js"
import * as signing from "./crypto/signing.js"
import * as grantLists from "./grants/grant-lists.js"
import * as grants from "./grants/grants.js"
import * as keyStores from "./key-stores/key-stores.js"
import * as aliases from "./keys/aliases.js"
import { CreateKey } from "./keys/create-key.js"
import * as imports from "./keys/import.js"
import * as policies from "./keys/key-policies.js"
import * as keys from "./keys/keys.js"
import { GetKeyLastUsage } from "./keys/last-usage.js"
import { ReplicateKey, UpdatePrimaryRegion } from "./keys/multi-region.js"
import * as rotation from "./keys/rotation.js"
import * as tags from "./keys/tags.js"
import type { AnyRow } from "./row.js"

/** The operations of AWS KMS 2014-11-01. */
export const catalogue = {
  CancelKeyDeletion: keys.CancelKeyDeletion,
  ConnectCustomKeyStore: keyStores.ConnectCustomKeyStore,
  CreateAlias: aliases.CreateAlias,
  CreateCustomKeyStore: keyStores.CreateCustomKeyStore,
  CreateGrant: grants.CreateGrant,
  CreateKey,
  Decapsulate: sharedSecrets.Decapsulate,
  Decrypt: encryption.Decrypt,
  DeleteAlias: aliases.DeleteAlias,
  DeleteCustomKeyStore: keyStores.DeleteCustomKeyStore,
  DeleteImportedKeyMaterial: imports.DeleteImportedKeyMaterial,
  DeriveSharedSecret: sharedSecrets.DeriveSharedSecret,
  DescribeCustomKeyStores: keyStores.DescribeCustomKeyStores,
  DescribeKey: keys.DescribeKey,
  DisableKey: keys.DisableKey,
  DisableKeyRotation: rotation.DisableKeyRotation,
  DisconnectCustomKeyStore: keyStores.DisconnectCustomKeyStore,
  EnableKey: keys.EnableKey,
  EnableKeyRotation: rotation.EnableKeyRotation,
  Encapsulate: sharedSecrets.Encapsulate,
  Encrypt: encryption.Encrypt,
  GenerateDataKey: dataKeys.GenerateDataKey,
  GenerateDataKeyPair: dataKeyPairs.GenerateDataKeyPair,
  GenerateDataKeyPairWithoutPlaintext: dataKeyPairs.GenerateDataKeyPairWithoutPlaintext,
  GenerateDataKeyWithoutPlaintext: dataKeys.GenerateDataKeyWithoutPlaintext,
  GenerateMac: macs.GenerateMac,
  GenerateRandom,
  GetKeyLastUsage,
  GetKeyPolicy: policies.GetKeyPolicy,
  GetKeyRotationStatus: rotation.GetKeyRotationStatus,
  GetParametersForImport: imports.GetParametersForImport,
  GetPublicKey,
  ImportKeyMaterial: imports.ImportKeyMaterial,
  ListAliases: aliases.ListAliases,
  ListGrants: grantLists.ListGrants,
  ListKeyPolicies: policies.ListKeyPolicies,
  ListKeyRotations: rotation.ListKeyRotations,
  ListKeys: keys.ListKeys,
  ListResourceTags: tags.ListResourceTags,
  ListRetirableGrants: grantLists.ListRetirableGrants,
  PutKeyPolicy: policies.PutKeyPolicy,
  ReEncrypt: encryption.ReEncrypt,
  ReplicateKey,
  RetireGrant: grants.RetireGrant,
  RevokeGrant: grants.RevokeGrant,
  RotateKeyOnDemand: rotation.RotateKeyOnDemand,
  ScheduleKeyDeletion: keys.ScheduleKeyDeletion,
  Sign: signing.Sign,
  TagResource: tags.TagResource,
  UntagResource: tags.UntagResource,
  UpdateAlias: aliases.UpdateAlias,
  UpdateCustomKeyStore: keyStores.UpdateCustomKeyStore,
  UpdateKeyDescription: keys.UpdateKeyDescription,
  UpdatePrimaryRegion,
  Verify: signing.Verify,
  VerifyMac: macs.VerifyMac,
} as const satisfies Readonly<Record<string, AnyRow>>

export type Catalogue = typeof catalogue
export type OperationName = keyof Catalogue

/** The row of an operation, if there is one. Inherited names of objects are no operations. */
export const findRow = (operation: string): AnyRow | undefined =>
  Object.hasOwn(catalogue, operation)
    ? (catalogue[operation as OperationName] as AnyRow)
    : undefined
