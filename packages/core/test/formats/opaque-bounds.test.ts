import { describe, expect, it } from "vitest"
import { encodeFields } from "../../src/formats/fields.js"
import { encodeCiphertextHeader, parseCiphertext } from "../../src/formats/opaque/ciphertext.js"
import {
  encodeDomainState,
  parseDomainState,
  trustGenerationMax,
} from "../../src/formats/opaque/domain-state.js"
import { canonicalEncryptionContext } from "../../src/formats/opaque/encryption-context.js"
import { encodeGrantToken, parseGrantToken } from "../../src/formats/opaque/grant-token.js"
import { encodeImportToken, parseImportToken } from "../../src/formats/opaque/import-token.js"
import {
  encodeKeyTokenHeader,
  parseKeyToken,
  wrappingAad,
} from "../../src/formats/opaque/key-token.js"
import { encodeMarker, parseMarker } from "../../src/formats/opaque/marker.js"
import { encodeDomainHeader, parseSealedDomain } from "../../src/formats/opaque/sealed-domain.js"
import {
  encodeRecordHeader,
  messageBehind,
  parseSealedRecord,
  recordAads,
  recordMarks,
} from "../../src/formats/opaque/sealed-record.js"
import { base64Of } from "../../src/vocabulary/base64.js"
import { concatBytes, hexOf, utf8 } from "../../src/vocabulary/bytes.js"
import { limits } from "../../src/vocabulary/limits.js"
import { hex } from "./vectors.js"

const account = "111122223333"
const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
const of = (length: number, byte = 7): Uint8Array => new Uint8Array(length).fill(byte)

/** Every text or byte string after its length in 32 bits, written without the code under test. */
const fieldsOf = (...fields: readonly (string | Uint8Array)[]): string =>
  fields
    .map((field) => Buffer.from(field))
    .map((field) => field.length.toString(16).padStart(8, "0") + field.toString("hex"))
    .join("")

describe("a ciphertext", () => {
  const header = { account, keyId, keyMaterialId: "5e".repeat(32) }
  const blob = concatBytes(encodeCiphertextHeader(header), of(44))

  it("is of an account of twelve digits, and of one of two kinds of key id", () => {
    const withAccount = (bytes: string) => {
      const copy = blob.slice()
      copy.set(hex(bytes), 3)
      return parseCiphertext(copy)?.header.account
    }
    expect(withAccount("e8d4a50fff")).toBe("999999999999")
    expect(withAccount("e8d4a51000")).toBeUndefined()
    expect(parseCiphertext(blob.with(8, 2))).toBeUndefined()
  })

  it.each([
    ["account", "1"],
    ["keyId", "alias/x"],
    ["keyMaterialId", "00"],
    ["keyMaterialId", "zz".repeat(32)],
  ])("names the member that cannot be part of its header: %s", (member, value) => {
    expect(() => encodeCiphertextHeader({ ...header, [member]: value })).toThrow(`\`${member}\``)
  })
})

describe("an encryption context", () => {
  it("is in the order of its UTF-8 bytes, however many keys it has", () => {
    const keysIn = (context: Record<string, string>): string =>
      hexOf(canonicalEncryptionContext(context)).slice(8)
    const many = [..."jihgfedcba"]
    expect(keysIn(Object.fromEntries(many.map((key) => [key, ""])))).toBe(
      fieldsOf(...many.toReversed().flatMap((key) => [key, ""])),
    )
    // In UTF-16 the last one is before the second.
    const planes = ["a", "\uffff", "\u{10000}"]
    expect(keysIn(Object.fromEntries(planes.map((key) => [key, ""])))).toBe(
      fieldsOf(...planes.flatMap((key) => [key, ""])),
    )
  })
})

describe("a domain state", () => {
  const [one, other] = [
    { id: "01".repeat(8), key: of(32, 1) },
    { id: "02".repeat(8), key: of(32, 2) },
  ]
  const state = { name: "d", currentKeyId: one.id, keys: [one, other], trustGeneration: 3 }

  it.each([
    ["an id that is too short", { id: "02".repeat(7), key: of(32) }],
    ["an id that is too long", { id: "02".repeat(9), key: of(32) }],
    ["an id that is not hexadecimal", { id: "zz".repeat(8), key: of(32) }],
    ["a key that is too short", { id: "02".repeat(8), key: of(31) }],
    ["a key that is too long", { id: "02".repeat(8), key: of(33) }],
  ])("is not written with %s", (_, key) => {
    const wrong = () => encodeDomainState({ ...state, keys: [one, key] })
    expect(wrong).toThrow("`state` is not a domain state")
  })

  it("is not written with a name that is too long, or without its current key", () => {
    const longest = { ...state, name: "x".repeat(255) }
    expect(parseDomainState(encodeDomainState(longest))?.name).toBe(longest.name)
    for (const wrong of [{ name: "x".repeat(256) }, { currentKeyId: "03".repeat(8) }]) {
      expect(() => encodeDomainState({ ...state, ...wrong })).toThrow("not a domain state")
    }
  })

  it("is read with whole keys and a generation of four bytes", () => {
    const keys = concatBytes(hex(one.id), one.key)
    const read = (keysBytes: Uint8Array, generation: number) =>
      parseDomainState(
        encodeFields(["d", hex(one.id), keysBytes, of(generation, 0)], hex("4b4402")),
      )
    expect(read(keys, 4)?.keys).toHaveLength(1)
    expect(read(concatBytes(keys, of(1)), 4)).toBeUndefined()
    expect(read(of(0), 4)).toBeUndefined()
    for (const length of [3, 5]) expect(read(keys, length)).toBeUndefined()
    const last = { ...state, trustGeneration: trustGenerationMax }
    expect(parseDomainState(encodeDomainState(last))).toEqual(last)
    expect(trustGenerationMax).toBe(0xffff_ffff)
  })
})

