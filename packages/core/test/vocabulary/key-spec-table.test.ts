import { describe, expect, it } from "vitest"
import { signingAlgorithmTable } from "../../src/vocabulary/algorithms.js"
import { grantOperations } from "../../src/vocabulary/grant-operations.js"
import { wrappingKeySpecs } from "../../src/vocabulary/import-wrapping.js"
import {
  dataKeySpecBytes,
  isKeyPairSpec,
  keySpecRow,
  keySpecs,
  plaintextBytesMax,
  wrappingAlgorithmsFor,
} from "../../src/vocabulary/key-specs.js"
import { keyStates } from "../../src/vocabulary/key-states.js"
import { defaultQuotas } from "../../src/vocabulary/quotas.js"
import { trackedOperations } from "../../src/vocabulary/tracked-operations.js"

/*
 * What AWS documents of key specs. A line names the kind of key; its usages with their algorithms;
 * how material is wrapped for import; how long secrets are; the quota of its requests, and that of
 * data key pairs.
 *
 * Source: AWS KMS Developer Guide, "Key spec reference", "Select a wrapping algorithm" and "Request
 * quotas".
 */

const pkcs = ["256", "384", "512"].map((bits) => `RSASSA_PKCS1_V1_5_SHA_${bits}`).join(" ")
const pss = ["256", "384", "512"].map((bits) => `RSASSA_PSS_SHA_${bits}`).join(" ")
const rsa = `asymmetric; ENCRYPT_DECRYPT RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256, SIGN_VERIFY ${pkcs} ${pss}; key wrap; -; RSA`
const hmac = (bits: string, least: number) =>
  `hmac; GENERATE_VERIFY_MAC HMAC_SHA_${bits}; oaep; ${least} to 128; symmetric; -`
const curve = (usages: string, wrapping = "both") =>
  `asymmetric; ${usages}; ${wrapping}; -; ECC; ECC`
const mlDsa = "asymmetric; SIGN_VERIFY ML_DSA_SHAKE_256; none; -; ML-DSA; -"
const mlKem = "asymmetric; ENCAPSULATE_DECAPSULATE ML_KEM; none; -; ML-KEM; ML-KEM"

const published: Readonly<Record<string, string>> = {
  RSA_2048: `${rsa}; RSA_2048`,
  RSA_3072: `${rsa}; RSA_3072`,
  RSA_4096: `${rsa}; RSA_4096`,
  ECC_NIST_P256: curve("SIGN_VERIFY ECDSA_SHA_256, KEY_AGREEMENT ECDH"),
  ECC_NIST_P384: curve("SIGN_VERIFY ECDSA_SHA_384, KEY_AGREEMENT ECDH"),
  ECC_NIST_P521: curve(
    "SIGN_VERIFY ECDSA_SHA_512, KEY_AGREEMENT ECDH",
    "both but not OAEP under RSA_2048",
  ),
  ECC_SECG_P256K1: curve("SIGN_VERIFY ECDSA_SHA_256"),
  SYMMETRIC_DEFAULT:
    "symmetric-encryption; ENCRYPT_DECRYPT SYMMETRIC_DEFAULT; oaep; 32 to 32; symmetric; -",
  HMAC_224: hmac("224", 28),
  HMAC_256: hmac("256", 32),
  HMAC_384: hmac("384", 48),
  HMAC_512: hmac("512", 64),
  SM2:
    "asymmetric; ENCRYPT_DECRYPT SM2PKE, SIGN_VERIFY SM2DSA, KEY_AGREEMENT ECDH; oaep and SM2PKE; " +
    "-; ECC; SM2",
  ML_DSA_44: mlDsa,
  ML_DSA_65: mlDsa,
  ML_DSA_87: mlDsa,
  ECC_NIST_EDWARDS25519: curve("SIGN_VERIFY ED25519_SHA_512 ED25519_PH_SHA_512"),
  ML_KEM_512: mlKem,
  ML_KEM_768: mlKem,
  ML_KEM_1024: mlKem,
}

const oaep = "RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256"
const keyWrap = "RSA_AES_KEY_WRAP_SHA_1 RSA_AES_KEY_WRAP_SHA_256"
const both = `${oaep} ${keyWrap}`

/** By wrapping key: RSA_2048, RSA_3072, RSA_4096 and SM2. */
const wrappings: Readonly<Record<string, readonly string[]>> = {
  none: ["", "", "", ""],
  oaep: [oaep, oaep, oaep, ""],
  "key wrap": [keyWrap, keyWrap, keyWrap, ""],
  both: [both, both, both, ""],
  "both but not OAEP under RSA_2048": [keyWrap, both, both, ""],
  "oaep and SM2PKE": [oaep, oaep, oaep, "SM2PKE"],
}

const inBraces = (quota: string | undefined) => /\((.*)\)$/.exec(quota ?? "")?.[1] ?? "-"

