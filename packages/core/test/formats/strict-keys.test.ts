import { generateKeyPairSync } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  decodeDer,
  decodeDerElements,
  decodeDerInteger,
  decodeDerSequence,
  derTag,
  encodeDer,
  encodeDerInteger,
} from "../../src/formats/keys/der.js"
import { keyAlgorithms } from "../../src/formats/keys/key-algorithms.js"
import {
  encodePairMaterial,
  pkcs8OfMaterial,
  spkiOfMaterial,
} from "../../src/formats/keys/pair-material.js"
import { encodePkcs8, encodeSec1, parsePkcs8, parseSec1 } from "../../src/formats/keys/pkcs8.js"
import {
  encodeRsaMaterial,
  encodeRsaPublicKey,
  parseRsaMaterial,
  parseRsaPrivateKey,
} from "../../src/formats/keys/rsa-keys.js"
import { parseSm2Ciphertext } from "../../src/formats/keys/sm2-ciphertext.js"
import { encodeSpki, parseSpki } from "../../src/formats/keys/spki.js"
import { concatBytes, hexOf } from "../../src/vocabulary/bytes.js"
import { hex } from "./vectors.js"

const of = (length: number, byte = 7): Uint8Array => new Uint8Array(length).fill(byte)
const integer = (...bytes: readonly number[]) => encodeDerInteger(Uint8Array.from(bytes))
const sequence = (...parts: readonly Uint8Array[]) => encodeDer(derTag.sequence, ...parts)
const octets = (...parts: readonly Uint8Array[]) => encodeDer(derTag.octetString, ...parts)
const bits = (content: Uint8Array, unused = 0) =>
  encodeDer(derTag.bitString, Uint8Array.of(unused), content)
const context = (number: number, ...parts: readonly Uint8Array[]) =>
  encodeDer(0xa0 | number, ...parts)
const none = encodeDer(derTag.null)

describe("DER", () => {
  it("has no indefinite lengths and none of four bytes, however much follows", () => {
    expect(decodeDerElements(concatBytes(hex("3080"), of(0x80)))).toBeUndefined()
    const most = of(2 ** 24 + 6, 0)
    most.set(hex("048401000000"))
    expect(decodeDerElements(most)).toBeUndefined()
    const long = concatBytes(hex("0483010000"), of(0x10000))
    expect(decodeDerElements(long)?.[0]?.content).toHaveLength(0x10000)
  })

  it("has a zero in front of a number that would be negative, and of no other", () => {
    expect(decodeDerInteger(decodeDerElements(hex("02020080"))?.[0])).toEqual(of(1, 0x80))
    expect(decodeDerInteger(decodeDerElements(hex("0202007f"))?.[0])).toBeUndefined()
    expect(decodeDerInteger(decodeDerElements(hex("020100"))?.[0])).toEqual(of(0))
  })

  it("ends where a length ends that is cut", () => {
    for (const cut of ["0481", "048201", "04830101"]) {
      expect(decodeDerElements(hex(cut)), cut).toBeUndefined()
    }
  })

  it("is one element where one is read, of the tag that is asked for", () => {
    expect(decodeDer(octets(of(3)), derTag.octetString)).toEqual(of(3))
    expect(decodeDer(octets(of(3)), derTag.bitString)).toBeUndefined()
    expect(decodeDer(concatBytes(octets(of(3)), none), derTag.octetString)).toBeUndefined()
    expect(decodeDer(of(0), derTag.octetString)).toBeUndefined()
    expect(decodeDerSequence(octets(integer(1)))).toBeUndefined()
  })
})

