import {
  constants,
  createECDH,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
} from "node:crypto"
import type { KeySpec } from "@keywright/core/hsm"
import {
  encodePairMaterial,
  encodeRsaMaterial,
  type FullCryptoSuite,
  type RsaPrivateKey,
} from "@keywright/core/suite"
import { describe, expect, it } from "vitest"
import { opensslSuite } from "../../src/openssl.js"
import { CKA, CKR, type Handle } from "../../src/pkcs11/cryptoki.js"
import { encodeKept } from "../../src/pkcs11/kept-form.js"
import { families, type TokenMechanisms } from "../../src/pkcs11/mechanisms.js"
import type { KeyForm, KeyWork } from "../../src/pkcs11/objects.js"
import { publicPartOf } from "../../src/pkcs11/public-parts.js"
import { createTokenSuite } from "../../src/pkcs11/token-suite.js"
import { type Pkcs11HsmOptions, pkcs11Hsm } from "../../src/pkcs11.js"
import { type Fakes, handleOf, session, tokenError } from "../support/fake-token.js"

/*
 * The suite whose keys are in a token: what the token is asked for, and what is done beside it.
 */

const [byToken, byBoundary] = families as [TokenMechanisms, TokenMechanisms]
const entropy = (target: Uint8Array): Uint8Array => target.fill(3)

function suiteOf(fakes: Fakes = {}, mechanisms = byToken, beside = opensslSuite()) {
  const made = session(fakes)
  const used: [form: KeyForm, work: KeyWork, domainKeyId: string][] = []
  const suite = createTokenSuite({
    keys: {
      wrap: () => new Uint8Array(0),
      wrapUnder: () => new Uint8Array(0),
      use: ({ domainKeyId }, form, work, act) => {
        used.push([form, work, domainKeyId])
        return act(made.session, handleOf("key"))
      },
    },
    mechanisms,
    suite: beside,
  })
  return { ...made, used, suite }
}

const kept = (publicPart: Uint8Array) =>
  encodeKept({ domainKeyId: "00".repeat(7) + "aa", publicPart, wrapped: Uint8Array.of(1) })
const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 })
const jwk = rsaPair.privateKey.export({ format: "jwk" }) as Record<string, string>
const numbers = Object.fromEntries(
  ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => [
    name,
    Uint8Array.from(Buffer.from(jwk[name] ?? "", "base64url")),
  ]),
) as unknown as RsaPrivateKey
const ofRsa = kept(publicPartOf("RSA_2048", encodeRsaMaterial(numbers)))
const domain = "00000000000000aa"

describe("the suite of a token", () => {
  it("has the keys that the token has, and all else of the suite beside it", () => {
    const keySpecs: KeySpec[] = ["HMAC_256", "RSA_2048"]
    const beside = opensslSuite()
    const { suite } = suiteOf({}, { ...byToken, keySpecs }, beside)
    expect(suite.name).toBe("pkcs11 (pkcs11-3)")
    expect(Object.keys(suite.keys)).toEqual(keySpecs)
    expect(suite.sha256).toBe(beside.sha256)
    expect([Object.isFrozen(suite), Object.isFrozen(suite.keys)]).toEqual([true, true])
  })

  it("makes its key pairs beside the token, where they are for others", () => {
    const beside = opensslSuite()
    const { suite } = suiteOf({}, byToken, beside)
    for (const spec of ["RSA_4096", "ECC_NIST_P521"] as const) {
      expect(suite.keys[spec]?.pair).toBe(beside.keys[spec].pair)
    }
  })

  it.each([
    ["HMAC_224", 0x256],
    ["HMAC_256", 0x251],
    ["HMAC_384", 0x261],
    ["HMAC_512", 0x271],
  ] as const)("makes a MAC of %s in the token", async (spec, mechanism) => {
    const { suite, used, asked } = suiteOf({ C_Sign: () => Uint8Array.of(9) })
    const key = await suite.keys[spec]?.GENERATE_VERIFY_MAC?.(kept(Uint8Array.of(32)), entropy)
    expect(key?.mac(Uint8Array.of(1))).toEqual(Uint8Array.of(9))
    expect(used).toEqual([["secret", "sign", domain]])
    expect(asked[0]?.[2]).toEqual({ mechanism })
  })
})

