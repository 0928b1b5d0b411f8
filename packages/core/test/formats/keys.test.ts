import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  decodeDerElements,
  decodeDerInteger,
  decodeDerPair,
  decodeDerSequence,
  encodeDer,
  encodeDerInteger,
  encodeDerPair,
  padZeros,
} from "../../src/formats/keys/der.js"
import { keyAlgorithms } from "../../src/formats/keys/key-algorithms.js"
import { encodePairMaterial, parsePairMaterial } from "../../src/formats/keys/pair-material.js"
import { encodePkcs8, encodeSec1, parsePkcs8 } from "../../src/formats/keys/pkcs8.js"
import {
  encodeRsaMaterial,
  encodeRsaPrivateKey,
  parseRsaMaterial,
  parseRsaPrivateKey,
} from "../../src/formats/keys/rsa-keys.js"
import { encodeSm2Ciphertext, parseSm2Ciphertext } from "../../src/formats/keys/sm2-ciphertext.js"
import { encodeSpki, parseSpki } from "../../src/formats/keys/spki.js"
import { concatBytes, hexOf } from "../../src/vocabulary/bytes.js"
import type { KeyPairSpec } from "../../src/vocabulary/key-specs.js"
import { hex } from "./vectors.js"

const specs = Object.keys(keyAlgorithms) as KeyPairSpec[]
const der = { format: "der" } as const

/** Bytes that look like DER often enough to get far into a parser. */
const derLike = fc.letrec<{ element: Uint8Array }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4 },
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(
        fc.constantFrom(0x02, 0x03, 0x04, 0x05, 0x06, 0x30, 0x80, 0x81, 0xa0, 0xa1),
        fc.array(tie("element"), { maxLength: 4 }),
      )
      .map(([tag, parts]) => encodeDer(tag, concatBytes(...parts))),
  ),
})).element

describe("DER", () => {
  it("has one form for every number", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const [element] = decodeDerElements(encodeDerInteger(bytes)) ?? []
        const number = decodeDerInteger(element)
        expect(number && hexOf(padZeros(number, 20) as Uint8Array)).toBe(
          hexOf(padZeros(bytes, 20) as Uint8Array),
        )
      }),
    )
    for (const wrong of ["0200", "02020001", "020180", "0203008000ff", "030101"]) {
      const [element] = decodeDerElements(hex(wrong)) ?? []
      expect(decodeDerInteger(element), wrong).toBeUndefined()
    }
  })

  it("is refused with long lengths, long tags, indefinite lengths and what is cut short", () => {
    for (const wrong of ["048100", "04820001aa", "1f0100", "3080", "0405aabb", "04", "0484"]) {
      expect(decodeDerElements(hex(wrong)), wrong).toBeUndefined()
    }
    expect(decodeDerSequence(hex("30000500"))).toBeUndefined()
    expect(decodeDerSequence(hex("3000"))).toEqual([])
  })

  it("is read only in the form in which it is written", () => {
    fc.assert(
      fc.property(derLike, (bytes) => {
        const elements = decodeDerElements(bytes)
        if (elements === undefined) return
        const written = elements.map(({ tag, content }) => encodeDer(tag, content))
        expect(hexOf(concatBytes(...written))).toBe(hexOf(bytes))
      }),
      { numRuns: 2000 },
    )
    for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
      const [element] = decodeDerElements(encodeDer(4, new Uint8Array(length))) ?? []
      expect(element?.content.length).toBe(length)
    }
  })

  it("pairs of numbers come back whole, and nothing else is a pair", () => {
    const [r, s] = [new Uint8Array(32).fill(0xff), new Uint8Array(32)]
    const pair = decodeDerPair(encodeDerPair(r, s), 32)
    expect(pair?.map(hexOf)).toEqual([hexOf(r), hexOf(s)])
    expect(decodeDerPair(encodeDerPair(new Uint8Array(33).fill(1), s), 32)).toBeUndefined()
    fc.assert(
      fc.property(derLike, (bytes) => {
        const parsed = decodeDerPair(bytes, 8)
        if (parsed) expect(hexOf(encodeDerPair(...parsed))).toBe(hexOf(bytes))
      }),
    )
  })
})

