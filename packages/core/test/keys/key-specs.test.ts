import { describe, expect, it } from "vitest"
import { hashBytes } from "../../src/software-hsm/suite/hashes.js"
import { signingTable } from "../../src/software-hsm/suite/signing-schemes.js"
import { signingAlgorithms, signingAlgorithmTable } from "../../src/vocabulary/algorithms.js"
import { wrappingKeySpecs } from "../../src/vocabulary/import-wrapping.js"
import {
  customerMasterKeySpecs,
  dataKeyPairSpecs,
  keySpecRow,
  keySpecs,
} from "../../src/vocabulary/key-specs.js"

describe("the row of a key spec", () => {
  it.each(keySpecs)("agrees with itself: %s", (spec) => {
    const { kind, usages, origins, wrapping, plaintextBytesMax, secretBytes } = keySpecRow(spec)
    const encryption = usages.ENCRYPT_DECRYPT?.EncryptionAlgorithms
    expect(plaintextBytesMax && Object.keys(plaintextBytesMax).sort()).toEqual(
      encryption && [...encryption].sort(),
    )
    expect(wrapping !== undefined).toBe(origins.includes("EXTERNAL"))
    for (const key of wrapping ? wrappingKeySpecs.filter((one) => one !== "SM2") : []) {
      expect(wrapping?.[key]).not.toEqual([])
    }
    expect(secretBytes === undefined).toBe(kind === "asymmetric")
  })

  it("tells in which order the AWS model names specs", () => {
    expect(customerMasterKeySpecs.join(" ")).toBe(
      "RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_SECG_P256K1 " +
        "SYMMETRIC_DEFAULT HMAC_224 HMAC_256 HMAC_384 HMAC_512 SM2",
    )
    expect(dataKeyPairSpecs.join(" ")).toBe(
      "RSA_2048 RSA_3072 RSA_4096 ECC_NIST_P256 ECC_NIST_P384 ECC_NIST_P521 ECC_SECG_P256K1 " +
        "SM2 ECC_NIST_EDWARDS25519 ML_KEM_512 ML_KEM_768 ML_KEM_1024",
    )
  })
})

describe("a digest that is signed", () => {
  it.each(signingAlgorithms)("is as long as the hash of its algorithm: %s", (algorithm) => {
    const { hash } = signingTable[algorithm]
    const { DIGEST } = signingAlgorithmTable[algorithm].messages
    if (hash !== undefined) expect(DIGEST).toBe(hashBytes[hash])
    else expect(DIGEST === undefined || algorithm === "ED25519_PH_SHA_512").toBe(true)
  })
})
