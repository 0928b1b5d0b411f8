import { createECDH, generateKeyPairSync, randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  decodeDerElements,
  derTag,
  encodeDer,
  encodeDerInteger,
} from "../../src/formats/keys/der.js"
import { keyAlgorithms } from "../../src/formats/keys/key-algorithms.js"
import { encodeSpki, parseSpki } from "../../src/formats/keys/spki.js"
import { materialRulesOf } from "../../src/software-hsm/boundary/materials.js"
import { openSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import type { KeyPairSpec } from "../../src/vocabulary/key-specs.js"
import { sealOf } from "../support/hosts.js"

const seal = sealOf()

/** A private key with a public key beside it: version 2 of PKCS #8 (RFC 5958). */
const withPublicKey = (spec: KeyPairSpec, privateKey: Uint8Array, publicKey: Uint8Array) =>
  encodeDer(
    derTag.sequence,
    encodeDerInteger(Uint8Array.of(1)),
    keyAlgorithms[spec].identifier,
    encodeDer(derTag.octetString, privateKey),
    encodeDer(0x81, Uint8Array.of(0), publicKey),
  )

const seed = (lengthBytes: number) => encodeDer(0x80, randomBytes(lengthBytes))
const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
const onP256 = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey

/** The structure inside of PKCS #8. */
const innerOf = (pkcs8: Uint8Array): Uint8Array => {
  const [outer] = decodeDerElements(pkcs8) ?? []
  return decodeDerElements(outer?.content ?? pkcs8)?.[2]?.content ?? pkcs8
}

describe("a private key that comes with a public key which is not its own is no key", () => {
  const { boundary } = openSoftwareHsm({ seal })
  it.each<[KeyPairSpec, () => Uint8Array, number]>([
    ["ML_DSA_44", () => seed(32), 1312],
    ["ML_DSA_44", () => seed(32), 3],
    ["ML_KEM_512", () => seed(64), 800],
    ["RSA_2048", () => rsa().export({ format: "der", type: "pkcs1" }), 65],
    ["ECC_NIST_P256", () => innerOf(onP256().export({ format: "der", type: "pkcs8" })), 65],
    ["ECC_NIST_EDWARDS25519", () => encodeDer(derTag.octetString, randomBytes(32)), 32],
  ])("%s", async (spec, privateKey, publicKeyBytes) => {
    const foreign = withPublicKey(spec, privateKey(), randomBytes(publicKeyBytes))
    expect(await materialRulesOf(spec).read(boundary, spec, foreign)).toBeUndefined()
  })
})

describe("a point on a curve", () => {
  it.each([
    ["ECC_NIST_P256", "prime256v1"],
    ["ECC_NIST_P384", "secp384r1"],
    ["ECC_NIST_P521", "secp521r1"],
    ["ECC_SECG_P256K1", "secp256k1"],
  ] as const)("of %s is a public key in its uncompressed form alone", (spec, curve) => {
    const pair = createECDH(curve)
    pair.generateKeys()
    const plain = pair.getPublicKey()
    expect(parseSpki(spec, encodeSpki(spec, plain))).toEqual(Uint8Array.from(plain))
    for (const form of ["hybrid", "compressed"] as const) {
      const point = pair.getPublicKey(null, form)
      expect(parseSpki(spec, encodeSpki(spec, point)), form).toBeUndefined()
    }
  })
})
