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

/**
 * How key material is wrapped for import. AES_KEY_WRAP puts an AES key under OAEP, and the key
 * material under that key by RFC 5649.
 */
export type WrappingAlgorithm = Exclude<(typeof wrappingAlgorithms)[number], "RSAES_PKCS1_V1_5">

/** Under which algorithms key material may come, for each wrapping key. */
export type ImportWrapping = {
  readonly [wrappingKey in WrappingKeySpec]: readonly WrappingAlgorithm[]
}

const oaep = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"] as const
const aesKeyWrap = ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"] as const

const underRsa = (algorithms: readonly WrappingAlgorithm[]): ImportWrapping => ({
  RSA_2048: algorithms,
  RSA_3072: algorithms,
  RSA_4096: algorithms,
  SM2: [],
})

/**
 * A private key may be longer than what OAEP takes; then AES_KEY_WRAP takes it.
 *
 * Source: AWS KMS Developer Guide, "Select a wrapping algorithm".
 */
export const importWrapping = {
  shortSecret: underRsa(oaep),
  shortPrivateKey: underRsa([...oaep, ...aesKeyWrap]),
  /** A PKCS #8 key on P-521 is longer than OAEP with a 2048-bit modulus takes. */
  longPrivateKey: { ...underRsa([...oaep, ...aesKeyWrap]), RSA_2048: aesKeyWrap },
  rsaPrivateKey: underRsa(aesKeyWrap),
  sm2PrivateKey: { ...underRsa(oaep), SM2: ["SM2PKE"] },
} as const satisfies Readonly<Record<string, ImportWrapping>>
