import {
  type CryptoSuite,
  type KeyPairMaker,
  nobleSuite,
  type Opener,
  pooledEntropy,
  type SigningKey,
} from "@keywright/core/suite"
import {
  agreementOpener,
  type CurveSpec,
  curveMaker,
  ecdsaOpener,
  ed25519Maker,
  ed25519Opener,
} from "./openssl/curves.js"
import { type MlDsaSpec, type MlKemSpec, mlDsaOpener, mlKemOpener } from "./openssl/lattices.js"
import { isPrime, openRsaEncryptionKey, openRsaSigningKey, rsaMaker } from "./openssl/rsa.js"
import { macKeys, symmetric, systemEntropy } from "./openssl/symmetric.js"

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

function required<Row>(row: Row | undefined): Row {
  if (row === undefined) throw new TypeError("the suite in TypeScript lacks a key spec")
  return row
}

const curveSpecs: readonly CurveSpec[] = [
  "ECC_NIST_P256",
  "ECC_NIST_P384",
  "ECC_NIST_P521",
  "ECC_SECG_P256K1",
]

const forCurves = <Row>(row: (spec: CurveSpec) => Row): Readonly<Record<CurveSpec, Row>> =>
  Object.fromEntries(curveSpecs.map((spec) => [spec, row(spec)])) as Record<CurveSpec, Row>

/**
 * The suite on OpenSSL, by way of `node:crypto`, for every key spec: what this Node's OpenSSL
 * lacks, `nobleSuite()` does ({@link opensslCoverage} says what). Key pairs that OpenSSL makes
 * take their randomness from OpenSSL itself and not from the entropy of the HSM.
 */
export function opensslSuite(): CryptoSuite {
  const base = nobleSuite()
  const rsa = (spec: "RSA_2048" | "RSA_3072" | "RSA_4096", bits: number): KeyPairMaker =>
    rsaMaker(bits, required(base.keyPairs[spec]))
  const signing = (spec: CurveSpec | "ECC_NIST_EDWARDS25519" | MlDsaSpec): Opener<SigningKey> =>
    required(base.signingKeys[spec])
  const mlDsa = (spec: MlDsaSpec) => mlDsaOpener(spec, signing(spec))
  const mlKem = (spec: MlKemSpec) => mlKemOpener(spec, required(base.encapsulationKeys[spec]))
  return Object.freeze<CryptoSuite>({
    ...base,
    ...symmetric,
    name: "openssl",
    entropy: pooledEntropy(systemEntropy),
    keyPairs: {
      ...base.keyPairs,
      RSA_2048: rsa("RSA_2048", 2048),
      RSA_3072: rsa("RSA_3072", 3072),
      RSA_4096: rsa("RSA_4096", 4096),
      ...forCurves((spec) => curveMaker(spec, required(base.keyPairs[spec]))),
      ECC_NIST_EDWARDS25519: ed25519Maker(required(base.keyPairs.ECC_NIST_EDWARDS25519)),
    },
    macKeys,
    signingKeys: {
      ...base.signingKeys,
      RSA_2048: openRsaSigningKey,
      RSA_3072: openRsaSigningKey,
      RSA_4096: openRsaSigningKey,
      ...forCurves((spec) => ecdsaOpener(spec, signing(spec))),
      ECC_NIST_EDWARDS25519: ed25519Opener(signing("ECC_NIST_EDWARDS25519")),
      ML_DSA_44: mlDsa("ML_DSA_44"),
      ML_DSA_65: mlDsa("ML_DSA_65"),
      ML_DSA_87: mlDsa("ML_DSA_87"),
    },
    encryptionKeys: {
      ...base.encryptionKeys,
      RSA_2048: openRsaEncryptionKey,
      RSA_3072: openRsaEncryptionKey,
      RSA_4096: openRsaEncryptionKey,
    },
    agreementKeys: {
      ...base.agreementKeys,
      ECC_NIST_P256: agreementOpener("ECC_NIST_P256"),
      ECC_NIST_P384: agreementOpener("ECC_NIST_P384"),
      ECC_NIST_P521: agreementOpener("ECC_NIST_P521"),
    },
    encapsulationKeys: {
      ML_KEM_512: mlKem("ML_KEM_512"),
      ML_KEM_768: mlKem("ML_KEM_768"),
      ML_KEM_1024: mlKem("ML_KEM_1024"),
    },
  })
}

/**
 * A suite for worlds that are made from a seed: all its randomness comes from the HSM's entropy,
 * so the same entropy makes the same keys, signatures and ciphertexts as under `nobleSuite()`.
 * OpenSSL does what draws nothing: AES-GCM, HMAC, and testing the primes of RSA keys.
 */
export const repeatableSuite = (): CryptoSuite =>
  Object.freeze<CryptoSuite>({
    ...nobleSuite({ isPrime }),
    ...symmetric,
    name: "repeatable",
    macKeys,
  })
