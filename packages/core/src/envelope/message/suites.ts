import type { HashName } from "../cipher/bulk-cipher.js"

/** How the footer is signed: the curve, and the hash over header and body. */
export type SignatureScheme = "ecdsa-p256-sha256" | "ecdsa-p384-sha384"

export type SuiteName =
  | "ALG_AES_128_GCM_IV12_TAG16_NO_KDF"
  | "ALG_AES_192_GCM_IV12_TAG16_NO_KDF"
  | "ALG_AES_256_GCM_IV12_TAG16_NO_KDF"
  | "ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256"
  | "ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256"
  | "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256"
  | "ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256"
  | "ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"
  | "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384"
  | "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"
  | "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384"

/**
 * One algorithm suite. All are AES-GCM with an IV of 12 bytes and a tag of 16, and the data key
 * is as long as the key that is derived from it.
 */
export interface AlgorithmSuite {
  readonly id: number
  /** The specification's name. */
  readonly name: SuiteName
  readonly messageVersion: 1 | 2
  /** Of the data key and of the content key. */
  readonly keyBytes: 16 | 24 | 32
  /** The hash of HKDF (RFC 5869); `undefined` hands the data key on as it is. */
  readonly derivation: HashName | undefined
  readonly isCommitting: boolean
  readonly signature: SignatureScheme | undefined
}

const suite = (
  id: number,
  name: SuiteName,
  keyBytes: 16 | 24 | 32,
  derivation: HashName | undefined,
  signature?: SignatureScheme,
): AlgorithmSuite =>
  Object.freeze({
    id,
    name,
    messageVersion: derivation === "sha512" ? 2 : 1,
    keyBytes,
    derivation,
    isCommitting: derivation === "sha512",
    signature,
  })

const [p256, p384] = ["ecdsa-p256-sha256", "ecdsa-p384-sha384"] as const

/** Source: awslabs/aws-encryption-sdk-specification, framework/algorithm-suites.md (ESDK). */
export const algorithmSuites: readonly AlgorithmSuite[] = Object.freeze([
  suite(0x0014, "ALG_AES_128_GCM_IV12_TAG16_NO_KDF", 16, undefined),
  suite(0x0046, "ALG_AES_192_GCM_IV12_TAG16_NO_KDF", 24, undefined),
  suite(0x0078, "ALG_AES_256_GCM_IV12_TAG16_NO_KDF", 32, undefined),
  suite(0x0114, "ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256", 16, "sha256"),
  suite(0x0146, "ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256", 24, "sha256"),
  suite(0x0178, "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256", 32, "sha256"),
  suite(0x0214, "ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256", 16, "sha256", p256),
  suite(0x0346, "ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384", 24, "sha384", p384),
  suite(0x0378, "ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384", 32, "sha384", p384),
  suite(0x0478, "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", 32, "sha512"),
  suite(0x0578, "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384", 32, "sha512", p384),
])

const suitesById: ReadonlyMap<number, AlgorithmSuite> = new Map(
  algorithmSuites.map((one) => [one.id, one]),
)

export const suiteOf = (id: number): AlgorithmSuite | undefined => suitesById.get(id)

const suitesByName: ReadonlyMap<string, AlgorithmSuite> = new Map(
  algorithmSuites.map((one) => [one.name, one]),
)

/** Throws `TypeError` for a name that no suite has. */
export function suiteNamed(name: SuiteName): AlgorithmSuite {
  const found = suitesByName.get(name)
  if (found === undefined) throw new TypeError("`suite` must be the name of an algorithm suite")
  return found
}
