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

export const encryptionAlgorithms = [
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "SM2PKE",
  "SYMMETRIC_DEFAULT",
] as const
export type EncryptionAlgorithm = (typeof encryptionAlgorithms)[number]

export const signingAlgorithms = [
  "RSASSA_PSS_SHA_256",
  "RSASSA_PSS_SHA_384",
  "RSASSA_PSS_SHA_512",
  "RSASSA_PKCS1_V1_5_SHA_256",
  "RSASSA_PKCS1_V1_5_SHA_384",
  "RSASSA_PKCS1_V1_5_SHA_512",
  "ECDSA_SHA_256",
  "ECDSA_SHA_384",
  "ECDSA_SHA_512",
  "SM2DSA",
  "ML_DSA_SHAKE_256",
  "ED25519_SHA_512",
  "ED25519_PH_SHA_512",
] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

export const messageTypes = ["RAW", "DIGEST", "EXTERNAL_MU"] as const
export type MessageType = (typeof messageTypes)[number]

/** What a signing algorithm takes: the length in bytes of each kind of message, if it is fixed. */
export interface SigningAlgorithmRow {
  readonly messages: { readonly [type in MessageType]?: number | "any" }
  /** By what AWS names the culprit when a message type does not fit. */
  readonly culprit: "key spec" | "algorithm"
}

const hashed = (digestBytes: number): SigningAlgorithmRow => ({
  messages: { RAW: "any", DIGEST: digestBytes },
  culprit: "key spec",
})

/** Source: AWS KMS Developer Guide, "Key spec reference"; KMS API reference, Sign. */
export const signingAlgorithmTable: Readonly<Record<SigningAlgorithm, SigningAlgorithmRow>> = {
  RSASSA_PSS_SHA_256: hashed(32),
  RSASSA_PSS_SHA_384: hashed(48),
  RSASSA_PSS_SHA_512: hashed(64),
  RSASSA_PKCS1_V1_5_SHA_256: hashed(32),
  RSASSA_PKCS1_V1_5_SHA_384: hashed(48),
  RSASSA_PKCS1_V1_5_SHA_512: hashed(64),
  ECDSA_SHA_256: hashed(32),
  ECDSA_SHA_384: hashed(48),
  ECDSA_SHA_512: hashed(64),
  SM2DSA: hashed(32),
  ML_DSA_SHAKE_256: { messages: { RAW: "any", EXTERNAL_MU: 64 }, culprit: "key spec" },
  ED25519_SHA_512: { messages: { RAW: "any" }, culprit: "algorithm" },
  ED25519_PH_SHA_512: { messages: { DIGEST: 64 }, culprit: "algorithm" },
}

export const macAlgorithms = [
  "HMAC_SHA_384",
  "HMAC_SHA_256",
  "HMAC_SHA_224",
  "HMAC_SHA_512",
] as const
export type MacAlgorithm = (typeof macAlgorithms)[number]

export const keyAgreementAlgorithms = ["ECDH"] as const
export type KeyAgreementAlgorithm = (typeof keyAgreementAlgorithms)[number]

export const encapsulationAlgorithms = ["ML_KEM"] as const
export type EncapsulationAlgorithm = (typeof encapsulationAlgorithms)[number]

/** The algorithms of one usage, under the name of their `KeyMetadata` member. */
export interface UsageAlgorithms {
  readonly EncryptionAlgorithms?: readonly EncryptionAlgorithm[]
  readonly SigningAlgorithms?: readonly SigningAlgorithm[]
  readonly MacAlgorithms?: readonly MacAlgorithm[]
  readonly KeyAgreementAlgorithms?: readonly KeyAgreementAlgorithm[]
  readonly EncapsulationAlgorithms?: readonly EncapsulationAlgorithm[]
}

/** What a key spec is: everything that the rest of the engine needs to know to treat it right. */
export interface KeySpecRow {
  readonly kind: "symmetric-encryption" | "hmac" | "asymmetric"
  /** The usages that the spec allows and the algorithms of each. */
  readonly usages: { readonly [usage in KeyUsage]?: UsageAlgorithms }
  /** The origins that CreateKey takes for the spec. */
  readonly origins: readonly Origin[]
}

/** The origins of keys that are in no custom key store. */
export const ownOrImported = ["AWS_KMS", "EXTERNAL"] as const

const rsa: KeySpecRow = {
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
}

const nistCurve = (algorithm: SigningAlgorithm): KeySpecRow => ({
  kind: "asymmetric",
  usages: {
    SIGN_VERIFY: { SigningAlgorithms: [algorithm] },
    KEY_AGREEMENT: { KeyAgreementAlgorithms: ["ECDH"] },
  },
  origins: ownOrImported,
})

const hmac = (algorithm: MacAlgorithm): KeySpecRow => ({
  kind: "hmac",
  usages: { GENERATE_VERIFY_MAC: { MacAlgorithms: [algorithm] } },
  origins: ownOrImported,
})

