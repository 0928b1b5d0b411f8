import { constants, createPublicKey, publicEncrypt, randomBytes, randomInt } from "node:crypto"
import type { InputOf, KmsClient } from "@keywright/core"
import { regionNames, type Stores } from "./places.js"

/** What a step works with. */
export interface Scene {
  readonly root: KmsClient
  /** The same account in the other region. */
  readonly west: KmsClient
  readonly stores: Stores
  /** The account's root user, and the name of the host. */
  readonly principal: string
  readonly name: string
  /** A symmetric key of this host that is not about to go, or one that all hosts share. */
  readonly key: string
  readonly hmacKey: string
  readonly signingKey: string
  /** Something that was encrypted under a key of this host. */
  readonly blob: Uint8Array
  /** Counts up. */
  readonly count: number
}

const data = new TextEncoder().encode("The quick brown fox jumps over the lazy dog")
const Message = data
const role = (principal: string, i: number) => principal.replace(/root$/, `role/Role${i}`)

type Step = (scene: Scene) => Promise<unknown>

/** Revokes one of the grants on a key, or retires it. */
async function endGrant({ root, key }: Scene, how: "revoke" | "retire"): Promise<unknown> {
  const { Grants = [] } = await root.listGrants({ KeyId: key, Limit: 10 })
  const grant = Grants[randomInt(Math.max(1, Grants.length))]
  if (grant?.GrantId === undefined || grant.KeyId === undefined) return undefined
  const target = { KeyId: grant.KeyId, GrantId: grant.GrantId }
  return how === "revoke" ? root.revokeGrant(target) : root.retireGrant(target)
}

/** A key that is made, used, and given up again. */
async function passing(
  { root }: Scene,
  input: InputOf<"CreateKey">,
  use: (KeyId: string) => Promise<unknown>,
): Promise<void> {
  const { KeyMetadata } = await root.createKey(input)
  const KeyId = KeyMetadata?.KeyId ?? ""
  try {
    await use(KeyId)
  } finally {
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  }
}

async function useKey(root: KmsClient, KeyId: string, other = root): Promise<unknown> {
  const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext: data })
  return other.decrypt({ CiphertextBlob })
}

async function importInto({ root }: Scene, KeyId: string): Promise<unknown> {
  const how = { WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048" } as const
  const { PublicKey, ImportToken } = await root.getParametersForImport({ KeyId, ...how })
  const der = { key: Buffer.from(PublicKey ?? data), format: "der", type: "spki" } as const
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const wrapping = { key: createPublicKey(der), padding, oaepHash: "sha256" }
  const EncryptedKeyMaterial = publicEncrypt(wrapping, randomBytes(32))
  const ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE"
  return root.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel })
}

/** A key in both regions, used in each for the other, and now and then handed over. */
async function replicate({ root, west }: Scene, KeyId: string): Promise<unknown> {
  const [, ReplicaRegion] = regionNames
  await root.replicateKey({ KeyId, ReplicaRegion })
  try {
    await useKey(root, KeyId, west)
    await useKey(west, KeyId, root)
    if (randomInt(4) > 0) return undefined
    await root.updatePrimaryRegion({ KeyId, PrimaryRegion: ReplicaRegion })
    return await west.updateKeyDescription({ KeyId, Description: "handed over" })
  } finally {
    await west.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
  }
}