describe("a private key on a curve", () => {
  const spec = "ECC_NIST_P256"
  const { curve = of(0) } = keyAlgorithms[spec]
  const point = concatBytes(Uint8Array.of(4), of(64))
  const good = [integer(1), octets(of(32)), context(0, curve), context(1, bits(point))] as const
  const read = (...parts: readonly Uint8Array[]) => parseSec1(spec, sequence(...parts))

  it("may leave out its curve and its public key, and have them in any order", () => {
    const [version, scalar, parameters, publicKey] = good
    const whole = { privateKey: of(32), publicKey: point }
    expect(read(...good)).toEqual(whole)
    expect(read(version, scalar, publicKey, parameters)).toEqual(whole)
    expect(read(version, scalar, publicKey)).toEqual(whole)
    expect(read(version, scalar)).toEqual({ privateKey: of(32), publicKey: undefined })
    expect(read(version, scalar, parameters)).toEqual({ privateKey: of(32), publicKey: undefined })
    expect(read(version, octets(of(31)))?.privateKey).toEqual(concatBytes(of(1, 0), of(31)))
  })

  const { curve: otherCurve = of(0) } = keyAlgorithms.ECC_NIST_P384
  it.each<[string, readonly (Uint8Array | undefined)[]]>([
    ["another version", [integer(2)]],
    ["a version that is no number", [octets(Uint8Array.of(1))]],
    ["a number that is no octets", [undefined, encodeDer(derTag.bitString, of(32))]],
    ["a number that is too long", [undefined, octets(of(33))]],
    ["another curve", [undefined, undefined, context(0, otherCurve)]],
    ["a member that nobody knows", [undefined, undefined, context(2, curve)]],
    ["two curves", [undefined, undefined, undefined, context(0, curve)]],
    ["a point of unused bits", [undefined, undefined, undefined, context(1, bits(point, 1))]],
    ["a point that is no bits", [undefined, undefined, undefined, context(1, octets(of(66, 0)))]],
    ["two points", [undefined, undefined, undefined, context(1, bits(point), bits(point))]],
    ["something behind it", [undefined, undefined, undefined, undefined, none]],
  ])("is refused with %s", (_, changes) => {
    const parts = Array.from({ length: Math.max(4, changes.length) }, (_none, i) => {
      return changes[i] ?? (good[i] as Uint8Array)
    })
    expect(read(...parts)).toBeUndefined()
  })

  it("is refused when it ends before its number", () => {
    for (const parts of [[], [integer(1)]]) expect(read(...parts)).toBeUndefined()
  })

  it("is of a spec that is on a curve with a name", () => {
    const alone = sequence(good[0], good[1])
    expect(parseSec1(spec, alone)?.privateKey).toEqual(of(32))
    for (const other of ["RSA_2048", "ECC_NIST_EDWARDS25519"] as const) {
      expect(parseSec1(other, sequence(...good))).toBeUndefined()
      expect(parseSec1(other, alone)).toBeUndefined()
    }
    expect(() => encodeSec1("RSA_2048", of(1), of(1))).toThrow("is not on a named curve")
    expect(hexOf(encodeSec1(spec, of(32), point))).toBe(hexOf(sequence(...good)))
  })
})