const mlDsa: KeySpecRow = {
  kind: "asymmetric",
  usages: { SIGN_VERIFY: { SigningAlgorithms: ["ML_DSA_SHAKE_256"] } },
  origins: ["AWS_KMS"],
}

const mlKem: KeySpecRow = {
  kind: "asymmetric",
  usages: { ENCAPSULATE_DECAPSULATE: { EncapsulationAlgorithms: ["ML_KEM"] } },
  origins: ["AWS_KMS"],
}

/** Source: AWS KMS Developer Guide, "Key spec reference" and "Key type reference". */
export const keySpecTable = {
  RSA_2048: rsa,
  RSA_3072: rsa,
  RSA_4096: rsa,
  ECC_NIST_P256: nistCurve("ECDSA_SHA_256"),
  ECC_NIST_P384: nistCurve("ECDSA_SHA_384"),
  ECC_NIST_P521: nistCurve("ECDSA_SHA_512"),
  ECC_SECG_P256K1: {
    kind: "asymmetric",
    usages: { SIGN_VERIFY: { SigningAlgorithms: ["ECDSA_SHA_256"] } },
    origins: ownOrImported,
  },
  SYMMETRIC_DEFAULT: {
    kind: "symmetric-encryption",
    usages: { ENCRYPT_DECRYPT: { EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"] } },
    origins: ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"],
  },
  HMAC_224: hmac("HMAC_SHA_224"),
  HMAC_256: hmac("HMAC_SHA_256"),
  HMAC_384: hmac("HMAC_SHA_384"),
  HMAC_512: hmac("HMAC_SHA_512"),
  SM2: {
    kind: "asymmetric",
    usages: {
      ENCRYPT_DECRYPT: { EncryptionAlgorithms: ["SM2PKE"] },
      SIGN_VERIFY: { SigningAlgorithms: ["SM2DSA"] },
      KEY_AGREEMENT: { KeyAgreementAlgorithms: ["ECDH"] },
    },
    origins: ownOrImported,
  },
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ECC_NIST_EDWARDS25519: {
    kind: "asymmetric",
    usages: { SIGN_VERIFY: { SigningAlgorithms: ["ED25519_SHA_512", "ED25519_PH_SHA_512"] } },
    origins: ownOrImported,
  },
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
} as const satisfies Readonly<Record<string, KeySpecRow>>

export type KeySpec = keyof typeof keySpecTable

/** The row of a spec, under the type that all rows share. */
export const keySpecRow = (spec: KeySpec): KeySpecRow => keySpecTable[spec]

/** In the order of the table, which is the order of the AWS model. */
export const keySpecs = Object.keys(keySpecTable) as readonly KeySpec[]

/** RSAES-OAEP takes k − 2·hLen − 2 bytes (RFC 8017, section 7.1.1); SM2PKE what AWS allows. */
const oaepBytesMax = (modulusBytes: number) => ({
  RSAES_OAEP_SHA_1: modulusBytes - 2 * 20 - 2,
  RSAES_OAEP_SHA_256: modulusBytes - 2 * 32 - 2,
})

const plaintextBounds: {
  readonly [spec in KeySpec]?: { readonly [algorithm in EncryptionAlgorithm]?: number }
} = {
  SYMMETRIC_DEFAULT: { SYMMETRIC_DEFAULT: 4096 },
  RSA_2048: oaepBytesMax(256),
  RSA_3072: oaepBytesMax(384),
  RSA_4096: oaepBytesMax(512),
  SM2: { SM2PKE: 1024 },
}

/** The most that a key can encrypt at once, in bytes; 0 where it cannot encrypt at all. */
export const plaintextBytesMax = (spec: KeySpec, algorithm: EncryptionAlgorithm): number =>
  plaintextBounds[spec]?.[algorithm] ?? 0

/** The specs that `CustomerMasterKeySpec`, the deprecated twin of `KeySpec`, can name. */
export const customerMasterKeySpecs = [
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SYMMETRIC_DEFAULT",
  "HMAC_224",
  "HMAC_256",
  "HMAC_384",
  "HMAC_512",
  "SM2",
] as const satisfies readonly KeySpec[]
export type CustomerMasterKeySpec = (typeof customerMasterKeySpecs)[number]

export const isCustomerMasterKeySpec = (spec: KeySpec): spec is CustomerMasterKeySpec =>
  (customerMasterKeySpecs as readonly KeySpec[]).includes(spec)

/** The specs of data key pairs, in the order of the AWS model. */
export const dataKeyPairSpecs = [
  "RSA_2048",
  "RSA_3072",
  "RSA_4096",
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
  "SM2",
  "ECC_NIST_EDWARDS25519",
  "ML_KEM_512",
  "ML_KEM_768",
  "ML_KEM_1024",
] as const satisfies readonly KeySpec[]

/** The two sizes of data key that have a name, in bytes. */
export const dataKeySpecBytes = { AES_256: 32, AES_128: 16 } as const
export type DataKeySpec = keyof typeof dataKeySpecBytes
