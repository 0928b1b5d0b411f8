import type { SigningAlgorithm } from "../../vocabulary/algorithms.js"
import type { HashName } from "./hashes.js"

/** How an algorithm signs. Which messages it takes is in `signingAlgorithmTable`. */
export interface SigningRow {
  readonly scheme: "pss" | "pkcs1" | "ecdsa" | "sm2" | "ed25519" | "ed25519ph" | "ml-dsa"
  /** What a RAW message is hashed with before it is signed, where the scheme signs a digest. */
  readonly hash: HashName | undefined
}

/** Source: AWS KMS Developer Guide, "Key spec reference", and the Sign API. */
export const signingTable: Readonly<Record<SigningAlgorithm, SigningRow>> = Object.freeze({
  RSASSA_PSS_SHA_256: { scheme: "pss", hash: "sha256" },
  RSASSA_PSS_SHA_384: { scheme: "pss", hash: "sha384" },
  RSASSA_PSS_SHA_512: { scheme: "pss", hash: "sha512" },
  RSASSA_PKCS1_V1_5_SHA_256: { scheme: "pkcs1", hash: "sha256" },
  RSASSA_PKCS1_V1_5_SHA_384: { scheme: "pkcs1", hash: "sha384" },
  RSASSA_PKCS1_V1_5_SHA_512: { scheme: "pkcs1", hash: "sha512" },
  ECDSA_SHA_256: { scheme: "ecdsa", hash: "sha256" },
  ECDSA_SHA_384: { scheme: "ecdsa", hash: "sha384" },
  ECDSA_SHA_512: { scheme: "ecdsa", hash: "sha512" },
  SM2DSA: { scheme: "sm2", hash: "sm3" },
  ML_DSA_SHAKE_256: { scheme: "ml-dsa", hash: undefined },
  ED25519_SHA_512: { scheme: "ed25519", hash: undefined },
  ED25519_PH_SHA_512: { scheme: "ed25519ph", hash: undefined },
})