describe("a signing key in a token", () => {
  const message = Uint8Array.of(1, 2, 3)

  it.each([
    ["RSA_2048", "RSASSA_PSS_SHA_256", "rsa", 0xd],
    ["RSA_3072", "RSASSA_PKCS1_V1_5_SHA_256", "rsa", 1],
    ["RSA_4096", "RSASSA_PKCS1_V1_5_SHA_512", "rsa", 1],
    ["ECC_NIST_P256", "ECDSA_SHA_256", "ec", 0x1041],
    ["ECC_NIST_P384", "ECDSA_SHA_384", "ec", 0x1041],
    ["ECC_NIST_P521", "ECDSA_SHA_512", "ec", 0x1041],
    ["ECC_SECG_P256K1", "ECDSA_SHA_256", "ec", 0x1041],
  ] as const)("of %s signs there, and verifies beside it", async (spec, algorithm, form, which) => {
    const opened: Uint8Array[] = []
    const base = opensslSuite()
    const SIGN_VERIFY = (material: Uint8Array) => {
      opened.push(material)
      return { sign: () => new Uint8Array(0), verify: () => true }
    }
    const beside = {
      ...base,
      keys: { ...base.keys, [spec]: { ...base.keys[spec], SIGN_VERIFY } },
    } as FullCryptoSuite
    const { suite, used, asked } = suiteOf({ C_Sign: () => new Uint8Array(64) }, byToken, beside)
    const publicPart = Uint8Array.of(7, 8)
    const key = await suite.keys[spec]?.SIGN_VERIFY?.(kept(publicPart), entropy)
    const input = { algorithm, messageType: "RAW", message } as const
    await key?.sign(input)
    expect(used).toEqual([[form, "sign", domain]])
    expect(asked[0]?.[2]).toMatchObject({ mechanism: which })
    expect(await key?.verify(input, Uint8Array.of(1))).toBe(true)
    expect(opened).toEqual([publicPart])
    expect(used).toHaveLength(1)
  })
})