describe("a private key in PKCS #8", () => {
  const spec = "ECC_NIST_EDWARDS25519"
  const { identifier } = keyAlgorithms[spec]
  const inner = octets(octets(of(32)))
  const attribute = context(0, none)
  const publicKey = encodeDer(0x81, of(1, 0), of(32, 9))
  const read = (...parts: readonly Uint8Array[]) => parsePkcs8(spec, sequence(...parts))

  it("has two versions, of which the second may have a public key", () => {
    const alone = { privateKey: of(32), publicKey: undefined }
    expect(read(integer(0), identifier, inner)).toEqual(alone)
    expect(read(integer(0), identifier, inner, attribute)).toEqual(alone)
    expect(read(integer(1), identifier, inner)).toEqual(alone)
    const both = { privateKey: of(32), publicKey: of(32, 9) }
    expect(read(integer(1), identifier, inner, attribute, publicKey)).toEqual(both)
  })

  it.each<[string, readonly Uint8Array[]]>([
    ["a third version", [integer(2), identifier, inner]],
    ["a version of two bytes", [integer(1, 0), identifier, inner]],
    ["a version that is no number", [none, identifier, inner]],
    ["a public key in its first version", [integer(0), identifier, inner, publicKey]],
    ["its attributes twice", [integer(1), identifier, inner, attribute, attribute]],
    ["its public key twice", [integer(1), identifier, inner, publicKey, publicKey]],
    ["a member that nobody knows", [integer(1), identifier, inner, context(2, none)]],
    [
      "a public key of unused bits",
      [integer(1), identifier, inner, encodeDer(0x81, of(1, 3), of(32))],
    ],
    ["no key", [integer(0), identifier]],
    ["no algorithm", [integer(0)]],
    ["a key that is no octets", [integer(0), identifier, bits(octets(of(32)))]],
    ["a key of another length", [integer(0), identifier, octets(octets(of(31)))]],
    ["a key under another tag", [integer(0), identifier, octets(encodeDer(0x80, of(32)))]],
    ["two keys", [integer(0), identifier, octets(octets(of(32)), octets(of(32)))]],
    ["another algorithm", [integer(0), keyAlgorithms.ML_DSA_44.identifier, inner]],
    [
      "the algorithm under another tag",
      [integer(0), encodeDer(0x31, identifier.subarray(2)), inner],
    ],
  ])("is refused with %s", (_, parts) => {
    expect(read(...parts)).toBeUndefined()
  })

  it("is a seed under its tag, and of its length", () => {
    const seedOf = (tag: number, length: number) =>
      sequence(integer(0), keyAlgorithms.ML_KEM_768.identifier, octets(encodeDer(tag, of(length))))
    expect(parsePkcs8("ML_KEM_768", seedOf(0x80, 64))?.privateKey).toEqual(of(64))
    for (const wrong of [seedOf(0x80, 63), seedOf(0x80, 65), seedOf(derTag.octetString, 64)]) {
      expect(parsePkcs8("ML_KEM_768", wrong)).toBeUndefined()
    }
  })

  it("has one public key where it says it twice", () => {
    const [one, other] = [of(65, 4), of(65, 5)]
    const ec = "ECC_NIST_P256"
    const said = (outside: Uint8Array) =>
      parsePkcs8(
        ec,
        sequence(
          integer(1),
          keyAlgorithms[ec].identifier,
          octets(sequence(integer(1), octets(of(32)), context(1, bits(one)))),
          encodeDer(0x81, of(1, 0), outside),
        ),
      )
    expect(said(one)).toEqual({ privateKey: of(32), publicKey: one })
    expect(said(other)).toBeUndefined()
  })
})

describe("a private key of RSA", () => {
  const numbers = Array.from({ length: 8 }, (_, i) => integer(i + 1))
  const read = (...parts: readonly Uint8Array[]) => parseRsaPrivateKey(sequence(...parts))

  it("is its version and eight numbers", () => {
    expect(read(integer(0), ...numbers)).toMatchObject({ n: of(1, 1), e: of(1, 2), qi: of(1, 8) })
  })

  it.each<[string, readonly Uint8Array[]]>([
    ["more primes than two", [integer(1), ...numbers]],
    ["a version that is no number", [none, ...numbers]],
    ["a number less", [integer(0), ...numbers.slice(1)]],
    ["a number more", [integer(0), ...numbers, integer(9)]],
    ["something else in the place of a number", [integer(0), ...numbers.with(3, none)]],
    ["something else behind the numbers", [integer(0), ...numbers, none]],
  ])("is refused with %s", (_, parts) => {
    expect(read(...parts)).toBeUndefined()
  })

  it("as material is eight numbers, and no other bytes", () => {
    const key = read(integer(0), ...numbers) as NonNullable<ReturnType<typeof read>>
    const material = encodeRsaMaterial(key)
    expect(parseRsaMaterial(material)).toEqual(key)
    expect(parseRsaMaterial(material.subarray(1))).toBeUndefined()
    expect(parseRsaMaterial(concatBytes(material, of(1)))).toBeUndefined()
  })
})

