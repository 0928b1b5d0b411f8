import type { KeySpec } from "./key-specs.js"

/** The keys under which key material can be wrapped for import. */
export const wrappingKeySpecs = ["RSA_2048", "RSA_3072", "RSA_4096", "SM2"] as const
export type WrappingKeySpec = (typeof wrappingKeySpecs)[number]

/** `RSAES_PKCS1_V1_5` is still in the AWS model and refused since October 2023. */
export const wrappingAlgorithms = [
  "RSAES_PKCS1_V1_5",
  "RSAES_OAEP_SHA_1",
  "RSAES_OAEP_SHA_256",
  "RSA_AES_KEY_WRAP_SHA_1",
  "RSA_AES_KEY_WRAP_SHA_256",
  "SM2PKE",
] as const
export type WrappingAlgorithm = Exclude<(typeof wrappingAlgorithms)[number], "RSAES_PKCS1_V1_5">

const oaepWrapping = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const
const aesKeyWrapping = ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"] as const

/**
 * How the key material of each spec may be wrapped under an RSA key, shortest first: a private
 * key may be longer than what OAEP takes. Source: KMS Developer Guide, "Select a wrapping
 * algorithm".
 */
const rsaWrapping: { readonly [spec in KeySpec]?: readonly WrappingAlgorithm[] } = {
  SYMMETRIC_DEFAULT: oaepWrapping,
  HMAC_224: oaepWrapping,
  HMAC_256: oaepWrapping,
  HMAC_384: oaepWrapping,
  HMAC_512: oaepWrapping,
  RSA_2048: aesKeyWrapping,
  RSA_3072: aesKeyWrapping,
  RSA_4096: aesKeyWrapping,
  ECC_NIST_P256: [...oaepWrapping, ...aesKeyWrapping],
  ECC_NIST_P384: [...oaepWrapping, ...aesKeyWrapping],
  ECC_NIST_P521: [...oaepWrapping, ...aesKeyWrapping],
  ECC_SECG_P256K1: [...oaepWrapping, ...aesKeyWrapping],
  ECC_NIST_EDWARDS25519: [...oaepWrapping, ...aesKeyWrapping],
  SM2: oaepWrapping,
}

/** A PKCS #8 key on P-521 is longer than OAEP with a 2048-bit modulus takes. */
const tooLong: readonly (readonly [KeySpec, WrappingKeySpec])[] = [["ECC_NIST_P521", "RSA_2048"]]

/** The algorithms that can wrap the material of a spec under a wrapping key; may be none. */
export function wrappingAlgorithmsFor(
  spec: KeySpec,
  wrappingKey: WrappingKeySpec,
): readonly WrappingAlgorithm[] {
  if (wrappingKey === "SM2") return spec === "SM2" ? ["SM2PKE"] : []
  const algorithms = rsaWrapping[spec] ?? []
  const isTooLong = tooLong.some(([long, short]) => long === spec && short === wrappingKey)
  return isTooLong
    ? algorithms.filter((one) => !oaepWrapping.some((oaep) => oaep === one))
    : algorithms
}