/** The operations about keys, their import, key stores and other regions. */
export const steps: Readonly<Record<string, Step>> = {
  Decrypt: ({ root, blob }) => root.decrypt({ CiphertextBlob: blob }),
  ReEncrypt: ({ root, blob, key }) =>
    root.reEncrypt({ CiphertextBlob: blob, DestinationKeyId: key }),
  GenerateDataKey: ({ root, key }) => root.generateDataKey({ KeyId: key, KeySpec: "AES_256" }),
  GenerateDataKeyWithoutPlaintext: ({ root, key }) =>
    root.generateDataKeyWithoutPlaintext({ KeyId: key, NumberOfBytes: 64 }),
  GenerateDataKeyPair: ({ root, key }) =>
    root.generateDataKeyPair({ KeyId: key, KeyPairSpec: "ECC_NIST_P256" }),
  GenerateDataKeyPairWithoutPlaintext: ({ root, key }) =>
    root.generateDataKeyPairWithoutPlaintext({ KeyId: key, KeyPairSpec: "ECC_NIST_P256" }),
  GenerateRandom: ({ root }) => root.generateRandom({ NumberOfBytes: 32 }),
  GenerateMac: ({ root, hmacKey }) =>
    root.generateMac({ KeyId: hmacKey, Message, MacAlgorithm: "HMAC_SHA_256" }),
  VerifyMac: async ({ root, hmacKey: KeyId }) => {
    const MacAlgorithm = "HMAC_SHA_256"
    const { Mac = new Uint8Array() } = await root.generateMac({ KeyId, Message, MacAlgorithm })
    return root.verifyMac({ KeyId, Message, MacAlgorithm, Mac })
  },
  Sign: ({ root, signingKey }) =>
    root.sign({ KeyId: signingKey, Message, SigningAlgorithm: "ECDSA_SHA_256" }),
  Verify: async ({ root, signingKey: KeyId }) => {
    const SigningAlgorithm = "ECDSA_SHA_256"
    const { Signature = new Uint8Array() } = await root.sign({ KeyId, Message, SigningAlgorithm })
    return root.verify({ KeyId, Message, SigningAlgorithm, Signature })
  },
  GetPublicKey: ({ root, signingKey }) => root.getPublicKey({ KeyId: signingKey }),
  DescribeKey: ({ root, key }) => root.describeKey({ KeyId: key }),
  GetKeyLastUsage: ({ root, key }) => root.getKeyLastUsage({ KeyId: key }),
  ListKeys: ({ root }) => root.listKeys({ Limit: 1000 }),
  ListAliases: ({ root }) => root.listAliases({ Limit: 100 }),
  ListResourceTags: ({ root, key }) => root.listResourceTags({ KeyId: key }),
  UntagResource: ({ root, key }) => root.untagResource({ KeyId: key, TagKeys: ["passing"] }),
  TagResource: ({ root, key, count }) =>
    root.tagResource({ KeyId: key, Tags: [{ TagKey: "passing", TagValue: `${count}` }] }),
  UpdateKeyDescription: ({ root, key, count }) =>
    root.updateKeyDescription({ KeyId: key, Description: `number ${count}` }),
  CreateAlias: ({ root, key, name, count }) =>
    root.createAlias({ AliasName: `alias/${name}-${count % 40}`, TargetKeyId: key }),
  UpdateAlias: ({ root, key, name, count }) =>
    root.updateAlias({ AliasName: `alias/${name}-${count % 40}`, TargetKeyId: key }),
  DeleteAlias: ({ root, name, count }) =>
    root.deleteAlias({ AliasName: `alias/${name}-${count % 40}` }),
  CreateGrant: ({ root, key, principal, count }) =>
    root.createGrant({
      KeyId: key,
      GranteePrincipal: role(principal, count % 50),
      Operations: ["Decrypt", "Encrypt"],
    }),
  ListGrants: ({ root, key }) => root.listGrants({ KeyId: key, Limit: 100 }),
  ListRetirableGrants: ({ root, principal }) =>
    root.listRetirableGrants({ RetiringPrincipal: role(principal, 1) }),
  RevokeGrant: (scene) => endGrant(scene, "revoke"),
  RetireGrant: (scene) => endGrant(scene, "retire"),
  GetKeyPolicy: ({ root, key }) => root.getKeyPolicy({ KeyId: key }),
  ListKeyPolicies: ({ root, key }) => root.listKeyPolicies({ KeyId: key }),
  PutKeyPolicy: async ({ root, key, count }) => {
    const { Policy = "{}" } = await root.getKeyPolicy({ KeyId: key })
    const document = JSON.parse(Policy)
    document.Statement[0].Sid = `Number ${count}`
    return root.putKeyPolicy({ KeyId: key, Policy: JSON.stringify(document) })
  },
  EnableKeyRotation: ({ root, key }) =>
    root.enableKeyRotation({ KeyId: key, RotationPeriodInDays: 90 }),
  DisableKeyRotation: ({ root, key }) => root.disableKeyRotation({ KeyId: key }),
  GetKeyRotationStatus: ({ root, key }) => root.getKeyRotationStatus({ KeyId: key }),
  ListKeyRotations: ({ root, key }) => root.listKeyRotations({ KeyId: key }),
  RotateKeyOnDemand: ({ root, key }) => root.rotateKeyOnDemand({ KeyId: key }),
  DisableKey: async ({ root, key }) => {
    await root.disableKey({ KeyId: key })
    return root.enableKey({ KeyId: key })
  },
  EnableKey: ({ root, key }) => root.enableKey({ KeyId: key }),
  ImportKeyMaterial: (scene) =>
    passing(scene, { Origin: "EXTERNAL" }, async (KeyId) => {
      await importInto(scene, KeyId)
      await useKey(scene.root, KeyId)
      await scene.root.deleteImportedKeyMaterial({ KeyId })
    }),
  "CreateKey in a cluster": (scene) =>
    passing(scene, { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: scene.stores.cluster }, (KeyId) =>
      useKey(scene.root, KeyId),
    ),
  "CreateKey in an external store": (scene) =>
    passing(
      scene,
      {
        Origin: "EXTERNAL_KEY_STORE",
        CustomKeyStoreId: scene.stores.external,
        XksKeyId: `${scene.name}-${scene.count}`,
      },
      (KeyId) => useKey(scene.root, KeyId),
    ),
  DescribeCustomKeyStores: ({ root }) => root.describeCustomKeyStores({}),
  ReplicateKey: (scene) =>
    passing(scene, { MultiRegion: true }, (KeyId) => replicate(scene, KeyId)),
}

/** Refusals that come of keys being in one state or another; everything else is news. */
export const usual: ReadonlySet<string> = new Set([
  "AlreadyExistsException",
  "ConflictException",
  "DisabledException",
  // A day of the soak is two seconds.
  "ExpiredImportTokenException",
  "InvalidGrantIdException",
  "KMSInvalidStateException",
  "LimitExceededException",
  "NotFoundException",
])

/** Refusals of a storage that is locked or full. */
export const excused: ReadonlySet<string> = new Set(["KMSInternalException", "ThrottlingException"])