describe("the key specs", () => {
  it("are as AWS documents them", () => {
    const found = keySpecs.map((spec) => {
      const { kind, usages, secretBytes, quota, pairQuota } = keySpecRow(spec)
      const uses = Object.entries(usages).map(([usage, lists]) =>
        [usage, ...Object.values(lists).flat()].join(" "),
      )
      const wrapping = wrappingKeySpecs.map((key) => wrappingAlgorithmsFor(spec, key).join(" "))
      const [name] =
        Object.entries(wrappings).find(([, one]) => one.join() === wrapping.join()) ?? []
      const lengths = secretBytes === undefined ? "-" : `${secretBytes.min} to ${secretBytes.max}`
      const parts = [kind, uses.join(", "), name, lengths, inBraces(quota), inBraces(pairQuota)]
      return [spec, parts.join("; ")]
    })
    expect(Object.fromEntries(found)).toEqual(published)
  })

  it("come from where AWS lets them come", () => {
    const origins = keySpecs.map((spec) => [spec, keySpecRow(spec).origins.join(" ")])
    expect(Object.fromEntries(origins)).toEqual(
      Object.fromEntries(
        keySpecs.map((spec) => [
          spec,
          spec === "SYMMETRIC_DEFAULT"
            ? "AWS_KMS EXTERNAL AWS_CLOUDHSM EXTERNAL_KEY_STORE"
            : spec.startsWith("ML_")
              ? "AWS_KMS"
              : "AWS_KMS EXTERNAL",
        ]),
      ),
    )
    const pairs = keySpecs.filter((spec) => !isKeyPairSpec(spec))
    expect(pairs).toEqual(["SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"])
  })

  it("encrypt as many bytes as AWS documents", () => {
    const most = (spec: (typeof keySpecs)[number]) =>
      (["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE", "SYMMETRIC_DEFAULT"] as const).map(
        (algorithm) => plaintextBytesMax(spec, algorithm),
      )
    expect(
      (["RSA_2048", "RSA_3072", "RSA_4096", "SM2", "SYMMETRIC_DEFAULT", "HMAC_256"] as const).map(
        most,
      ),
    ).toEqual([
      [214, 190, 0, 0],
      [342, 318, 0, 0],
      [470, 446, 0, 0],
      [0, 0, 1024, 0],
      [0, 0, 0, 4096],
      [0, 0, 0, 0],
    ])
    expect(dataKeySpecBytes).toEqual({ AES_256: 32, AES_128: 16 })
  })
})

describe("other tables that AWS documents", () => {
  it("say what a signing algorithm takes", () => {
    const taken = Object.entries(signingAlgorithmTable).map(([name, { messages, culprit }]) =>
      [name, JSON.stringify(messages), culprit].join(" "),
    )
    const hashed = (bytes: number) => `{"RAW":"any","DIGEST":${bytes}} key spec`
    expect(taken).toEqual([
      `RSASSA_PSS_SHA_256 ${hashed(32)}`,
      `RSASSA_PSS_SHA_384 ${hashed(48)}`,
      `RSASSA_PSS_SHA_512 ${hashed(64)}`,
      `RSASSA_PKCS1_V1_5_SHA_256 ${hashed(32)}`,
      `RSASSA_PKCS1_V1_5_SHA_384 ${hashed(48)}`,
      `RSASSA_PKCS1_V1_5_SHA_512 ${hashed(64)}`,
      `ECDSA_SHA_256 ${hashed(32)}`,
      `ECDSA_SHA_384 ${hashed(48)}`,
      `ECDSA_SHA_512 ${hashed(64)}`,
      `SM2DSA ${hashed(32)}`,
      'ML_DSA_SHAKE_256 {"RAW":"any","EXTERNAL_MU":64} key spec',
      'ED25519_SHA_512 {"RAW":"any"} algorithm',
      'ED25519_PH_SHA_512 {"DIGEST":64} algorithm',
    ])
  })

  it("say which operations count as a use, and can be granted", () => {
    expect(trackedOperations.join(" ")).toBe(
      "Decapsulate Decrypt DeriveSharedSecret Encapsulate Encrypt GenerateDataKey " +
        "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext " +
        "GenerateMac ReEncrypt Sign Verify VerifyMac",
    )
    expect(grantOperations.toSorted().join(" ")).toBe(
      "CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt " +
        "GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext " +
        "GenerateDataKeyWithoutPlaintext GenerateMac GetPublicKey ReEncryptFrom ReEncryptTo " +
        "RetireGrant Sign Verify VerifyMac",
    )
  })

  it("say the states of keys, and the quotas of an account", () => {
    expect(keyStates.join(" ")).toBe(
      "Creating Enabled Disabled PendingDeletion PendingImport PendingReplicaDeletion " +
        "Unavailable Updating",
    )
    expect(defaultQuotas).toEqual({
      keysPerAccount: 100_000,
      grantsPerKey: 50_000,
      keyStoresPerAccount: 10,
    })
  })
})