describe("a grant token", () => {
  const name = { account, keyId, grantId: "ab".repeat(32) }
  const made = (fields: readonly (string | Uint8Array)[], prefix = "4b4701") =>
    base64Of(encodeFields(fields, hex(prefix)))
  const fields = [name.account, name.keyId, name.grantId, of(16, 0xff)] as const

  it("is read with any nonce of sixteen bytes", () => {
    expect(encodeGrantToken(name, of(16, 0xff))).toBe(made(fields))
    expect(parseGrantToken(made(fields))).toEqual(name)
    for (const length of [15, 17]) {
      expect(parseGrantToken(made([...fields.slice(0, 3), of(length)]))).toBeUndefined()
    }
  })

  it.each([
    ["another beginning", made(fields, "4b4702")],
    ["another kind", made(fields, "4b4901")],
    ["a grant id that is longer", made([account, keyId, `${name.grantId}a`, of(16)])],
    ["a grant id with something in front", made([account, keyId, `a${name.grantId}`, of(16)])],
    ["no fields", base64Of(hex("4b4701"))],
    ["no Base64", "****"],
    ["nothing", ""],
    ["text that is none", made([account, of(4, 0xff), name.grantId, of(16)])],
  ])("is refused with %s", (_, token) => {
    expect(parseGrantToken(token)).toBeUndefined()
  })

  it("is no longer than AWS KMS takes", () => {
    expect(made(fields).length).toBeLessThanOrEqual(limits.grantTokenCharactersMax)
  })
})

describe("an import token", () => {
  const binding = {
    partition: "aws",
    account,
    keyId,
    wrappingKeySpec: "RSA_2048",
    wrappingAlgorithm: "RSAES_OAEP_SHA_256",
    validToMs: 1_800_000_000_000,
  } as const
  const tokenOf = (length: number, members: object = {}) =>
    encodeImportToken({ token: of(length), binding: { ...binding, ...members } })

  it("has a largest size", () => {
    const rest = limits.ciphertextBytesMax - tokenOf(0).length
    expect(parseImportToken(tokenOf(rest))?.token).toHaveLength(rest)
    expect(parseImportToken(tokenOf(rest + 1))).toBeUndefined()
  })

  it.each([
    ["another beginning", tokenOf(100).with(2, 2)],
    ["another kind", tokenOf(100).with(1, 0x47)],
    ["nothing behind its beginning", hex("4b4901")],
    ["an algorithm that nobody may ask for", tokenOf(9, { wrappingAlgorithm: "RSAES_PKCS1_V1_5" })],
    ["an algorithm that is none", tokenOf(9, { wrappingAlgorithm: "none" })],
    ["a spec that is none", tokenOf(9, { wrappingKeySpec: "RSA_1024" })],
    ["a time that is none", tokenOf(9, { validToMs: Number.NaN })],
    ["a time with a fraction", tokenOf(9, { validToMs: 0.5 })],
    ["an account that is none", tokenOf(9, { account: "1" })],
    ["a key id that is none", tokenOf(9, { keyId: "1" })],
  ])("is refused with %s", (_, bytes) => {
    expect(parseImportToken(bytes)).toBeUndefined()
  })

  it("authenticates every member of its binding, under a label of its own", () => {
    const header = encodeKeyTokenHeader("0a".repeat(8))
    const { partition, wrappingKeySpec, wrappingAlgorithm, validToMs } = binding
    expect(hexOf(wrappingAad(binding)(header))).toBe(
      fieldsOf(
        ...[header, "keywright wrapping key 1", partition, account, keyId, wrappingKeySpec],
        ...[wrappingAlgorithm, String(validToMs)],
      ),
    )
  })
})

