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

/**
 * What the bytes of a message are: the message itself, its digest, which is signed as it is, or
 * the message representative µ of ML-DSA (FIPS 204, algorithm 7, line 6).
 */
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