describe("public keys", () => {
  it("have the lengths that AWS names", () => {
    const lengths: Partial<Record<KeyPairSpec, number>> = {
      ECC_NIST_EDWARDS25519: 44,
      ML_DSA_44: 1334,
      ML_DSA_65: 1974,
      ML_DSA_87: 2614,
      ML_KEM_512: 822,
      ML_KEM_768: 1206,
      ML_KEM_1024: 1590,
    }
    for (const [spec, length] of Object.entries(lengths) as [KeyPairSpec, number][]) {
      const raw = new Uint8Array(keyAlgorithms[spec].publicKeyBytes ?? 0)
      expect(encodeSpki(spec, raw).length, spec).toBe(length)
    }
  })

  it("come back whole under their own spec and under no other", () => {
    for (const spec of specs) {
      const raw = new Uint8Array(keyAlgorithms[spec].publicKeyBytes ?? 270).fill(4)
      const spki = encodeSpki(spec, raw)
      for (const other of specs) {
        const isRsa = spec.startsWith("RSA") && other.startsWith("RSA")
        const parsed = parseSpki(other, spki)
        expect(parsed && hexOf(parsed), `${spec} as ${other}`).toBe(
          other === spec || isRsa ? hexOf(raw) : undefined,
        )
      }
      expect(parseSpki(spec, spki.subarray(1))).toBeUndefined()
      expect(parseSpki(spec, concatBytes(spki, Uint8Array.of(0)))).toBeUndefined()
    }
  })

  it("are parsed only in the form in which they are written", () => {
    fc.assert(
      fc.property(fc.constantFrom(...specs), derLike, fc.boolean(), (spec, tail, isWhole) => {
        const { identifier } = keyAlgorithms[spec]
        const bytes = isWhole ? encodeDer(0x30, identifier, tail) : tail
        const parsed = parseSpki(spec, bytes)
        if (parsed) expect(hexOf(encodeSpki(spec, parsed))).toBe(hexOf(bytes))
      }),
      { numRuns: 2000 },
    )
  })
})

