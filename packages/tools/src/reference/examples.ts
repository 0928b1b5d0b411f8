import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { KmsClient, OperationName } from "@keywright/core"
import { root } from "../paths.js"

/*
 * A call of each operation, as the interface of a client shows it. The compiler checks these, and
 * they are printed as they are written here.
 */

const KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
const Plaintext = new Uint8Array(32)
const Message = Plaintext
const [CiphertextBlob, Signature, Mac, PublicKey] = [Plaintext, Plaintext, Plaintext, Plaintext]
const [ImportToken, EncryptedKeyMaterial] = [Plaintext, Plaintext]
const SharedSecretCiphertextBlob = Plaintext
const CustomKeyStoreId = "cks-1234567890abcdef0"
const TrustAnchorCertificate = "-----BEGIN CERTIFICATE-----"
const KeyStorePassword = "kmsuser-password"
const [GrantId, GrantToken] = ["abcd", "AQp"]
const App = "arn:aws:iam::111122223333:role/App"
const Policy = "{}"

const examples: {
  readonly [Name in OperationName]: (client: KmsClient) => Promise<unknown>
} = {
  CancelKeyDeletion: (client) => client.cancelKeyDeletion({ KeyId }),
  ConnectCustomKeyStore: (client) => client.connectCustomKeyStore({ CustomKeyStoreId }),
  CreateAlias: (client) => client.createAlias({ AliasName: "alias/orders", TargetKeyId: KeyId }),
  CreateCustomKeyStore: (client) =>
    client.createCustomKeyStore({
      CustomKeyStoreName: "cluster",
      CloudHsmClusterId: "cluster-1a23b4cdefg",
      TrustAnchorCertificate,
      KeyStorePassword,
    }),
  CreateGrant: (client) =>
    client.createGrant({
      KeyId,
      GranteePrincipal: App,
      Operations: ["Decrypt"],
      Constraints: { EncryptionContextSubset: { tenant: "42" } },
    }),
  CreateKey: (client) =>
    client.createKey({
      Description: "orders",
      Tags: [{ TagKey: "team", TagValue: "shop" }],
    }),
  Decapsulate: (client) =>
    client.decapsulate({
      KeyId,
      EncapsulationAlgorithm: "ML_KEM",
      SharedSecretCiphertextBlob,
    }),
  Decrypt: (client) => client.decrypt({ CiphertextBlob, EncryptionContext: { tenant: "42" } }),
  DeleteAlias: (client) => client.deleteAlias({ AliasName: "alias/orders" }),
  DeleteCustomKeyStore: (client) => client.deleteCustomKeyStore({ CustomKeyStoreId }),
  DeleteImportedKeyMaterial: (client) => client.deleteImportedKeyMaterial({ KeyId }),
  DeriveSharedSecret: (client) =>
    client.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: "ECDH", PublicKey }),
  DescribeCustomKeyStores: (client) => client.describeCustomKeyStores({ CustomKeyStoreId }),
  DescribeKey: (client) => client.describeKey({ KeyId: "alias/orders" }),
  DisableKey: (client) => client.disableKey({ KeyId }),
  DisableKeyRotation: (client) => client.disableKeyRotation({ KeyId }),
  DisconnectCustomKeyStore: (client) => client.disconnectCustomKeyStore({ CustomKeyStoreId }),
  EnableKey: (client) => client.enableKey({ KeyId }),
  EnableKeyRotation: (client) => client.enableKeyRotation({ KeyId, RotationPeriodInDays: 180 }),
  Encapsulate: (client) => client.encapsulate({ KeyId, EncapsulationAlgorithm: "ML_KEM" }),
  Encrypt: (client) =>
    client.encrypt({
      KeyId: "alias/orders",
      Plaintext,
      EncryptionContext: { tenant: "42" },
    }),
  GenerateDataKey: (client) =>
    client.generateDataKey({ KeyId: "alias/orders", KeySpec: "AES_256" }),
  GenerateDataKeyPair: (client) =>
    client.generateDataKeyPair({ KeyId: "alias/orders", KeyPairSpec: "ECC_NIST_P256" }),
  GenerateDataKeyPairWithoutPlaintext: (client) =>
    client.generateDataKeyPairWithoutPlaintext({
      KeyId: "alias/orders",
      KeyPairSpec: "ECC_NIST_P256",
    }),
  GenerateDataKeyWithoutPlaintext: (client) =>
    client.generateDataKeyWithoutPlaintext({ KeyId: "alias/orders", NumberOfBytes: 32 }),
  GenerateMac: (client) => client.generateMac({ KeyId, Message, MacAlgorithm: "HMAC_SHA_256" }),
  GenerateRandom: (client) => client.generateRandom({ NumberOfBytes: 32 }),
  GetKeyLastUsage: (client) => client.getKeyLastUsage({ KeyId }),
  GetKeyPolicy: (client) => client.getKeyPolicy({ KeyId }),
  GetKeyRotationStatus: (client) => client.getKeyRotationStatus({ KeyId }),
  GetParametersForImport: (client) =>
    client.getParametersForImport({
      KeyId,
      WrappingAlgorithm: "RSAES_OAEP_SHA_256",
      WrappingKeySpec: "RSA_4096",
    }),
  GetPublicKey: (client) => client.getPublicKey({ KeyId }),
  ImportKeyMaterial: (client) =>
    client.importKeyMaterial({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial,
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }),
  ListAliases: (client) => client.listAliases({ KeyId }),
  ListGrants: (client) => client.listGrants({ KeyId, GranteePrincipal: App }),
  ListKeyPolicies: (client) => client.listKeyPolicies({ KeyId }),
  ListKeyRotations: (client) =>
    client.listKeyRotations({ KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }),
  ListKeys: (client) => client.listKeys({ Limit: 100 }),
  ListResourceTags: (client) => client.listResourceTags({ KeyId }),
  ListRetirableGrants: (client) => client.listRetirableGrants({ RetiringPrincipal: App }),
  PutKeyPolicy: (client) => client.putKeyPolicy({ KeyId, Policy }),
  ReEncrypt: (client) => client.reEncrypt({ CiphertextBlob, DestinationKeyId: "alias/orders" }),
  ReplicateKey: (client) => client.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" }),
  RetireGrant: (client) => client.retireGrant({ GrantToken }),
  RevokeGrant: (client) => client.revokeGrant({ KeyId, GrantId }),
  RotateKeyOnDemand: (client) => client.rotateKeyOnDemand({ KeyId }),
  ScheduleKeyDeletion: (client) => client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 }),
  Sign: (client) => client.sign({ KeyId, Message, SigningAlgorithm: "ECDSA_SHA_256" }),
  TagResource: (client) =>
    client.tagResource({ KeyId, Tags: [{ TagKey: "team", TagValue: "shop" }] }),
  UntagResource: (client) => client.untagResource({ KeyId, TagKeys: ["team"] }),
  UpdateAlias: (client) => client.updateAlias({ AliasName: "alias/orders", TargetKeyId: KeyId }),
  UpdateCustomKeyStore: (client) =>
    client.updateCustomKeyStore({ CustomKeyStoreId, NewCustomKeyStoreName: "cluster" }),
  UpdateKeyDescription: (client) => client.updateKeyDescription({ KeyId, Description: "orders" }),
  UpdatePrimaryRegion: (client) =>
    client.updatePrimaryRegion({ KeyId, PrimaryRegion: "eu-west-1" }),
  Verify: (client) =>
    client.verify({ KeyId, Message, Signature, SigningAlgorithm: "ECDSA_SHA_256" }),
  VerifyMac: (client) => client.verifyMac({ KeyId, Message, Mac, MacAlgorithm: "HMAC_SHA_256" }),
}

const source = join(root, "packages/tools/src/reference/examples.ts")
const written = /^ {2}(\w+): \(client\) =>\s+(client\.[\s\S]*?),\n(?= {2}\w+: |\})/gm

/** The lines of a call, beginning where a page does. */
function linesOf(call: string): readonly string[] {
  const lines = `await ${call}`.split("\n")
  const indent = /^ */.exec(lines.at(-1) ?? "")?.[0] ?? ""
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
}

/** Reads the calls that are written above. */
export function readExamples(): (operation: keyof typeof examples) => readonly string[] {
  const found = readFileSync(source, "utf8").matchAll(written)
  const calls = new Map([...found].map(([, name = "", call = ""]) => [name, linesOf(call)]))
  return (operation) => {
    const lines = calls.get(operation)
    if (lines === undefined) throw new Error(`no example of ${operation}`)
    return lines
  }
}