describe("an encryption key in a token", () => {
  const { publicKey, privateKey } = rsaPair
  const open = (suite: ReturnType<typeof suiteOf>["suite"]) =>
    suite.keys.RSA_2048?.ENCRYPT_DECRYPT?.(ofRsa, entropy)
  const algorithms = [
    ["RSAES_OAEP_SHA_1", "sha1", 0x220],
    ["RSAES_OAEP_SHA_256", "sha256", 0x250],
  ] as const
  const plaintext = Uint8Array.of(1, 2, 3)
  const padding = constants.RSA_PKCS1_OAEP_PADDING

  it.each(algorithms)("encrypts beside it by %s", async (algorithm, oaepHash) => {
    const { suite, used } = suiteOf()
    const ciphertext = await (await open(suite))?.encrypt(algorithm, plaintext)
    const opened = privateDecrypt({ key: privateKey, padding, oaepHash }, ciphertext as Uint8Array)
    expect(Uint8Array.from(opened)).toEqual(plaintext)
    expect(used).toEqual([])
  })

  it.each(algorithms)("decrypts there by %s, where the token pads", async (algorithm, _, hash) => {
    const { suite, used, asked } = suiteOf({ C_Decrypt: () => plaintext.slice() })
    const ciphertext = new Uint8Array(256).fill(1)
    expect(await (await open(suite))?.decrypt(algorithm, ciphertext)).toEqual(plaintext)
    expect(used).toEqual([["rsa", "decrypt", domain]])
    expect(asked[0]?.[2]).toMatchObject({ mechanism: 9, parameter: { hashAlg: hash } })
  })

  it.each(algorithms)(
    "looks at the padding of %s itself, where the token does not",
    async (...of) => {
      const [algorithm, oaepHash] = of
      const answers: Uint8Array[] = []
      const { suite, asked } = suiteOf(
        {
          C_Decrypt: (_: Handle, ciphertext: Uint8Array) => {
            const key = { key: privateKey, padding: constants.RSA_NO_PADDING }
            const em = Uint8Array.from(privateDecrypt(key, ciphertext))
            answers.push(em)
            return em
          },
        },
        byBoundary,
      )
      const ciphertext = publicEncrypt({ key: publicKey, padding, oaepHash }, plaintext)
      const key = await open(suite)
      expect(await key?.decrypt(algorithm, ciphertext)).toEqual(plaintext)
      expect(asked[0]?.[2]).toEqual({ mechanism: 3 })
      const other = publicEncrypt({ key: publicKey, padding, oaepHash: "sha512" }, plaintext)
      expect(await key?.decrypt(algorithm, other)).toBeUndefined()
    },
  )

  it.each([
    ["short", numbers.n.subarray(1)],
    ["long", Uint8Array.of(0, ...numbers.n)],
    ["as large as the modulus", numbers.n],
    ["larger than the modulus", new Uint8Array(256).fill(255)],
  ])("asks nothing about a ciphertext that is %s", async (_, ciphertext) => {
    const { suite, used } = suiteOf()
    const key = await open(suite)
    expect(await key?.decrypt("RSAES_OAEP_SHA_256", ciphertext)).toBeUndefined()
    expect(used).toEqual([])
    const less = numbers.n.with(255, (numbers.n[255] as number) - 1)
    const asking = suiteOf({ C_Decrypt: () => plaintext.slice() })
    const other = await open(asking.suite)
    expect(await other?.decrypt("RSAES_OAEP_SHA_256", less)).toEqual(plaintext)
  })

  it.each([
    [CKR.encryptedDataInvalid, true],
    [CKR.encryptedDataLenRange, true],
    [CKR.functionFailed, false],
  ])("knows by %i that a ciphertext is not genuine: %s", async (code, isNotGenuine) => {
    const { suite } = suiteOf({
      C_Decrypt: () => {
        throw tokenError(code)
      },
    })
    const key = await open(suite)
    const act = async () => key?.decrypt("RSAES_OAEP_SHA_256", new Uint8Array(256).fill(1))
    if (isNotGenuine) expect(await act()).toBeUndefined()
    else await expect(act()).rejects.toThrow("CKR")
  })

  it("is none of another kind, and knows no other algorithm", async () => {
    const { suite } = suiteOf()
    const of = kept(Uint8Array.of(1))
    const key = await suite.keys.RSA_2048?.ENCRYPT_DECRYPT?.(of, entropy)
    const ciphertext = new Uint8Array(256).fill(1)
    expect(() => key?.decrypt("RSAES_OAEP_SHA_256", ciphertext)).toThrow("no RSA key")
    const other = await open(suite)
    expect(() => other?.decrypt("SYMMETRIC_DEFAULT" as never, ciphertext)).toThrow("no RSA key")
  })
})

describe("an agreement key in a token", () => {
  it.each([
    ["ECC_NIST_P256", "prime256v1", 32],
    ["ECC_NIST_P384", "secp384r1", 48],
    ["ECC_NIST_P521", "secp521r1", 66],
    ["ECC_SECG_P256K1", "secp256k1", 32],
  ] as const)("of %s agrees with points of its curve, and never sees another", async (...of) => {
    const [spec, curve, lengthBytes] = of
    const value = () => Uint8Array.of(5)
    const { suite, used } = suiteOf({
      C_DeriveKey: () => handleOf("shared"),
      C_GetAttributeValue: () => [{ type: CKA.value, value: value() }],
    })
    const publicKey = createECDH(curve).generateKeys()
    const own = encodePairMaterial({
      privateKey: new Uint8Array(lengthBytes),
      publicKey,
      expanded: new Uint8Array(0),
    })
    const key = await suite.keys[spec]?.KEY_AGREEMENT?.(kept(own), entropy)
    const secret = new Uint8Array(lengthBytes).fill(5, lengthBytes - 1)
    expect(await key?.agree(publicKey)).toEqual(secret)
    expect(used).toEqual([["ec", "derive", domain]])
    const infinity = [new Uint8Array(0), Uint8Array.of(0)]
    const beside = Uint8Array.from(publicKey).fill(1, 1)
    for (const wrong of [publicKey.subarray(1), beside, ...infinity]) {
      expect(await key?.agree(wrong)).toBeUndefined()
    }
    expect(used).toHaveLength(1)
  })
})

it("whether key material may leave the token is said by true or false", () => {
  for (const handsOver of ["yes", 1, null]) {
    const options = { token: {}, seal: {}, handsOver } as unknown as Pkcs11HsmOptions
    expect(() => pkcs11Hsm(options)).toThrow(new TypeError("`handsOver` must be true or false"))
  }
})