describe("private keys", () => {
  const curves = {
    ECC_NIST_P256: "prime256v1",
    ECC_NIST_P384: "secp384r1",
    ECC_NIST_P521: "secp521r1",
    ECC_SECG_P256K1: "secp256k1",
    SM2: "SM2",
  } as const

  it("of OpenSSL's curves are read, and written as OpenSSL writes them", () => {
    for (const [spec, namedCurve] of Object.entries(curves) as [keyof typeof curves, string][]) {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve })
      const pkcs8 = privateKey.export({ ...der, type: "pkcs8" })
      const parts = parsePkcs8(spec, pkcs8)
      if (parts?.publicKey === undefined) throw new Error("refused")
      expect(hexOf(encodePkcs8(spec, parts)), spec).toBe(hexOf(pkcs8))
      const sec1 = privateKey.export({ ...der, type: "sec1" })
      expect(hexOf(encodeSec1(spec, parts.privateKey, parts.publicKey)), spec).toBe(hexOf(sec1))
      for (const other of specs)
        if (other !== spec) expect(parsePkcs8(other, pkcs8)).toBeUndefined()
    }
  })

  it("of RSA are read, and written as OpenSSL writes them", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
    const pkcs8 = new Uint8Array(privateKey.export({ ...der, type: "pkcs8" }))
    const parts = parsePkcs8("RSA_2048", pkcs8)
    const numbers = parts && parseRsaPrivateKey(parts.privateKey)
    if (numbers === undefined) throw new Error("refused")
    const material = parseRsaMaterial(encodeRsaMaterial(numbers))
    expect(material).toEqual(numbers)
    const inner = encodeRsaPrivateKey(numbers)
    const written = encodePkcs8("RSA_2048", { privateKey: inner, publicKey: undefined })
    expect(hexOf(written)).toBe(hexOf(pkcs8))
  })

  it.each([
    ["RSA_2048", 256],
    ["RSA_3072", 384],
    ["RSA_4096", 512],
    ["ECC_NIST_P521", 66],
    ["ML_DSA_65", 32],
    ["ML_KEM_768", 64],
  ] as const)("of %s have %i bytes, which for RSA are those of the modulus", (spec, length) => {
    expect(keyAlgorithms[spec].privateKeyBytes).toBe(length)
  })

  it("of Ed25519 are read in both versions of the format", () => {
    // Source: RFC 8410, section 10.3; the second carries an attribute and the public key.
    const seed = "d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842"
    const one = hex(`302e020100300506032b657004220420${seed}`)
    const two = hex(
      `3072020101300506032b657004220420${seed}a01f301d060a2a864886f70d01090914310f` +
        "0c0d437572646c6520436861697273812100" +
        "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1",
    )
    expect(hexOf(parsePkcs8("ECC_NIST_EDWARDS25519", one)?.privateKey as Uint8Array)).toBe(seed)
    const parsed = parsePkcs8("ECC_NIST_EDWARDS25519", two)
    expect(parsed && hexOf(parsed.privateKey)).toBe(seed)
    const own = createPrivateKey({ key: Buffer.from(one), ...der, type: "pkcs8" })
    const spki = createPublicKey(own).export({ ...der, type: "spki" })
    expect(parsed?.publicKey && hexOf(parsed.publicKey)).toBe(hexOf(spki.subarray(-32)))
    expect(
      hexOf(encodePkcs8("ECC_NIST_EDWARDS25519", { privateKey: hex(seed), publicKey: undefined })),
    ).toBe(hexOf(one))
  })

  it("of ML-KEM are a seed, 86 bytes for every size", () => {
    for (const spec of ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"] as const) {
      const privateKey = new Uint8Array(64).fill(6)
      const pkcs8 = encodePkcs8(spec, { privateKey, publicKey: undefined })
      expect(pkcs8.length).toBe(86)
      expect(hexOf(parsePkcs8(spec, pkcs8)?.privateKey as Uint8Array)).toBe(hexOf(privateKey))
    }
  })

  it("never make the parser throw, whatever the bytes are", () => {
    const version = encodeDerInteger(Uint8Array.of(0))
    fc.assert(
      fc.property(fc.constantFrom(...specs), derLike, derLike, (spec, inner, tail) => {
        const { identifier } = keyAlgorithms[spec]
        const whole = encodeDer(0x30, version, identifier, encodeDer(0x04, inner), tail)
        for (const bytes of [inner, whole]) {
          parsePkcs8(spec, bytes)
          parseRsaPrivateKey(bytes)
          parseRsaMaterial(bytes)
          parsePairMaterial(spec, bytes)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("as key material come back whole, and have no other length", () => {
    for (const spec of specs.filter((one) => !one.startsWith("RSA"))) {
      const { privateKeyBytes, publicKeyBytes = 0 } = keyAlgorithms[spec]
      for (const extra of [0, 1, 1632, 2400, 2560, 3168, 4032, 4896]) {
        const bytes = new Uint8Array(privateKeyBytes + publicKeyBytes + extra).map((_, i) => i)
        const parsed = parsePairMaterial(spec, bytes)
        if (parsed) expect(hexOf(encodePairMaterial(parsed))).toBe(hexOf(bytes))
        if (extra === 1) expect(parsed).toBeUndefined()
      }
    }
  })
})

describe("SM2 ciphertexts", () => {
  it("are parsed only in the form in which they are written", () => {
    const coordinate = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(coordinate, coordinate, coordinate, derLike, (x, y, check, masked) => {
        const point = concatBytes(Uint8Array.of(4), x, y)
        const bytes = encodeSm2Ciphertext({ point, check, masked })
        const parsed = parseSm2Ciphertext(bytes)
        expect(parsed !== undefined).toBe(masked.length > 0)
        if (parsed) expect(hexOf(encodeSm2Ciphertext(parsed))).toBe(hexOf(bytes))
        const other = parseSm2Ciphertext(masked)
        if (other) expect(hexOf(encodeSm2Ciphertext(other))).toBe(hexOf(masked))
      }),
    )
  })
})
