import { constants, createPublicKey, publicEncrypt } from "node:crypto"
import type { KmsClient, OperationName } from "@keywright/core"
import { nowMs } from "./engine.js"

/** Makes what an operation needs and returns an input that it performs. */
export type Sample = (admin: KmsClient) => Promise<object>

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const EncryptionContext = { tenant: "42", Größe: "10 µm" }
const Plaintext = text("an order")
const Message = text("a message")

type KeyInput = Parameters<KmsClient["createKey"]>[0]

async function newKey(admin: KmsClient, input: KeyInput = {}): Promise<string> {
  const { KeyMetadata } = await admin.createKey(input)
  return KeyMetadata?.KeyId as string
}

const ecdsa = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const
const signing = { SigningAlgorithm: "ECDSA_SHA_256" } as const
const hmac = { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" } as const
const mac = { MacAlgorithm: "HMAC_SHA_256" } as const
const ecdh = { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" } as const
const mlKem = { KeySpec: "ML_KEM_512", KeyUsage: "ENCAPSULATE_DECAPSULATE" } as const
const encapsulation = { EncapsulationAlgorithm: "ML_KEM" } as const

const withKey =
  (more: object = {}): Sample =>
  async (admin) => ({ KeyId: await newKey(admin), ...more })

async function encrypted(admin: KmsClient): Promise<object> {
  const KeyId = await newKey(admin)
  const { CiphertextBlob } = await admin.encrypt({ KeyId, Plaintext, EncryptionContext })
  return { CiphertextBlob }
}

async function used(admin: KmsClient): Promise<object> {
  const KeyId = await newKey(admin)
  await admin.encrypt({ KeyId, Plaintext })
  return { KeyId }
}

async function aliased(admin: KmsClient): Promise<{ AliasName: string; TargetKeyId: string }> {
  const names = { AliasName: "alias/orders", TargetKeyId: await newKey(admin) }
  await admin.createAlias(names)
  return names
}

const policy = (account: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  })

const GranteePrincipal = "arn:aws:iam::111122223333:role/App"

async function granted(admin: KmsClient) {
  const grant = {
    KeyId: await newKey(admin),
    GranteePrincipal,
    RetiringPrincipal: GranteePrincipal,
    Operations: ["Encrypt" as const, "Decrypt" as const],
    Constraints: { EncryptionContextSubset: EncryptionContext },
    Name: "app",
  }
  const { GrantId } = await admin.createGrant(grant)
  return { ...grant, GrantId }
}

const wrapping = {
  WrappingAlgorithm: "RSAES_OAEP_SHA_256",
  WrappingKeySpec: "RSA_2048",
} as const

async function importable(admin: KmsClient) {
  const KeyId = await newKey(admin, { Origin: "EXTERNAL" })
  const { ImportToken, PublicKey } = await admin.getParametersForImport({ KeyId, ...wrapping })
  const key = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const material = new Uint8Array(32).fill(7)
  const wrapped = publicEncrypt({ key, padding, oaepHash: "sha256" }, material)
  return {
    KeyId,
    ImportToken,
    EncryptedKeyMaterial: new Uint8Array(wrapped),
    ExpirationModel: "KEY_MATERIAL_EXPIRES" as const,
    ValidTo: new Date(nowMs + 86_400_000),
  }
}

async function rotating(admin: KmsClient) {
  const KeyId = await newKey(admin)
  await admin.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
  return { KeyId }
}

/** Inputs that the engine performs. An operation without one is tried on a key that it refuses. */
const samples: Readonly<Partial<Record<OperationName, Sample>>> = {
  CancelKeyDeletion: async (admin) => {
    const KeyId = await newKey(admin)
    await admin.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    return { KeyId }
  },
  CreateAlias: async (admin) => ({
    AliasName: "alias/orders",
    TargetKeyId: await newKey(admin),
  }),
  CreateGrant: async (admin) => {
    const { GrantId: _made, ...grant } = await granted(admin)
    return { ...grant, Name: "another" }
  },
  CreateKey: async () => ({
    Description: "Aufträge, 注文, 🔑",
    Tags: [{ TagKey: "team", TagValue: "orders" }],
    Policy: policy("111122223333"),
  }),
  Decapsulate: async (admin) => {
    const named = { KeyId: await newKey(admin, mlKem), ...encapsulation }
    const { SharedSecretCiphertextBlob } = await admin.encapsulate(named)
    return { ...named, SharedSecretCiphertextBlob }
  },
  Decrypt: async (admin) => ({ ...(await encrypted(admin)), EncryptionContext }),
  DeleteAlias: async (admin) => ({ AliasName: (await aliased(admin)).AliasName }),
  DeriveSharedSecret: async (admin) => {
    const { PublicKey } = await admin.getPublicKey({ KeyId: await newKey(admin, ecdh) })
    return { KeyId: await newKey(admin, ecdh), KeyAgreementAlgorithm: "ECDH", PublicKey }
  },
  DeleteImportedKeyMaterial: async (admin) => {
    const imported = await importable(admin)
    await admin.importKeyMaterial(imported)
    return { KeyId: imported.KeyId }
  },
  DescribeKey: withKey(),
  DisableKey: withKey(),
  DisableKeyRotation: rotating,
  EnableKey: async (admin) => {
    const KeyId = await newKey(admin)
    await admin.disableKey({ KeyId })
    return { KeyId }
  },
  EnableKeyRotation: withKey({ RotationPeriodInDays: 90 }),
  Encapsulate: async (admin) => ({ KeyId: await newKey(admin, mlKem), ...encapsulation }),
  Encrypt: withKey({ EncryptionContext, Plaintext }),
  GenerateDataKey: withKey({ EncryptionContext, KeySpec: "AES_256" }),
  GenerateDataKeyPair: withKey({ EncryptionContext, KeyPairSpec: "ECC_NIST_P256" }),
  GenerateDataKeyPairWithoutPlaintext: withKey({ EncryptionContext, KeyPairSpec: "ECC_NIST_P256" }),
  GenerateDataKeyWithoutPlaintext: withKey({ EncryptionContext, NumberOfBytes: 48 }),
  GenerateMac: async (admin) => ({ KeyId: await newKey(admin, hmac), Message, ...mac }),
  GenerateRandom: async () => ({ NumberOfBytes: 1024 }),
  GetKeyLastUsage: used,
  GetKeyPolicy: withKey(),
  GetKeyRotationStatus: rotating,
  GetParametersForImport: async (admin) => ({
    KeyId: await newKey(admin, { Origin: "EXTERNAL" }),
    ...wrapping,
  }),
  GetPublicKey: async (admin) => ({ KeyId: await newKey(admin, ecdsa) }),
  ImportKeyMaterial: importable,
  ListAliases: async (admin) => {
    await aliased(admin)
    return { Limit: 10 }
  },
  ListGrants: async (admin) => ({ KeyId: (await granted(admin)).KeyId }),
  ListKeyPolicies: withKey(),
  ListKeyRotations: async (admin) => {
    const { KeyId } = await rotating(admin)
    await admin.rotateKeyOnDemand({ KeyId })
    return { KeyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL" }
  },
  ListKeys: async (admin) => {
    await newKey(admin)
    await newKey(admin)
    return { Limit: 1 }
  },
  ListResourceTags: async (admin) => ({
    KeyId: await newKey(admin, { Tags: [{ TagKey: "team", TagValue: "" }] }),
  }),
  PutKeyPolicy: async (admin) => ({
    KeyId: await newKey(admin),
    Policy: policy("111122223333"),
  }),
  ReEncrypt: async (admin) => ({
    ...(await encrypted(admin)),
    SourceEncryptionContext: EncryptionContext,
    DestinationKeyId: await newKey(admin),
  }),
  ListRetirableGrants: async (admin) => {
    await granted(admin)
    return { RetiringPrincipal: GranteePrincipal }
  },
  RetireGrant: async (admin) => {
    const { Constraints, KeyId, Operations } = await granted(admin)
    const grant = { Constraints, KeyId, Operations, GranteePrincipal }
    const { GrantToken } = await admin.createGrant(grant)
    return { GrantToken }
  },
  RevokeGrant: async (admin) => {
    const { KeyId, GrantId } = await granted(admin)
    return { KeyId, GrantId }
  },
  RotateKeyOnDemand: withKey(),
  ScheduleKeyDeletion: withKey({ PendingWindowInDays: 10 }),
  Sign: async (admin) => ({ KeyId: await newKey(admin, ecdsa), Message, ...signing }),
  TagResource: withKey({ Tags: [{ TagKey: "team", TagValue: "orders" }] }),
  UntagResource: withKey({ TagKeys: ["team"] }),
  UpdateAlias: async (admin) => {
    const { AliasName } = await aliased(admin)
    return { AliasName, TargetKeyId: await newKey(admin) }
  },
  UpdateKeyDescription: withKey({ Description: "a new one" }),
  Verify: async (admin) => {
    const input = { KeyId: await newKey(admin, ecdsa), Message, ...signing }
    const { Signature } = await admin.sign(input)
    return { ...input, Signature }
  },
  VerifyMac: async (admin) => {
    const input = { KeyId: await newKey(admin, hmac), Message, ...mac }
    const { Mac } = await admin.generateMac(input)
    return { ...input, Mac }
  },
}

export const sampleOf = (operation: OperationName): Sample => samples[operation] ?? withKey()

/** The operations that are tried with an input that they perform. */
export const sampled: ReadonlySet<string> = new Set(Object.keys(samples))
