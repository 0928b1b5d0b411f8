import * as nodeCrypto from "node:crypto"
import { createHash, generateKeyPairSync, verify } from "node:crypto"
import {
  type AgreementKey,
  type EncapsulationKey,
  encodePairMaterial,
  encodeRsaMaterial,
  type FullSuiteKeys,
  type KeyPairMaker,
  nobleSuite,
  type Opener,
  parsePairMaterial,
  type RsaPrivateKey,
  type SigningKey,
} from "@keywright/core/suite"
import { describe, expect, it } from "vitest"
import {
  agreementOpener,
  curveMaker,
  ecdsaOpener,
  ed25519Maker,
  ed25519Opener,
} from "../src/openssl/curves.js"
import { mlDsaOpener, mlKemOpener } from "../src/openssl/lattices.js"
import { openRsaEncryptionKey, openRsaSigningKey, rsaMaker } from "../src/openssl/rsa.js"
import { symmetric } from "../src/openssl/symmetric.js"

/*
 * Keys by themselves: what OpenSSL does with one, and for what the other suite is asked, which
 * would give the same answers. Here that one answers something else.
 */

const noble: FullSuiteKeys = nobleSuite().keys
const counted = (target: Uint8Array) => target.map((_, i) => i + 1)
const entropy = (target: Uint8Array): Uint8Array => {
  target.set(counted(target))
  return target
}
const bytes = (length: number): Uint8Array => counted(new Uint8Array(length))
const theirs = Uint8Array.of(0xee)

const otherSigner: Opener<SigningKey> = () => ({ sign: () => theirs, verify: () => true })
const otherMaker: KeyPairMaker = { generate: () => theirs, complete: () => theirs }

/** Since Node 24. */
const hasLattices = "encapsulate" in nodeCrypto
const message = bytes(64)

type Input = Parameters<SigningKey["sign"]>[0]
const raw = (algorithm: Input["algorithm"]): Input => ({ algorithm, messageType: "RAW", message })

/** Who signs and who verifies: the other suite takes every signature. */
async function whoDoes(key: SigningKey, input: Input) {
  const signature = await key.sign(input)
  const isTheirs = Buffer.from(signature).equals(theirs)
  return { signs: isTheirs ? "other" : "OpenSSL", takesAll: await key.verify(input, theirs) }
}
const byOpenssl = { signs: "OpenSSL", takesAll: false }
const byOther = { signs: "other", takesAll: true }

describe.each([
  ["ECC_NIST_P256", "ECDSA_SHA_256", 32],
  ["ECC_NIST_P384", "ECDSA_SHA_384", 48],
  ["ECC_NIST_P521", "ECDSA_SHA_512", 66],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256", 32],
] as const)("a key of %s", (spec, algorithm, scalarBytes) => {
  const maker = curveMaker(spec, otherMaker)
  const made = () => maker.generate(entropy) as Uint8Array

  it("is made by OpenSSL, and completed by the other suite", async () => {
    expect(made()).not.toEqual(theirs)
    expect(maker.complete({ privateKey: theirs, publicKey: undefined }, entropy)).toBe(theirs)
    const key = await noble[spec].SIGN_VERIFY(made(), entropy)
    expect(await key.verify(raw(algorithm), await key.sign(raw(algorithm)))).toBe(true)
  })

  it("signs messages by OpenSSL, and digests by the other suite", async () => {
    const key = await ecdsaOpener(spec, otherSigner)(made(), entropy)
    expect(await whoDoes(key, raw(algorithm))).toEqual(byOpenssl)
    const digest: Input = { algorithm, messageType: "DIGEST", message: message.slice(0, 32) }
    expect(await whoDoes(key, digest)).toEqual(byOther)
  })

  it("signs and verifies as the other suite does", async () => {
    const material = made()
    const ours = await ecdsaOpener(spec, otherSigner)(material, entropy)
    const others = await noble[spec].SIGN_VERIFY(material, entropy)
    expect(await others.verify(raw(algorithm), await ours.sign(raw(algorithm)))).toBe(true)
    expect(await ours.verify(raw(algorithm), await others.sign(raw(algorithm)))).toBe(true)
    const changed = { ...raw(algorithm), message: bytes(63) }
    expect(await ours.verify(changed, await ours.sign(raw(algorithm)))).toBe(false)
  })

  it("agrees with another key, and with nothing that is none", async () => {
    const [one, two] = [made(), made()]
    const open = agreementOpener(spec)
    const keys = (await Promise.all([one, two].map((of) => open(of, entropy)))) as AgreementKey[]
    const [a, b] = keys as [AgreementKey, AgreementKey]
    const publicOf = (material: Uint8Array): Uint8Array =>
      parsePairMaterial(spec, material)?.publicKey.slice() as Uint8Array
    const secret = await a.agree(publicOf(two))
    expect(secret).toHaveLength(scalarBytes)
    expect(await b.agree(publicOf(one))).toEqual(secret)
    for (const wrong of [new Uint8Array(0), bytes(2 * scalarBytes + 1), publicOf(two).fill(0, 1)]) {
      expect(await a.agree(wrong)).toBeUndefined()
    }
  })

  it("signs by no algorithm of another kind", async () => {
    const key = await ecdsaOpener(spec, otherSigner)(made(), entropy)
    expect(() => key.sign(raw("ED25519_PH_SHA_512"))).toThrow("not an ECDSA algorithm")
  })

  it("is of no material that is another's", () => {
    for (const open of [ecdsaOpener(spec, otherSigner), agreementOpener(spec)]) {
      expect(() => open(bytes(40), entropy)).toThrow("the key material is of another key spec")
    }
  })
})

