import type {
  EncryptionAlgorithm,
  MacAlgorithm,
  SigningAlgorithm,
} from "../../vocabulary/key-specs.js"

/** The hash functions under the algorithms, and how long their digests are. */
export const hashBytes = Object.freeze({
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  sm3: 32,
})
export type HashName = keyof typeof hashBytes

/** A hash function of a suite. */
export type Hash = (message: Uint8Array) => Uint8Array

export interface SigningRow {
  readonly scheme: "pss" | "pkcs1" | "ecdsa" | "sm2" | "ed25519" | "ed25519ph" | "ml-dsa"
  /** What a RAW message is hashed with before it is signed, where the scheme signs a digest. */
  readonly hash: HashName | undefined
  /** The message types that the algorithm takes, and how long such a message must be. */
  readonly messageBytes: { readonly [type in "RAW" | "DIGEST" | "EXTERNAL_MU"]?: number | "any" }
}

const digested = (scheme: SigningRow["scheme"], hash: HashName): SigningRow => ({
  scheme,
  hash,
  messageBytes: { RAW: "any", DIGEST: hashBytes[hash] },
})

/** Source: AWS KMS Developer Guide, "Key spec reference", and the Sign API. */
export const signingTable: Readonly<Record<SigningAlgorithm, SigningRow>> = Object.freeze({
  RSASSA_PSS_SHA_256: digested("pss", "sha256"),
  RSASSA_PSS_SHA_384: digested("pss", "sha384"),
  RSASSA_PSS_SHA_512: digested("pss", "sha512"),
  RSASSA_PKCS1_V1_5_SHA_256: digested("pkcs1", "sha256"),
  RSASSA_PKCS1_V1_5_SHA_384: digested("pkcs1", "sha384"),
  RSASSA_PKCS1_V1_5_SHA_512: digested("pkcs1", "sha512"),
  ECDSA_SHA_256: digested("ecdsa", "sha256"),
  ECDSA_SHA_384: digested("ecdsa", "sha384"),
  ECDSA_SHA_512: digested("ecdsa", "sha512"),
  SM2DSA: digested("sm2", "sm3"),
  ML_DSA_SHAKE_256: {
    scheme: "ml-dsa",
    hash: undefined,
    messageBytes: { RAW: "any", EXTERNAL_MU: 64 },
  },
  ED25519_SHA_512: { scheme: "ed25519", hash: undefined, messageBytes: { RAW: "any" } },
  ED25519_PH_SHA_512: { scheme: "ed25519ph", hash: undefined, messageBytes: { DIGEST: 64 } },
})

/** The hash of RSA-OAEP, which is also that of its mask; the label is empty. */
export const oaepHash: { readonly [algorithm in EncryptionAlgorithm]?: HashName } = Object.freeze({
  RSAES_OAEP_SHA_1: "sha1",
  RSAES_OAEP_SHA_256: "sha256",
})

export interface MacRow {
  readonly hash: HashName
  readonly keyBytesMin: number
  readonly keyBytesMax: number
}

const mac = (hash: HashName): MacRow => ({
  hash,
  keyBytesMin: hashBytes[hash],
  keyBytesMax: 128,
})

/** A generated key is as long as the shortest that can be imported. */
export const macTable: Readonly<Record<MacAlgorithm, MacRow>> = Object.freeze({
  HMAC_SHA_224: mac("sha224"),
  HMAC_SHA_256: mac("sha256"),
  HMAC_SHA_384: mac("sha384"),
  HMAC_SHA_512: mac("sha512"),
})
