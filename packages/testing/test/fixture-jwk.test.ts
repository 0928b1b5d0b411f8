import type { KeySpec } from "@keywright/core"
import { describe, expect, test } from "vitest"
import { readMaterial } from "../src/fixtures/material.js"

describe("a JSON Web Key", () => {
  const of = (length: number) => Buffer.alloc(length, 0xfb).toString("base64url")
  const pairs: readonly (readonly [KeySpec, object, string, number])[] = [
    ["ECC_NIST_P256", { kty: "EC", crv: "P-256" }, "d", 32],
    ["ECC_NIST_P384", { kty: "EC", crv: "P-384" }, "d", 48],
    ["ECC_NIST_P521", { kty: "EC", crv: "P-521" }, "d", 66],
    ["ECC_SECG_P256K1", { kty: "EC", crv: "secp256k1" }, "d", 32],
    ["ECC_NIST_EDWARDS25519", { kty: "OKP", crv: "Ed25519" }, "d", 32],
    ["ML_DSA_44", { kty: "AKP", alg: "ML-DSA-44" }, "priv", 32],
    ["ML_DSA_65", { kty: "AKP", alg: "ML-DSA-65" }, "priv", 32],
    ["ML_DSA_87", { kty: "AKP", alg: "ML-DSA-87" }, "priv", 32],
    ["ML_KEM_512", { kty: "AKP", alg: "ML-KEM-512" }, "priv", 64],
    ["ML_KEM_768", { kty: "AKP", alg: "ML-KEM-768" }, "priv", 64],
    ["ML_KEM_1024", { kty: "AKP", alg: "ML-KEM-1024" }, "priv", 64],
  ]
  const read = (spec: KeySpec, jwk: object) => readMaterial(spec, { jwk: jwk as never })
  const misfit = (spec: KeySpec) => ({ problem: `is no key material of ${spec}` })

  test.each(pairs)("of %s says so, and holds its private key: %j", (spec, fixed, member, bytes) => {
    const jwk = { ...fixed, [member]: of(bytes) }
    const privateKey = new Uint8Array(bytes).fill(0xfb)
    expect(read(spec, jwk)).toEqual({ privateKey, publicKey: undefined })
    for (const name of Object.keys(fixed)) {
      expect(read(spec, { ...jwk, [name]: "other" })).toEqual(misfit(spec))
    }
    for (const value of [undefined, 1, of(bytes - 1), of(bytes + 1), `${of(bytes)}=`, "+/"]) {
      expect(read(spec, { ...jwk, [member]: value })).toEqual(misfit(spec))
    }
  })

  test("has a public key of one member or two", () => {
    const x = Uint8Array.of(1, 2)
    const url = Buffer.from(x).toString("base64url")
    const publicKeyOf = (spec: KeySpec, jwk: object) => {
      const read_ = read(spec, jwk)
      return "publicKey" in read_ ? read_.publicKey : read_
    }
    const ec = { kty: "EC", crv: "P-256", d: of(32) }
    expect(publicKeyOf("ECC_NIST_P256", { ...ec, x: url, y: url })).toEqual(
      Uint8Array.of(4, ...x, ...x),
    )
    expect(publicKeyOf("ECC_NIST_P256", { ...ec, x: url })).toEqual(misfit("ECC_NIST_P256"))
    expect(publicKeyOf("ECC_NIST_P256", { ...ec, x: url, y: "=" })).toEqual(misfit("ECC_NIST_P256"))
    const okp = { kty: "OKP", crv: "Ed25519", d: of(32), x: url, pub: "=" }
    expect(publicKeyOf("ECC_NIST_EDWARDS25519", okp)).toEqual(x)
    const akp = { kty: "AKP", alg: "ML-DSA-44", priv: of(32), pub: url, x: "=" }
    expect(publicKeyOf("ML_DSA_44", akp)).toEqual(x)
  })

  test.each(["SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"] as const)(
    "of %s is its bytes",
    (spec) => {
      expect(read(spec, { kty: "oct", k: "-_-_" })).toEqual(Uint8Array.of(0xfb, 0xff, 0xbf))
      expect(read(spec, { kty: "oct", k: "+/+/" })).toEqual(misfit(spec))
      expect(read(spec, { kty: "oct" })).toEqual(misfit(spec))
      expect(read(spec, { kty: "EC", k: "-_-_" })).toEqual(misfit(spec))
    },
  )

  test("of a key of RSA has eight numbers", () => {
    expect(read("RSA_2048", { kty: "RSA", n: "AQ" })).toEqual(misfit("RSA_2048"))
    expect(read("SM2", { kty: "EC", d: of(32) })).toEqual(misfit("SM2"))
  })
})