describe("a key of Ed25519", () => {
  const maker = ed25519Maker(otherMaker)
  const material = maker.generate(entropy) as Uint8Array
  const plain = raw("ED25519_SHA_512")
  const prehashed: Input = { algorithm: "ED25519_PH_SHA_512", messageType: "DIGEST", message }

  it("is made by OpenSSL, and completed by the other suite", () => {
    expect(material).not.toEqual(theirs)
    expect(maker.complete({ privateKey: theirs, publicKey: undefined }, entropy)).toBe(theirs)
  })

  it("signs messages by OpenSSL, and what is hashed before by the other suite", async () => {
    const key = await ed25519Opener(otherSigner)(material, entropy)
    expect(await whoDoes(key, plain)).toEqual(byOpenssl)
    expect(await whoDoes(key, prehashed)).toEqual(byOther)
  })

  it("signs as the other suite does", async () => {
    const [ours, others] = await Promise.all([
      ed25519Opener(otherSigner)(material, entropy),
      noble.ECC_NIST_EDWARDS25519.SIGN_VERIFY(material, entropy),
    ])
    const signature = await ours.sign(plain)
    expect(signature).toEqual(await others.sign(plain))
    expect(await ours.verify(plain, signature)).toBe(true)
    expect(await ours.verify({ ...plain, message: bytes(63) }, signature)).toBe(false)
  })
})

describe.each(["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"] as const)("a key of %s", (spec) => {
  const input = raw("ML_DSA_SHAKE_256")
  const made = () => noble[spec].pair.generate(entropy)

  it(`signs messages by ${hasLattices ? "OpenSSL" : "the other suite"}, and µ by that`, async () => {
    const key = await mlDsaOpener(spec, otherSigner)(await made(), entropy)
    expect(await whoDoes(key, input)).toEqual(hasLattices ? byOpenssl : byOther)
    expect(await whoDoes(key, { ...input, messageType: "EXTERNAL_MU" })).toEqual(byOther)
  })

  it("signs and verifies as the other suite does", async () => {
    const { SIGN_VERIFY } = noble[spec]
    const [ours, others] = await Promise.all([
      mlDsaOpener(spec, SIGN_VERIFY)(await made(), entropy),
      SIGN_VERIFY(await made(), entropy),
    ])
    expect(await others.verify(input, await ours.sign(input))).toBe(true)
    expect(await ours.verify(input, await others.sign(input))).toBe(true)
    expect(await ours.verify({ ...input, message: bytes(63) }, await ours.sign(input))).toBe(false)
  })
})

describe.each([
  ["ML_KEM_512", 768],
  ["ML_KEM_768", 1088],
  ["ML_KEM_1024", 1568],
] as const)("a key of %s", (spec, ciphertextBytes) => {
  const made = () => noble[spec].pair.generate(entropy)
  const answer = { sharedSecret: theirs, ciphertext: theirs }
  const other: Opener<EncapsulationKey> = () => ({
    encapsulate: () => answer,
    decapsulate: () => theirs,
  })

  it(`is used by ${hasLattices ? "OpenSSL" : "the other suite"}`, async () => {
    const key = await mlKemOpener(spec, other)(await made(), entropy)
    const { ciphertext } = await key.encapsulate()
    expect(ciphertext).toHaveLength(hasLattices ? ciphertextBytes : theirs.length)
    const opened = await key.decapsulate(bytes(ciphertextBytes))
    expect(opened).toHaveLength(hasLattices ? 32 : theirs.length)
  })

  it("takes ciphertexts of one length", async () => {
    const key = await mlKemOpener(spec, other)(await made(), entropy)
    for (const length of [0, ciphertextBytes - 1, ciphertextBytes + 1]) {
      expect(await key.decapsulate(bytes(length))).toBeUndefined()
    }
  })

  it("encapsulates what the other suite decapsulates, and the other way round", async () => {
    const { ENCAPSULATE_DECAPSULATE } = noble[spec]
    const [ours, others] = await Promise.all([
      mlKemOpener(spec, ENCAPSULATE_DECAPSULATE)(await made(), entropy),
      ENCAPSULATE_DECAPSULATE(await made(), entropy),
    ])
    const [one, two] = [await ours.encapsulate(), await others.encapsulate()]
    expect(await others.decapsulate(one.ciphertext)).toEqual(one.sharedSecret)
    expect(await ours.decapsulate(two.ciphertext)).toEqual(two.sharedSecret)
  })
})

