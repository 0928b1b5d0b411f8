import type { MessageType, SignRequest } from "@keywright/core"

type MessageBytes = { readonly [Type in MessageType]?: number | "any" }

const digestOf = (bytes: number): MessageBytes => ({ RAW: "any", DIGEST: bytes })

/**
 * The message types that an algorithm takes, and how long such a message must be. The core has
 * this table too: it is written again here so that a mistake in one of them is noticed.
 *
 * Source: AWS KMS Developer Guide, "Key spec reference", and the Sign API.
 */
export const signedBytes: Readonly<Record<SignRequest["algorithm"], MessageBytes>> = Object.freeze({
  RSASSA_PSS_SHA_256: digestOf(32),
  RSASSA_PSS_SHA_384: digestOf(48),
  RSASSA_PSS_SHA_512: digestOf(64),
  RSASSA_PKCS1_V1_5_SHA_256: digestOf(32),
  RSASSA_PKCS1_V1_5_SHA_384: digestOf(48),
  RSASSA_PKCS1_V1_5_SHA_512: digestOf(64),
  ECDSA_SHA_256: digestOf(32),
  ECDSA_SHA_384: digestOf(48),
  ECDSA_SHA_512: digestOf(64),
  SM2DSA: digestOf(32),
  ML_DSA_SHAKE_256: { RAW: "any", EXTERNAL_MU: 64 },
  ED25519_SHA_512: { RAW: "any" },
  ED25519_PH_SHA_512: { DIGEST: 64 },
})
