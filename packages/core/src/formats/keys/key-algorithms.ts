import { bytesOfHex } from "../../vocabulary/bytes.js"
import type { KeyPairSpec } from "../../vocabulary/key-specs.js"
import { derTag, encodeDer } from "./der.js"

/** How the keys of a spec look from outside. */
export interface KeyAlgorithm {
  /** The AlgorithmIdentifier in DER. */
  readonly identifier: Uint8Array
  /** The named curve in DER, where the identifier has one. */
  readonly curve: Uint8Array | undefined
  /** How long a public key is; `undefined` where it is a structure of its own. */
  readonly publicKeyBytes: number | undefined
  /** How long the private number or seed is; for RSA, how long the modulus is. */
  readonly privateKeyBytes: number
  /** How long the secret key is that a seed expands to; 0 where there is no such thing. */
  readonly expandedBytes: number
  /** How the private key is wrapped inside of PKCS #8. */
  readonly privateKeyForm: "rsa" | "ec" | "octets" | "seed"
}

const oid = (hex: string): Uint8Array =>
  encodeDer(derTag.objectIdentifier, bytesOfHex(hex) as Uint8Array)
const identifier = (...parts: readonly Uint8Array[]): Uint8Array =>
  encodeDer(derTag.sequence, ...parts)

/** Source: RFC 8017, appendix A.1. */
const rsa = (bits: number): KeyAlgorithm => ({
  identifier: identifier(oid("2a864886f70d010101"), encodeDer(derTag.null)),
  curve: undefined,
  publicKeyBytes: undefined,
  privateKeyBytes: bits / 8,
  expandedBytes: 0,
  privateKeyForm: "rsa",
})

/** Source: RFC 5480 and RFC 5915. Points are uncompressed. */
const ec = (curveHex: string, scalarBytes: number): KeyAlgorithm => ({
  identifier: identifier(oid("2a8648ce3d0201"), oid(curveHex)),
  curve: oid(curveHex),
  publicKeyBytes: 1 + 2 * scalarBytes,
  privateKeyBytes: scalarBytes,
  expandedBytes: 0,
  privateKeyForm: "ec",
})

/**
 * ML-DSA and ML-KEM share an arc; the last number tells them apart. Source: NIST CSOR; FIPS 204,
 * table 2; FIPS 203, table 3.
 */
const nist = (
  arc: "03" | "04",
  last: number,
  publicKeyBytes: number,
  privateKeyBytes: number,
  expandedBytes: number,
): KeyAlgorithm => ({
  identifier: identifier(oid(`60864801650304${arc}${hexByte(last)}`)),
  curve: undefined,
  publicKeyBytes,
  privateKeyBytes,
  expandedBytes,
  privateKeyForm: "seed",
})
const hexByte = (value: number): string => value.toString(16).padStart(2, "0")

/** Source of the identifiers that no comment names: RFC 8410, RFC 9881, RFC 9935, GM/T 0006. */
export const keyAlgorithms: Readonly<Record<KeyPairSpec, KeyAlgorithm>> = Object.freeze({
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  ECC_NIST_P256: ec("2a8648ce3d030107", 32),
  ECC_NIST_P384: ec("2b81040022", 48),
  ECC_NIST_P521: ec("2b81040023", 66),
  ECC_SECG_P256K1: ec("2b8104000a", 32),
  SM2: ec("2a811ccf5501822d", 32),
  ECC_NIST_EDWARDS25519: {
    identifier: identifier(oid("2b6570")),
    curve: undefined,
    publicKeyBytes: 32,
    privateKeyBytes: 32,
    expandedBytes: 0,
    privateKeyForm: "octets",
  },
  ML_DSA_44: nist("03", 17, 1312, 32, 2560),
  ML_DSA_65: nist("03", 18, 1952, 32, 4032),
  ML_DSA_87: nist("03", 19, 2592, 32, 4896),
  ML_KEM_512: nist("04", 1, 800, 64, 1632),
  ML_KEM_768: nist("04", 2, 1184, 64, 2400),
  ML_KEM_1024: nist("04", 3, 1568, 64, 3168),
})
