import * as aliases from "./aliases.js"
import { CreateKey } from "./create-key.js"
import * as dataKeyPairs from "./data-key-pairs.js"
import * as dataKeys from "./data-keys.js"
import * as encryption from "./encryption.js"
import * as grantLists from "./grant-lists.js"
import * as grants from "./grants.js"
import * as imports from "./import.js"
import * as policies from "./key-policies.js"
import * as keyStores from "./key-stores.js"
import * as keys from "./keys.js"
import { GetKeyLastUsage } from "./last-usage.js"
import * as macs from "./macs.js"
import { GetPublicKey } from "./public-keys.js"
import { GenerateRandom } from "./random.js"
import { ReplicateKey, UpdatePrimaryRegion } from "./regions.js"
import * as rotation from "./rotation.js"
import type { AnyRow } from "./row.js"
import * as sharedSecrets from "./shared-secrets.js"
import * as signing from "./signing.js"
import * as tags from "./tags.js"

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