describe("a key of RSA", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 })
  const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>
  const names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"]
  const numbers = names.map((name) => [name, Buffer.from(jwk[name] ?? "", "base64url")])
  const material = encodeRsaMaterial(Object.fromEntries(numbers) as RsaPrivateKey)
  const other = encodePairMaterial({
    privateKey: bytes(32),
    publicKey: bytes(65),
    expanded: new Uint8Array(0),
  })

  it.each([
    ["RSASSA_PSS_SHA_256", "sha256", true],
    ["RSASSA_PKCS1_V1_5_SHA_256", "sha256", false],
    ["RSASSA_PKCS1_V1_5_SHA_512", "sha512", false],
  ] as const)("signs by %s, a message or its digest", async (algorithm, hash, isPss) => {
    const key = await openRsaSigningKey(material, entropy)
    const digest = Uint8Array.from(createHash(hash).update(message).digest())
    const { RSA_PKCS1_PSS_PADDING, RSA_PKCS1_PADDING, RSA_PSS_SALTLEN_DIGEST } =
      nodeCrypto.constants
    const options = isPss
      ? { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST }
      : { padding: RSA_PKCS1_PADDING }
    const inputs: Input[] = [raw(algorithm), { algorithm, messageType: "DIGEST", message: digest }]
    for (const input of inputs) {
      const signature = await key.sign(input)
      expect(verify(hash, message, { key: publicKey, ...options }, signature)).toBe(true)
      for (const one of inputs) expect(await key.verify(one, signature)).toBe(true)
      for (const one of inputs) {
        const changed = { ...one, message: one.message.with(0, 99) }
        expect(await key.verify(changed, signature)).toBe(false)
        expect(await key.verify(one, signature.subarray(1))).toBe(false)
        expect(await key.verify(one, Uint8Array.from([0, ...signature]))).toBe(false)
        expect(await key.verify(one, new Uint8Array(signature.length).fill(255))).toBe(false)
      }
    }
  })

  it.each([
    ["RSAES_OAEP_SHA_1", 128 - 42],
    ["RSAES_OAEP_SHA_256", 128 - 66],
  ] as const)("encrypts by %s at most %i bytes", async (algorithm, most) => {
    const key = await openRsaEncryptionKey(material, entropy)
    for (const length of [0, 1, most]) {
      const ciphertext = (await key.encrypt(algorithm, bytes(length))) as Uint8Array
      expect(await key.decrypt(algorithm, ciphertext)).toEqual(bytes(length))
      expect(await key.decrypt(algorithm, ciphertext.subarray(1))).toBeUndefined()
      expect(await key.decrypt(algorithm, Uint8Array.from([0, ...ciphertext]))).toBeUndefined()
      expect(await key.decrypt(algorithm, ciphertext.with(9, 1).with(10, 1))).toBeUndefined()
    }
    expect(await key.encrypt(algorithm, bytes(most + 1))).toBeUndefined()
  })

  it("knows no algorithm of another kind, and no material of another key", async () => {
    const signing = await openRsaSigningKey(material, entropy)
    expect(() => signing.sign(raw("ECDSA_SHA_256"))).toThrow("not an RSA algorithm")
    expect(() => signing.verify(raw("ECDSA_SHA_256"), theirs)).toThrow("not an RSA algorithm")
    const encrypting = await openRsaEncryptionKey(material, entropy)
    expect(() => encrypting.encrypt("SYMMETRIC_DEFAULT" as never, theirs)).toThrow(
      "not an RSA algorithm",
    )
    for (const open of [openRsaSigningKey, openRsaEncryptionKey]) {
      expect(() => open(other, entropy)).toThrow("the key material is not of an RSA key")
    }
  })

  it("is completed by the other suite", () => {
    const { complete } = rsaMaker("RSA_2048", otherMaker)
    expect(complete({ privateKey: theirs, publicKey: undefined }, entropy)).toBe(theirs)
  })
})

describe("an AES key that OpenSSL keeps", () => {
  const iv = bytes(12)
  const aad = bytes(5)

  it("is used no more once it is wiped", () => {
    const key = symmetric.aeadKey(bytes(32))
    const ciphertext = key.encrypt(iv, message, aad)
    expect(key.decrypt(iv, ciphertext, aad)).toEqual(message)
    key.wipe()
    expect(() => key.encrypt(iv, message, aad)).toThrow("the key was wiped")
    expect(() => key.decrypt(iv, ciphertext, aad)).toThrow("the key was wiped")
  })

  it("opens nothing that is shorter than a tag, or changed anywhere", () => {
    const key = symmetric.aeadKey(bytes(32))
    const ciphertext = key.encrypt(iv, bytes(3), aad)
    for (let length = 0; length < ciphertext.length; length += 1) {
      expect(key.decrypt(iv, ciphertext.subarray(0, length), aad)).toBeUndefined()
    }
    expect(key.decrypt(iv, key.encrypt(iv, new Uint8Array(0), aad), aad)).toHaveLength(0)
    expect(key.decrypt(iv, ciphertext, bytes(4))).toBeUndefined()
    expect(symmetric.decryptOnce(bytes(32), iv, ciphertext, aad)).toEqual(bytes(3))
  })
})
