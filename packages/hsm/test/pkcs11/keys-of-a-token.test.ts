import { generateKeyPairSync } from "node:crypto"
import {
  encodePairMaterial,
  encodeRsaMaterial,
  nobleSuite,
  parsePairMaterial,
  parseRsaMaterial,
  pkcs8OfMaterial,
  type RsaPrivateKey,
} from "@keywright/core/suite"
import { describe, expect, it } from "vitest"
import { type Attribute, CKA, type Handle } from "../../src/pkcs11/cryptoki.js"
import {
  derivingKey,
  formOf,
  generatedPair,
  generatedSecret,
  knownWrappingKey,
  sharedSecret,
  stayingKeys,
  takenKey,
  trialWrappingKey,
  usedKey,
  wrappingKey,
} from "../../src/pkcs11/objects.js"
import {
  materialOfPkcs8,
  materialOfSecret,
  publicPartOf,
  readPublicPart,
} from "../../src/pkcs11/public-parts.js"
import { domainKeyOf } from "../../src/pkcs11/token-keys.js"
import { handleOf, session } from "../support/fake-token.js"

/*
 * What keys are to a token: what it is asked to make and to keep, and what is read of them.
 */

const typeNames = new Map(Object.entries(CKA).map(([name, type]) => [type as number, name]))
const shown = (template: readonly Attribute[]) => {
  expect(new Set(template.map(({ type }) => type)).size).toBe(template.length)
  return Object.fromEntries(template.map(({ type, value }) => [typeNames.get(type), value]))
}

const secretKey = 4
const privateKey = 3
const [rsa, ec, generic, aes] = [0, 3, 0x10, 0x1f]
const inSession = { token: false, private: true, sensitive: true }
const stays = { token: true, private: true, sensitive: true, extractable: false }

describe("what a token is asked to make or to keep", () => {
  it.each([
    ["RSA_2048", "rsa", { class: privateKey, keyType: rsa }],
    ["ECC_SECG_P256K1", "ec", { class: privateKey, keyType: ec }],
    ["HMAC_224", "secret", { class: secretKey, keyType: generic }],
    ["SYMMETRIC_DEFAULT", "secret", { class: secretKey, keyType: generic }],
  ] as const)("a key of %s has the form %s, and is used for one thing", (spec, form, kind) => {
    expect(formOf(spec)).toBe(form)
    for (const work of ["sign", "decrypt", "derive"] as const) {
      expect(shown(usedKey(form, work))).toEqual({
        ...kind,
        ...inSession,
        [work]: true,
        extractable: false,
      })
    }
    expect(shown(usedKey(form, "wrap"))).toEqual({ ...kind, ...inSession, extractable: true })
  })

  it("a domain key wraps and unwraps keys, does nothing else, and never leaves", () => {
    const key = domainKeyOf("00aa")
    expect(shown(wrappingKey(key))).toEqual({
      class: secretKey,
      keyType: aes,
      valueLen: 32,
      wrap: true,
      unwrap: true,
      encrypt: false,
      decrypt: false,
      ...stays,
      label: "keywright domain key",
      id: Uint8Array.of(0, 0xaa),
    })
    expect(() => domainKeyOf("no digits")).toThrow("`id` must be hexadecimal digits")
  })

  it("a key for trying is one, too, and goes with its session", () => {
    expect(shown(trialWrappingKey)).toEqual({
      class: secretKey,
      keyType: aes,
      valueLen: 32,
      wrap: true,
      unwrap: true,
      encrypt: false,
      decrypt: false,
      ...inSession,
      extractable: false,
    })
  })

  it("a key that seals signs, and never leaves", () => {
    expect(shown(derivingKey({ label: "l", id: Uint8Array.of(1) }))).toEqual({
      class: secretKey,
      keyType: generic,
      ...stays,
      valueLen: 32,
      sign: true,
      label: "l",
      id: Uint8Array.of(1),
    })
  })

  it("a key that is known wraps another one, and goes with its session", () => {
    const value = new Uint8Array(32)
    expect(shown(knownWrappingKey(value))).toEqual({
      class: secretKey,
      keyType: aes,
      token: false,
      value,
      wrap: true,
    })
  })

  it("a secret is made in its session, to be wrapped; what was agreed on is answered", () => {
    const made = { class: secretKey, keyType: generic, ...inSession, extractable: true }
    expect(shown(generatedSecret(48))).toEqual({ ...made, valueLen: 48 })
    expect(shown(sharedSecret(48))).toEqual({
      class: secretKey,
      keyType: generic,
      token: false,
      sensitive: false,
      extractable: true,
      valueLen: 48,
    })
  })

  it("a key pair is made with its numbers", () => {
    const made = { ...inSession, extractable: true }
    const pair = generatedPair("RSA_3072")
    expect(pair.mechanism).toEqual({ mechanism: 0 })
    expect(shown(pair.publicKey)).toEqual({
      token: false,
      verify: true,
      modulusBits: 3072,
      publicExponent: Uint8Array.of(1, 0, 1),
    })
    expect(shown(pair.privateKey)).toEqual(made)
    const curve = generatedPair("ECC_NIST_P256")
    expect(curve.mechanism).toEqual({ mechanism: 0x1040 })
    const prime256v1 = Uint8Array.from(Buffer.from("06082a8648ce3d030107", "hex"))
    expect(shown(curve.publicKey)).toEqual({ token: false, verify: true, ecParams: prime256v1 })
    expect(shown(curve.privateKey)).toEqual(made)
  })

  it("keys that stay are found by their label, or by their id, too", () => {
    const all = { class: secretKey, token: true, label: "l" }
    expect(shown(stayingKeys({ label: "l" }))).toEqual(all)
    expect(shown(stayingKeys({ label: "l", id: Uint8Array.of(1) }))).toEqual({
      ...all,
      id: Uint8Array.of(1),
    })
  })
})

