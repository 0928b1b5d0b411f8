import type {
  EncapsulationAlgorithm,
  EncryptionAlgorithm,
  KeyAgreementAlgorithm,
  MacAlgorithm,
  SigningAlgorithm,
} from "./algorithms.js"
import {
  type ImportWrapping,
  importWrapping,
  type WrappingAlgorithm,
  type WrappingKeySpec,
} from "./import-wrapping.js"
import { limits } from "./limits.js"
import type { RequestGroup } from "./request-quotas.js"

/** What a KMS key may be used for; one for the life of a key. */
export const keyUsages = [
  "ENCRYPT_DECRYPT",
  "SIGN_VERIFY",
  "GENERATE_VERIFY_MAC",
  "KEY_AGREEMENT",
  "ENCAPSULATE_DECAPSULATE",
] as const
export type KeyUsage = (typeof keyUsages)[number]

/** Where key material comes from. */
export const origins = ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] as const
export type Origin = (typeof origins)[number]

/** The algorithms of one usage, under the name of their `KeyMetadata` member. */
export interface UsageAlgorithms {
  readonly EncryptionAlgorithms?: readonly EncryptionAlgorithm[]
  readonly SigningAlgorithms?: readonly SigningAlgorithm[]
  readonly MacAlgorithms?: readonly MacAlgorithm[]
  readonly KeyAgreementAlgorithms?: readonly KeyAgreementAlgorithm[]
  readonly EncapsulationAlgorithms?: readonly EncapsulationAlgorithm[]
}

/** The origins of keys that are in no custom key store. */
export const ownOrImported = ["AWS_KMS", "EXTERNAL"] as const

/** What a key spec is: everything that the rest of the engine needs to know to treat it right. */
export interface KeySpecRow {
  readonly kind: "symmetric-encryption" | "hmac" | "asymmetric"
  /** The usages that the spec allows and the algorithms of each. */
  readonly usages: { readonly [usage in KeyUsage]?: UsageAlgorithms }
  /** The origins that CreateKey takes for the spec. */
  readonly origins: readonly Origin[]
  /** How key material is wrapped for import; `undefined` where none comes from outside. */
  readonly wrapping: ImportWrapping | undefined
  /** How much it encrypts at once, by algorithm; `undefined` where it does not encrypt. */
  readonly plaintextBytesMax: { readonly [algorithm in EncryptionAlgorithm]?: number } | undefined
  /** How long a secret key is; `undefined` for key pairs, whose material has a form of its own. */
  readonly secretBytes: { readonly min: number; readonly max: number } | undefined
  /** Whether `CustomerMasterKeySpec`, the deprecated twin of `KeySpec`, names it, too. */
  readonly isLegacy: boolean
  /** The quota that requests with such a key share. */
  readonly quota: RequestGroup
  /** The quota of data key pairs of the spec; `undefined` where there are none. */
  readonly pairQuota: RequestGroup | undefined
}

/** A row whose columns go together: what may come from outside says how. */
type SoundRow = KeySpecRow &
  (
    | { readonly wrapping: ImportWrapping }
    | { readonly wrapping: undefined; readonly origins: readonly Exclude<Origin, "EXTERNAL">[] }
  )

/** RSAES-OAEP takes k − 2·hLen − 2 bytes. Source: RFC 8017, section 7.1.1. */
const oaepBytesMax = (modulusBytes: number) => ({
  RSAES_OAEP_SHA_1: modulusBytes - 2 * 20 - 2,
  RSAES_OAEP_SHA_256: modulusBytes - 2 * 32 - 2,
})