describe("an SM2 ciphertext", () => {
  const good = [integer(1), integer(2), octets(of(32)), octets(of(1))] as const
  const read = (...parts: readonly Uint8Array[]) => parseSm2Ciphertext(sequence(...parts))

  it("has two coordinates, a check value and what is masked", () => {
    const point = concatBytes(of(1, 4), of(31, 0), of(1, 1), of(31, 0), of(1, 2))
    expect(read(...good)).toEqual({ point, check: of(32), masked: of(1) })
  })

  it.each<[string, number, Uint8Array]>([
    ["a first coordinate that is no number", 0, none],
    ["a second coordinate that is no number", 1, none],
    ["a first coordinate that is too long", 0, encodeDerInteger(of(33))],
    ["a second coordinate that is too long", 1, encodeDerInteger(of(33))],
    ["a check value that is too short", 2, octets(of(31))],
    ["a check value that is too long", 2, octets(of(33))],
    ["a check value that is no octets", 2, encodeDer(derTag.bitString, of(32))],
    ["nothing masked", 3, octets()],
    ["something masked that is no octets", 3, encodeDer(derTag.bitString, of(1))],
  ])("is refused with %s", (_, at, part) => {
    expect(read(...good.map((one, i) => (i === at ? part : one)))).toBeUndefined()
  })

  it("is refused when it is cut, or when something follows", () => {
    for (let length = 0; length < good.length; length += 1) {
      expect(read(...good.slice(0, length))).toBeUndefined()
    }
    expect(read(...good, none)).toBeUndefined()
  })
})

describe("a public key", () => {
  const spec = "ECC_NIST_P256"
  const { identifier } = keyAlgorithms[spec]
  const point = of(65, 4)

  it.each<[string, Uint8Array]>([
    ["bits that are not used", sequence(identifier, bits(point, 1))],
    ["no bits", sequence(identifier)],
    ["octets", sequence(identifier, octets(of(1, 0), point))],
    ["something behind its bits", sequence(identifier, bits(point), none)],
    ["something behind it", concatBytes(sequence(identifier, bits(point)), none)],
    ["no sequence around it", encodeDer(0x31, identifier, bits(point))],
    ["a point that is too long", sequence(identifier, bits(of(66, 4)))],
    ["a point that is too short", sequence(identifier, bits(of(64, 4)))],
    ["one coordinate and a sign", sequence(identifier, bits(of(65, 2)))],
  ])("is refused with %s", (_, spki) => {
    expect(parseSpki(spec, encodeSpki(spec, point))).toEqual(point)
    expect(parseSpki(spec, spki)).toBeUndefined()
  })

  it("of other algorithms begins with any byte, and has its length", () => {
    const read = (length: number) =>
      parseSpki("ML_KEM_512", encodeSpki("ML_KEM_512", of(length, 9)))
    expect(read(800)).toEqual(of(800, 9))
    for (const length of [799, 801]) expect(read(length)).toBeUndefined()
  })
})

describe("key material", () => {
  it("of RSA is given as the keys that OpenSSL makes of it", () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 })
    const pkcs8 = privateKey.export({ format: "der", type: "pkcs8" })
    const numbers = parseRsaPrivateKey(parsePkcs8("RSA_2048", pkcs8)?.privateKey ?? of(0))
    if (numbers === undefined) throw new Error("refused")
    const material = encodeRsaMaterial(numbers)
    expect(hexOf(pkcs8OfMaterial("RSA_2048", material))).toBe(hexOf(pkcs8))
    const spki = publicKey.export({ format: "der", type: "spki" })
    expect(hexOf(spkiOfMaterial("RSA_2048", material))).toBe(hexOf(spki))
    expect(hexOf(encodeRsaPublicKey(numbers))).toBe(
      hexOf(publicKey.export({ format: "der", type: "pkcs1" })),
    )
  })

  it("of other algorithms is given in the forms of its parts", () => {
    const parts = { privateKey: of(32, 1), publicKey: of(32, 2), expanded: of(0) }
    const material = encodePairMaterial(parts)
    const spec = "ECC_NIST_EDWARDS25519"
    expect(hexOf(pkcs8OfMaterial(spec, material))).toBe(hexOf(encodePkcs8(spec, parts)))
    expect(hexOf(spkiOfMaterial(spec, material))).toBe(hexOf(encodeSpki(spec, parts.publicKey)))
  })

  it.each(["RSA_2048", "ECC_NIST_P256", "ML_DSA_44"] as const)(
    "of another length is none of %s",
    (spec) => {
      for (const act of [pkcs8OfMaterial, spkiOfMaterial]) {
        expect(() => act(spec, of(5))).toThrow(TypeError)
        expect(() => act(spec, of(5))).toThrow(/`material` is no .*key material/)
      }
    },
  )
})
