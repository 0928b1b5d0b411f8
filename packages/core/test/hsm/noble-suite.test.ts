import { ed25519, ed25519ph } from "@noble/curves/ed25519.js"
import { describe, expect, it } from "vitest"
import { type PairMaterial, parsePairMaterial } from "../../src/formats/keys/pair-material.js"
import type { FullSuiteKeys } from "../../src/software-hsm/suite/crypto-suite.js"
import { verifyStatement } from "../../src/software-hsm/suite/noble/hybrid.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { utf8 } from "../../src/vocabulary/bytes.js"
import { quickRsaSuite } from "../support/quick-rsa.js"

const suite = nobleSuite()
const drawn = (target: Uint8Array): Uint8Array => target.fill(5)

describe("the suite in TypeScript", () => {
  it("uses an AEAD key no more once it is wiped", () => {
    const key = suite.aeadKey(drawn(new Uint8Array(32)))
    const iv = new Uint8Array(12)
    const none = new Uint8Array(0)
    expect(key.encrypt(iv, utf8("a"), none)).toHaveLength(17)
    key.wipe()
    expect(() => key.encrypt(iv, utf8("a"), none)).toThrow("the secret bytes were wiped")
  })

  it.each(["RSA_2048", "RSA_3072", "RSA_4096"] as const)(
    "takes no bytes for an %s key",
    async (spec) => {
      const { pair } = suite.keys[spec]
      for (const privateKey of [new Uint8Array(0), new Uint8Array(1200).fill(1)]) {
        expect(await pair.complete({ privateKey, publicKey: undefined }, drawn)).toBeUndefined()
      }
    },
  )

  it.each([
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "ECC_NIST_EDWARDS25519",
    "SM2",
  ] as const)("takes a private key of %s with its own public key, and no other", async (spec) => {
    const { pair } = suite.keys[spec]
    const made = (filling: number) => pair.generate((target) => target.fill(filling))
    const [own, other] = await Promise.all(
      [5, 6].map(async (filling) => parsePairMaterial(spec, await made(filling))),
    )
    const { privateKey, publicKey } = own as PairMaterial
    for (const given of [publicKey, undefined]) {
      const completed = await pair.complete({ privateKey, publicKey: given }, drawn)
      expect(completed && parsePairMaterial(spec, completed)).toEqual(own)
    }
    const wrong = { privateKey, publicKey: other?.publicKey as Uint8Array }
    expect(await pair.complete(wrong, drawn)).toBeUndefined()
  })

  it.each([
    ["RSAES_OAEP_SHA_1", 256 - 42],
    ["RSAES_OAEP_SHA_256", 256 - 66],
  ] as const)("encrypts by %s what is at most %i bytes", async (algorithm, most) => {
    const { pair, ENCRYPT_DECRYPT } = quickRsaSuite().keys.RSA_2048 as FullSuiteKeys["RSA_2048"]
    const key = await ENCRYPT_DECRYPT(await pair.generate(drawn), drawn)
    const ciphertext = (await key.encrypt(algorithm, new Uint8Array(most).fill(7))) as Uint8Array
    expect(await key.decrypt(algorithm, ciphertext)).toEqual(new Uint8Array(most).fill(7))
    expect(await key.encrypt(algorithm, new Uint8Array(most + 1))).toBeUndefined()
  })

  it("takes no signature of ML-DSA that is of another length", async () => {
    const { pair, SIGN_VERIFY } = suite.keys.ML_DSA_44
    const key = await SIGN_VERIFY(await pair.generate(drawn), drawn)
    const message = new Uint8Array(64)
    for (const messageType of ["RAW", "EXTERNAL_MU"] as const) {
      const input = { algorithm: "ML_DSA_SHAKE_256", messageType, message } as const
      const signature = await key.sign(input)
      expect(await key.verify(input, signature)).toBe(true)
      for (const wrong of [signature.subarray(1), new Uint8Array(0)]) {
        expect(await key.verify(input, wrong)).toBe(false)
      }
    }
  })

  it("signs by Ed25519ph where that is asked, and by Ed25519 otherwise", async () => {
    const { pair, SIGN_VERIFY } = suite.keys.ECC_NIST_EDWARDS25519
    const material = await pair.generate(drawn)
    const key = await SIGN_VERIFY(material, drawn)
    const publicKey = ed25519.getPublicKey(drawn(new Uint8Array(32)))
    const message = new Uint8Array(64).fill(1)
    const plain = { algorithm: "ED25519_SHA_512", messageType: "RAW", message } as const
    const hashed = { algorithm: "ED25519_PH_SHA_512", messageType: "DIGEST", message } as const
    const [one, other] = [await key.sign(plain), await key.sign(hashed)]
    expect(ed25519.verify(one, message, publicKey)).toBe(true)
    expect(ed25519ph.verify(other, message, publicKey)).toBe(true)
    expect(await key.verify(hashed, one)).toBe(false)
    expect(await key.verify(plain, other)).toBe(false)
    expect(await key.verify(plain, one)).toBe(true)
    expect(await key.verify(hashed, other)).toBe(true)
  })
})

it("statements of regions are verified as RFC 8032 says: no key or point of low order", () => {
  // Of the neutral element as key and as R, with S = 0, ZIP 215 takes a signature of anything.
  const neutral = new Uint8Array(32).fill(1, 0, 1)
  const signature = Uint8Array.from([...neutral, ...new Uint8Array(32)])
  const statement = utf8("statement")
  expect(ed25519.verify(signature, statement, neutral, { zip215: true })).toBe(true)
  expect(verifyStatement(neutral, statement, signature)).toBe(false)
})