const rsa = <Pairs extends RequestGroup>(bits: number, pairQuota: Pairs) =>
  ({
    kind: "asymmetric",
    usages: {
      ENCRYPT_DECRYPT: { EncryptionAlgorithms: ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] },
      SIGN_VERIFY: {
        SigningAlgorithms: [
          "RSASSA_PKCS1_V1_5_SHA_256",
          "RSASSA_PKCS1_V1_5_SHA_384",
          "RSASSA_PKCS1_V1_5_SHA_512",
          "RSASSA_PSS_SHA_256",
          "RSASSA_PSS_SHA_384",
          "RSASSA_PSS_SHA_512",
        ],
      },
    },
    origins: ownOrImported,
    wrapping: importWrapping.rsaPrivateKey,
    plaintextBytesMax: oaepBytesMax(bits / 8),
    secretBytes: undefined,
    isLegacy: true,
    quota: "Cryptographic operations (RSA)",
    pairQuota,
  }) as const satisfies SoundRow

/** What elliptic curves have in common. */
const ecc = {
  kind: "asymmetric",
  origins: ownOrImported,
  wrapping: importWrapping.shortPrivateKey,
  plaintextBytesMax: undefined,
  secretBytes: undefined,
  isLegacy: true,
  quota: "Cryptographic operations (ECC)",
  pairQuota: "GenerateDataKeyPair (ECC)",
} as const

const nistCurve = (algorithm: SigningAlgorithm) =>
  ({
    ...ecc,
    usages: {
      SIGN_VERIFY: { SigningAlgorithms: [algorithm] },
      KEY_AGREEMENT: { KeyAgreementAlgorithms: ["ECDH"] },
    },
  }) as const satisfies SoundRow

/** A generated key is as long as the shortest that can be imported. */
const hmac = (algorithm: MacAlgorithm, hashBytes: number) =>
  ({
    kind: "hmac",
    usages: { GENERATE_VERIFY_MAC: { MacAlgorithms: [algorithm] } },
    origins: ownOrImported,
    wrapping: importWrapping.shortSecret,
    plaintextBytesMax: undefined,
    secretBytes: { min: hashBytes, max: 128 },
    isLegacy: true,
    quota: "Cryptographic operations (symmetric)",
    pairQuota: undefined,
  }) as const satisfies SoundRow

/** What lattices have in common. */
const lattice = {
  kind: "asymmetric",
  origins: ["AWS_KMS"],
  wrapping: undefined,
  plaintextBytesMax: undefined,
  secretBytes: undefined,
  isLegacy: false,
} as const

const mlDsa = {
  ...lattice,
  usages: { SIGN_VERIFY: { SigningAlgorithms: ["ML_DSA_SHAKE_256"] } },
  quota: "Cryptographic operations (ML-DSA)",
  pairQuota: undefined,
} as const satisfies SoundRow

const mlKem = {
  ...lattice,
  usages: { ENCAPSULATE_DECAPSULATE: { EncapsulationAlgorithms: ["ML_KEM"] } },
  quota: "Cryptographic operations (ML-KEM)",
  pairQuota: "GenerateDataKeyPair (ML-KEM)",
} as const satisfies SoundRow

/**
 * One row for each key spec. A new one is a row here, one in `formats/keys/key-algorithms.ts` if
 * it is a key pair, and one in each crypto suite: the compiler names them all.
 *
 * Source: AWS KMS Developer Guide, "Key spec reference" and "Key type reference".
 */
