import {
  type CurveSpec,
  type FullCryptoSuite,
  type FullSuiteKeys,
  type FullSuiteRow,
  freshEntropy,
  type MlDsaSpec,
  type MlKemSpec,
  nobleSuite,
  type RsaSpec,
} from "@keywright/core/suite"
import {
  agreementOpener,
  curveMaker,
  ecdsaOpener,
  ed25519Maker,
  ed25519Opener,
} from "./openssl/curves.js"
import { mlDsaOpener, mlKemOpener } from "./openssl/lattices.js"
import { isPrime, openRsaEncryptionKey, openRsaSigningKey, rsaMaker } from "./openssl/rsa.js"
import { macRows, symmetric } from "./openssl/symmetric.js"
import { systemEntropy } from "./openssl/system-entropy.js"

export { opensslCipher } from "./openssl/bulk-cipher.js"
export { opensslRsa } from "./openssl/rsa-cipher.js"

/** What does the work for a kind of key, for people and for the printed reference. */
export interface CoverageRow {
  readonly keys: string
  readonly operation: string
  readonly by: "OpenSSL" | "noble" | "OpenSSL, else noble"
  readonly why?: string
}

const openssl = (keys: string, operation: string): CoverageRow => ({
  keys,
  operation,
  by: "OpenSSL",
})
const noble = (keys: string, operation: string, why: string): CoverageRow => ({
  keys,
  operation,
  by: "noble",
  why,
})
const newest = (keys: string, operation: string): CoverageRow => ({
  keys,
  operation,
  by: "OpenSSL, else noble",
  why: "OpenSSL 3.5 is in Node 24",
})

/** Which library does what in {@link opensslSuite}. */
export const opensslCoverage: readonly CoverageRow[] = Object.freeze([
  openssl("SYMMETRIC_DEFAULT, key tokens", "AES-256-GCM, HMAC-SHA-256"),
  openssl("HMAC_*", "GenerateMac, VerifyMac"),
  openssl("RSA_*", "generation, OAEP, PKCS #1 v1.5, PSS"),
  noble("RSA_*", "checking an imported key", "OpenSSL has no call that takes it apart"),
  openssl("ECC_NIST_P*, ECC_SECG_P256K1", "generation, ECDSA over RAW, ECDH"),
  noble("ECC_NIST_P*, ECC_SECG_P256K1", "ECDSA over DIGEST", "node:crypto hashes a digest again"),
  openssl("ECC_NIST_EDWARDS25519", "generation, ED25519_SHA_512"),
  noble("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "node:crypto 20 has no Ed25519ph"),
  noble("SM2", "everything", "node:crypto treats SM2 keys as ECDSA keys"),
  newest("ML_DSA_*", "signatures over RAW"),
  newest("ML_KEM_*", "Encapsulate, Decapsulate"),
  noble("ML_DSA_*", "generation, EXTERNAL_MU", "node:crypto takes no external µ"),
  noble("ML_KEM_*", "generation", "tokens hold the expanded key"),
  noble("key import", "AES key unwrap with padding", "as fast as OpenSSL for keys"),
])

const rsaRow = (spec: RsaSpec, other: FullSuiteRow<RsaSpec>): FullSuiteRow<RsaSpec> => ({
  pair: rsaMaker(spec, other.pair),
  SIGN_VERIFY: openRsaSigningKey,
  ENCRYPT_DECRYPT: openRsaEncryptionKey,
})

const curveRow = (spec: CurveSpec, other: FullSuiteRow<CurveSpec>) => ({
  pair: curveMaker(spec, other.pair),
  SIGN_VERIFY: ecdsaOpener(spec, other.SIGN_VERIFY),
  KEY_AGREEMENT: agreementOpener(spec),
})

const ed25519Row = (
  other: FullSuiteRow<"ECC_NIST_EDWARDS25519">,
): FullSuiteRow<"ECC_NIST_EDWARDS25519"> => ({
  pair: ed25519Maker(other.pair),
  SIGN_VERIFY: ed25519Opener(other.SIGN_VERIFY),
})

const mlDsaRow = (spec: MlDsaSpec, other: FullSuiteRow<MlDsaSpec>): FullSuiteRow<MlDsaSpec> => ({
  pair: other.pair,
  SIGN_VERIFY: mlDsaOpener(spec, other.SIGN_VERIFY),
})

const mlKemRow = (spec: MlKemSpec, other: FullSuiteRow<MlKemSpec>): FullSuiteRow<MlKemSpec> => ({
  pair: other.pair,
  ENCAPSULATE_DECAPSULATE: mlKemOpener(spec, other.ENCAPSULATE_DECAPSULATE),
})

/**
 * The suite on OpenSSL, by way of `node:crypto`, for every key spec: what this Node's OpenSSL
 * lacks, `nobleSuite()` does ({@link opensslCoverage} says what). Key pairs that OpenSSL makes
 * take their randomness from OpenSSL itself and not from the entropy of the HSM.
 */
export function opensslSuite(): FullCryptoSuite {
  const base = nobleSuite()
  const noble = base.keys
  const keys: FullSuiteKeys = {
    RSA_2048: rsaRow("RSA_2048", noble.RSA_2048),
    RSA_3072: rsaRow("RSA_3072", noble.RSA_3072),
    RSA_4096: rsaRow("RSA_4096", noble.RSA_4096),
    ECC_NIST_P256: curveRow("ECC_NIST_P256", noble.ECC_NIST_P256),
    ECC_NIST_P384: curveRow("ECC_NIST_P384", noble.ECC_NIST_P384),
    ECC_NIST_P521: curveRow("ECC_NIST_P521", noble.ECC_NIST_P521),
    ECC_SECG_P256K1: curveRow("ECC_SECG_P256K1", noble.ECC_SECG_P256K1),
    ...macRows,
    SM2: noble.SM2,
    ML_DSA_44: mlDsaRow("ML_DSA_44", noble.ML_DSA_44),
    ML_DSA_65: mlDsaRow("ML_DSA_65", noble.ML_DSA_65),
    ML_DSA_87: mlDsaRow("ML_DSA_87", noble.ML_DSA_87),
    ECC_NIST_EDWARDS25519: ed25519Row(noble.ECC_NIST_EDWARDS25519),
    ML_KEM_512: mlKemRow("ML_KEM_512", noble.ML_KEM_512),
    ML_KEM_768: mlKemRow("ML_KEM_768", noble.ML_KEM_768),
    ML_KEM_1024: mlKemRow("ML_KEM_1024", noble.ML_KEM_1024),
  }
  return Object.freeze<FullCryptoSuite>({
    ...base,
    ...symmetric,
    name: "openssl",
    entropy: freshEntropy(systemEntropy),
    keys: Object.freeze(keys),
  })
}

/**
 * A suite for worlds that are made from a seed: all its randomness comes from the HSM's entropy,
 * so the same entropy makes the same keys, signatures and ciphertexts as under `nobleSuite()`.
 * OpenSSL does what draws nothing: AES-GCM, HMAC, and testing the primes of RSA keys.
 */
export function repeatableSuite(): FullCryptoSuite {
  const base = nobleSuite({ isPrime })
  return Object.freeze<FullCryptoSuite>({
    ...base,
    ...symmetric,
    name: "repeatable",
    keys: Object.freeze({ ...base.keys, ...macRows }),
  })
}