const rsaPair = generateKeyPairSync("rsa", { modulusLength: 2048 })
const jwk = rsaPair.privateKey.export({ format: "jwk" }) as Record<string, string>
const numbers = Object.fromEntries(
  ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name) => [
    name,
    Uint8Array.from(Buffer.from(jwk[name] ?? "", "base64url")),
  ]),
) as unknown as RsaPrivateKey
const rsaMaterial = encodeRsaMaterial(numbers)
const curveMaterial = await nobleSuite().keys.ECC_NIST_P256.pair.generate((target) =>
  target.fill(9),
)
const curvePair = parsePairMaterial("ECC_NIST_P256", curveMaterial) as {
  privateKey: Uint8Array
  publicKey: Uint8Array
}
const none = new Uint8Array(0)
const odd = "the token answers a key in another form"

describe("key material from outside", () => {
  const made = { ...inSession, extractable: true }

  it("is an object with its numbers", () => {
    const value = Uint8Array.of(1, 2)
    expect(shown(takenKey("HMAC_256", value))).toEqual({
      class: secretKey,
      keyType: generic,
      ...made,
      value,
    })
    expect(shown(takenKey("ECC_NIST_P256", curveMaterial))).toMatchObject({
      class: privateKey,
      keyType: ec,
      ...made,
      ecParams: Uint8Array.from(Buffer.from("06082a8648ce3d030107", "hex")),
      value: curvePair.privateKey,
    })
    expect(shown(takenKey("RSA_2048", rsaMaterial))).toEqual({
      class: privateKey,
      keyType: rsa,
      ...made,
      modulus: numbers.n,
      publicExponent: numbers.e,
      privateExponent: numbers.d,
      prime1: numbers.p,
      prime2: numbers.q,
      exponent1: numbers.dp,
      exponent2: numbers.dq,
      coefficient: numbers.qi,
    })
  })

  it("of another spec is none", () => {
    for (const spec of ["ECC_NIST_P256", "RSA_2048"] as const) {
      expect(() => takenKey(spec, Uint8Array.of(1))).toThrow("no key of that spec")
      expect(() => publicPartOf(spec, Uint8Array.of(1))).toThrow(
        "the key material is of another key spec",
      )
    }
  })

  it("has a public part that holds nothing private", () => {
    expect(publicPartOf("HMAC_384", new Uint8Array(48).fill(7))).toEqual(Uint8Array.of(48))
    const ofRsa = publicPartOf("RSA_2048", rsaMaterial)
    expect(parseRsaMaterial(ofRsa)).toEqual({
      n: numbers.n,
      e: numbers.e,
      d: none,
      p: none,
      q: none,
      dp: none,
      dq: none,
      qi: none,
    })
    const ofCurve = publicPartOf("ECC_NIST_P256", curveMaterial)
    expect(parsePairMaterial("ECC_NIST_P256", ofCurve)).toMatchObject({
      privateKey: new Uint8Array(32),
      publicKey: curvePair.publicKey,
    })
  })
})