export const keySpecTable = {
  RSA_2048: rsa(2048, "GenerateDataKeyPair (RSA_2048)"),
  RSA_3072: rsa(3072, "GenerateDataKeyPair (RSA_3072)"),
  RSA_4096: rsa(4096, "GenerateDataKeyPair (RSA_4096)"),
  ECC_NIST_P256: nistCurve("ECDSA_SHA_256"),
  ECC_NIST_P384: nistCurve("ECDSA_SHA_384"),
  ECC_NIST_P521: { ...nistCurve("ECDSA_SHA_512"), wrapping: importWrapping.longPrivateKey },
  ECC_SECG_P256K1: { ...ecc, usages: { SIGN_VERIFY: { SigningAlgorithms: ["ECDSA_SHA_256"] } } },
  SYMMETRIC_DEFAULT: {
    kind: "symmetric-encryption",
    usages: { ENCRYPT_DECRYPT: { EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"] } },
    origins: ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
    wrapping: importWrapping.shortSecret,
    plaintextBytesMax: { SYMMETRIC_DEFAULT: limits.plaintextBytesMax },
    secretBytes: { min: 32, max: 32 },
    isLegacy: true,
    quota: "Cryptographic operations (symmetric)",
    pairQuota: undefined,
  },
  HMAC_224: hmac("HMAC_SHA_224", 28),
  HMAC_256: hmac("HMAC_SHA_256", 32),
  HMAC_384: hmac("HMAC_SHA_384", 48),
  HMAC_512: hmac("HMAC_SHA_512", 64),
  SM2: {
    ...ecc,
    usages: {
      ENCRYPT_DECRYPT: { EncryptionAlgorithms: ["SM2PKE"] },
      SIGN_VERIFY: { SigningAlgorithms: ["SM2DSA"] },
      KEY_AGREEMENT: { KeyAgreementAlgorithms: ["ECDH"] },
    },
    wrapping: importWrapping.sm2PrivateKey,
    plaintextBytesMax: { SM2PKE: 1024 },
    pairQuota: "GenerateDataKeyPair (SM2)",
  },
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ECC_NIST_EDWARDS25519: {
    ...ecc,
    usages: { SIGN_VERIFY: { SigningAlgorithms: ["ED25519_SHA_512", "ED25519_PH_SHA_512"] } },
    isLegacy: false,
  },
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
} as const satisfies Readonly<Record<string, SoundRow>>

type Table = typeof keySpecTable
export type KeySpec = keyof Table

/** The specs of rows that have something in common. */
export type KeySpecWith<Columns> = {
  [Spec in KeySpec]: Table[Spec] extends Columns ? Spec : never
}[KeySpec]

/** The specs that are key pairs. */
export type KeyPairSpec = KeySpecWith<{ readonly kind: "asymmetric" }>
export type CustomerMasterKeySpec = KeySpecWith<{ readonly isLegacy: true }>
type DataKeyPairSpec = KeySpecWith<{ readonly pairQuota: RequestGroup }>

/** The row of a spec, under the type that all rows share. */
export const keySpecRow = (spec: KeySpec): KeySpecRow => keySpecTable[spec]

/** In the order of the table, which is the order of the AWS model. */
export const keySpecs = Object.keys(keySpecTable) as readonly KeySpec[]

export const isKeyPairSpec = (spec: KeySpec): spec is KeyPairSpec =>
  keySpecRow(spec).kind === "asymmetric"

export const isCustomerMasterKeySpec = (spec: KeySpec): spec is CustomerMasterKeySpec =>
  keySpecRow(spec).isLegacy

const isDataKeyPairSpec = (spec: KeySpec): spec is DataKeyPairSpec =>
  keySpecRow(spec).pairQuota !== undefined

/** The most that a key can encrypt at once, in bytes; 0 where it cannot encrypt at all. */
export const plaintextBytesMax = (spec: KeySpec, algorithm: EncryptionAlgorithm): number =>
  keySpecRow(spec).plaintextBytesMax?.[algorithm] ?? 0

/** The algorithms that can wrap the material of a spec under a wrapping key; may be none. */
export const wrappingAlgorithmsFor = (
  spec: KeySpec,
  wrappingKey: WrappingKeySpec,
): readonly WrappingAlgorithm[] => keySpecRow(spec).wrapping?.[wrappingKey] ?? []

/** The specs that `CustomerMasterKeySpec` can name. */
export const customerMasterKeySpecs = keySpecs.filter(isCustomerMasterKeySpec)

/** The specs of data key pairs. */
export const dataKeyPairSpecs = keySpecs.filter(isDataKeyPairSpec)

/** The two sizes of data key that have a name, in bytes. */
export const dataKeySpecBytes = { AES_256: 32, AES_128: 16 } as const
export type DataKeySpec = keyof typeof dataKeySpecBytes