describe("a key token", () => {
  it("has its version, and a domain key of sixteen hexadecimal digits", () => {
    const token = concatBytes(encodeKeyTokenHeader("0a".repeat(8)), of(60))
    expect(parseKeyToken(token)?.domainKeyId).toBe("0a".repeat(8))
    for (const version of [0, 1, 3]) {
      expect(parseKeyToken(token.with(0, version))).toBeUndefined()
    }
    for (const id of ["0a".repeat(7), "0a".repeat(9), "zz".repeat(8)]) {
      for (const encode of [encodeKeyTokenHeader, encodeRecordHeader]) {
        expect(() => encode(id)).toThrow("`domainKeyId` must be 16 hexadecimal digits")
      }
    }
  })
})

describe("a page marker", () => {
  const list = { list: "l", account: "a" }

  it("is in the alphabet of URLs alone, from its first character to its last", () => {
    const marker = encodeMarker({ ...list, after: "~~~???>>>" })
    expect(parseMarker(marker, list)).toBe("~~~???>>>")
    const other = marker.replaceAll("-", "+").replaceAll("_", "/")
    expect(other).not.toBe(marker)
    for (const text of [other, ` ${marker}`, `${marker}\n`, `${marker}==`]) {
      expect(parseMarker(text, list)).toBeUndefined()
    }
  })

  it("is read up to 1024 characters", () => {
    const markerOf = (length: number) =>
      base64Of(encodeFields(["l", "a", "x".repeat(length)], Uint8Array.of(1))).replaceAll("=", "")
    expect(markerOf(753)).toHaveLength(1024)
    expect(parseMarker(markerOf(753), list)).toBe("x".repeat(753))
    expect(parseMarker(markerOf(754), list)).toBeUndefined()
  })
})

describe("a sealed domain", () => {
  const rest = of(12 + 17)
  const made = (count: number, ...lengths: readonly number[]) =>
    concatBytes(
      hex("4b4c01"),
      Uint8Array.of(count),
      encodeFields(lengths.map((length) => of(length))),
      rest,
    )

  it("has as many keys as it says, none of them empty, too long or too many", () => {
    expect(parseSealedDomain(made(2, 3, 4))?.sealedKeys).toEqual([of(3), of(4)])
    const nine = Array.from({ length: 9 }, () => 3)
    const eight = nine.slice(1)
    expect(parseSealedDomain(made(8, ...eight))?.sealedKeys).toHaveLength(8)
    for (const wrong of [made(9, ...nine), made(0), made(2, 3, 0), made(2, 3, 4097)]) {
      expect(parseSealedDomain(wrong)).toBeUndefined()
    }
    for (const lengths of [[3, 0], [3, 4097], nine]) {
      const keys = lengths.map((length) => of(length))
      expect(() => encodeDomainHeader(keys)).toThrow("`sealedKeys`")
    }
  })

  it("is refused wherever its keys are cut, and has a largest size", () => {
    const whole = made(2, 3, 4)
    for (let length = 0; length < whole.length; length += 1) {
      expect(parseSealedDomain(whole.subarray(0, length))).toBeUndefined()
    }
    const filled = (length: number) => concatBytes(whole, of(length - whole.length))
    expect(parseSealedDomain(filled(98_304))?.sealedKeys).toHaveLength(2)
    expect(parseSealedDomain(filled(98_305))).toBeUndefined()
  })
})

describe("a sealed record", () => {
  const header = encodeRecordHeader("0a".repeat(8))
  const shortest = concatBytes(header, of(44))

  it("is its header and at least a message of nothing", () => {
    expect(hexOf(header)).toBe(`4b5201${"0a".repeat(8)}`)
    expect(parseSealedRecord(shortest)).toEqual({ domainKeyId: "0a".repeat(8), message: of(44) })
    expect(messageBehind(header, shortest)).toEqual(of(44))
    expect(parseSealedRecord(shortest.subarray(0, -1))).toBeUndefined()
    expect(messageBehind(header, shortest.subarray(0, -1))).toBeUndefined()
    for (const at of [0, 1, 2]) {
      expect(parseSealedRecord(shortest.with(at, 9))).toBeUndefined()
      expect(messageBehind(header, shortest.with(at, 9))).toBeUndefined()
    }
    expect(messageBehind(encodeRecordHeader("0b".repeat(8)), shortest)).toBeUndefined()
  })

  it.each([3, 480, 1000])("is authenticated with its place, of %d characters", (length) => {
    const place = "p".repeat(length)
    expect(hexOf(recordAads(header, "d")(place))).toBe(
      fieldsOf(header, "keywright record 1", "d", place),
    )
    const message = Uint8Array.from({ length: 60 }, (_, i) => i)
    expect(hexOf(recordMarks("d")(place, message))).toBe(
      fieldsOf(
        ...["keywright record mark 1", "d", place],
        ...[message.subarray(0, 28), message.subarray(44)],
      ),
    )
  })

  it("is authenticated with texts that are no ASCII, as their bytes", () => {
    expect(hexOf(encodeFields(["\u00e9", utf8("a")]))).toBe(fieldsOf("\u00e9", "a"))
  })
})