describe("a public key in a token", () => {
  const reading = (values: Readonly<Record<number, Uint8Array>>) => {
    const made = session({
      C_GetAttributeValue: (_: Handle, __: Handle, wanted: Attribute[]) =>
        wanted.map(({ type }) => ({ type, value: values[type] ?? none })),
    })
    return (spec: "ECC_NIST_P256" | "RSA_2048") =>
      readPublicPart(made.session, spec, handleOf("key"))
  }
  const point = curvePair.publicKey

  it.each([
    ["wrapped in DER", Uint8Array.of(4, 65, ...point)],
    ["bare", point],
  ])("is read as a point %s", (_, value) => {
    expect(reading({ [CKA.ecPoint]: value })("ECC_NIST_P256")).toEqual(
      publicPartOf("ECC_NIST_P256", curveMaterial),
    )
  })

  it.each([
    ["compressed", point.with(0, 2)],
    ["short", point.subarray(1)],
    ["wrapped as something else", Uint8Array.of(3, 65, ...point)],
    ["nothing", none],
  ])("is odd as a point that is %s", (_, value) => {
    const read = reading({ [CKA.ecPoint]: value })
    expect(() => read("ECC_NIST_P256")).toThrow(
      expect.objectContaining({ code: "unavailable", message: odd }),
    )
  })

  it("is read as a modulus and an exponent, with zeros in front or without", () => {
    const expected = publicPartOf("RSA_2048", rsaMaterial)
    for (const modulus of [numbers.n, Uint8Array.of(0, ...numbers.n)]) {
      const values = { [CKA.modulus]: modulus, [CKA.publicExponent]: numbers.e }
      expect(reading(values)("RSA_2048")).toEqual(expected)
    }
  })

  it.each([
    ["short", numbers.n.subarray(1)],
    ["long", Uint8Array.of(1, ...numbers.n)],
    ["zero", new Uint8Array(255)],
    ["nothing", none],
  ])("is odd as a modulus that is %s", (_, modulus) => {
    const read = reading({ [CKA.modulus]: modulus, [CKA.publicExponent]: numbers.e })
    expect(() => read("RSA_2048")).toThrow(odd)
  })
})

describe("what was unwrapped", () => {
  const filled = (bytes: Uint8Array, zeros: number) =>
    Uint8Array.from([...bytes, ...new Uint8Array(zeros)])

  it("is a secret of its length, filled up with zeros to a block or not", () => {
    const secret = new Uint8Array(28).fill(7)
    for (const zeros of [0, 1, 7]) {
      expect(materialOfSecret(filled(secret, zeros), Uint8Array.of(28))).toEqual(secret)
    }
    expect(materialOfSecret(secret, none)).toEqual(secret)
    const given = secret.slice()
    materialOfSecret(given, Uint8Array.of(28)).fill(0)
    expect(given).toEqual(secret)
  })

  it.each([
    ["shorter", new Uint8Array(27).fill(7)],
    ["longer by a block", filled(new Uint8Array(28).fill(7), 8)],
    ["filled up with other bytes", Uint8Array.of(...new Uint8Array(28).fill(7), 0, 1)],
  ])("is odd as a secret that is %s", (_, unwrapped) => {
    expect(() => materialOfSecret(unwrapped, Uint8Array.of(28))).toThrow(odd)
  })

  it("is a key pair in PKCS #8, filled up with zeros or not", () => {
    for (const zeros of [0, 5]) {
      const ofRsa = filled(pkcs8OfMaterial("RSA_2048", rsaMaterial), zeros)
      expect(materialOfPkcs8("RSA_2048", ofRsa, publicPartOf("RSA_2048", rsaMaterial))).toEqual(
        rsaMaterial,
      )
      const ofCurve = filled(pkcs8OfMaterial("ECC_NIST_P256", curveMaterial), zeros)
      const part = publicPartOf("ECC_NIST_P256", curveMaterial)
      expect(materialOfPkcs8("ECC_NIST_P256", ofCurve, part)).toEqual(
        encodePairMaterial({ ...curvePair, expanded: none }),
      )
    }
  })

  it("is odd as anything else", () => {
    const pkcs8 = pkcs8OfMaterial("ECC_NIST_P256", curveMaterial)
    const part = publicPartOf("ECC_NIST_P256", curveMaterial)
    const wrong: [Uint8Array, Uint8Array][] = [
      [none, part],
      [pkcs8.subarray(1), part],
      [filled(pkcs8, 8), part],
      [pkcs8.with(1, 3), part],
      [pkcs8, none],
      [pkcs8OfMaterial("RSA_2048", rsaMaterial), part],
    ]
    for (const [unwrapped, publicPart] of wrong) {
      expect(() => materialOfPkcs8("ECC_NIST_P256", unwrapped, publicPart)).toThrow(odd)
    }
    expect(() => materialOfPkcs8("RSA_2048", pkcs8, part)).toThrow(odd)
  })
})
