import * as cborg from "cborg"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decodeCbor, encodeCbor } from "../src/cbor.js"

const isSlow = process.env["SLOW"] === "1"
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"))
const read = (hex: string): unknown => decodeCbor(bytesOf(hex))
const refused = { name: "SerializationException" }

const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noInteger: true }),
    fc.string({ unit: "binary" }).filter((one) => one.isWellFormed()),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((one) => one !== "__proto__"),
      tie("value"),
      { maxKeys: 4 },
    ),
  ),
}))

/** Objects that inherit something, as others make them. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain)
  const isMap = typeof value === "object" && value !== null && !(value instanceof Date)
  if (!isMap || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
}

describe("CBOR", () => {
  test("is written so that another implementation reads the same, and the other way round", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const options = { allowInfinity: true, rejectDuplicateMapKeys: true }
        expect(plain(cborg.decode(encodeCbor(value), options))).toEqual(plain(value))
        expect(plain(decodeCbor(cborg.encode(value)))).toEqual(plain(value))
        expect(plain(decodeCbor(encodeCbor(value)))).toEqual(plain(value))
      }),
      { numRuns: isSlow ? 20_000 : 200 },
    )
  })

  // Source: RFC 8949, appendix A.
  test.each<[string, unknown]>([
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["1903e8", 1000],
    ["1a000f4240", 1_000_000],
    ["1b000000e8d4a51000", 1_000_000_000_000],
    ["1bffffffffffffffff", 18446744073709551615n],
    ["20", -1],
    ["3903e7", -1000],
    ["3bffffffffffffffff", -18446744073709551616n],
    ["f90000", 0],
    ["f93c00", 1],
    ["f93e00", 1.5],
    ["f97bff", 65504],
    ["f90001", 2 ** -24],
    ["f90400", 2 ** -14],
    ["f9c400", -4],
    ["f97c00", Number.POSITIVE_INFINITY],
    ["f97e00", Number.NaN],
    ["f9fc00", Number.NEGATIVE_INFINITY],
    ["fa47c35000", 100_000],
    ["fb3ff199999999999a", 1.1],
    ["f4", false],
    ["f5", true],
    ["f6", null],
    ["f7", null],
    ["c11a514b67b0", new Date("2013-03-21T20:04:00Z")],
    ["c1fb41d452d9ec200000", new Date("2013-03-21T20:04:00.500Z")],
    ["40", new Uint8Array()],
    ["4401020304", Uint8Array.of(1, 2, 3, 4)],
    ["60", ""],
    ["62c3bc", "ü"],
    ["64f0908591", "\u{10151}"],
    ["8301820203820405", [1, [2, 3], [4, 5]]],
    ["a26161016162820203", { a: 1, b: [2, 3] }],
    ["5f42010243030405ff", Uint8Array.of(1, 2, 3, 4, 5)],
    ["7f657374726561646d696e67ff", "streaming"],
    ["9fff", []],
    ["9f018202039f0405ffff", [1, [2, 3], [4, 5]]],
    ["bf61610161629f0203ffff", { a: 1, b: [2, 3] }],
    // Longer than it needs to be, as a client may write it.
    ["1b0000000000000007", 7],
    ["7800", ""],
  ])("%s is read as what it is", (hex, value) => {
    expect(plain(read(hex))).toEqual(value)
  })
})

describe("hostile CBOR", () => {
  test.each([
    ["nothing", ""],
    ["two items", "0000"],
    ["half a number", "19ff"],
    ["a length that no number has", "1c"],
    ["bytes that are not there", "43ff"],
    ["bytes of a length that memory does not have", "5bffffffffffffffff"],
    ["a text that is not there", "7a7fffffff61"],
    ["a list that is not there", "9a7fffffff00"],
    ["a map that is not there", "ba7fffffff6100"],
    ["half a map", "a1"],
    ["a name without a value", "a16161"],
    ["a name that is a number", "a10100"],
    ["a name that is bytes", "a1416100"],
    ["a name twice", "a2616100616101"],
    ["a name twice, once in pieces", "a26161007f6161ff01"],
    ["a list without an end", "9f00"],
    ["an end of nothing", "ff"],
    ["an end in a list that has a length", "81ff"],
    ["an end for a value", "bf6161ff"],
    ["pieces without an end", "5f4101"],
    ["pieces of pieces", "5f5f4101ffff"],
    ["pieces of another kind", "5f6161ff"],
    ["a text in pieces that are cut inside of a character", "7f61c361bcff"],
    ["a text that is not UTF-8", "61ff"],
    ["a surrogate in UTF-8", "63eda080"],
    ["a number of indefinite length", "1f"],
    ["a tag of indefinite length", "df00"],
    ["a big number", "c249010000000000000000"],
    ["a fraction", "c48221196ab3"],
    ["a time as text", "c074323031332d30332d32315432303a30343a30305a"],
    ["a time that is text", "c16161"],
    ["a time of a time", "c1c100"],
    ["a time that is none", "c1f97e00"],
    ["a time that no calendar has", "c1fb7e37e43c8800759c"],
    ["a tag of nothing", "c1"],
    ["a simple value that has no meaning", "f0"],
    ["a simple value in two bytes", "f818"],
  ])("that says %s is refused", (_case, hex) => {
    expect(() => read(hex)).toThrow(expect.objectContaining(refused))
  })

  test.each(["81", "9f", "a16161", "bf6161", "c1"])(
    "nested very deeply in %s is refused",
    (open) => {
      expect(() => read(open.repeat(100_000))).toThrow(expect.objectContaining(refused))
      expect(() => read(open.repeat(20))).toThrow(expect.objectContaining(refused))
    },
  )

  test.each([
    ["items", "9a000fff00", "80", ""],
    ["names", "b9fff0", "60f6", ""],
    ["pieces of bytes", "5f", "40", "ff"],
    ["pieces of a text", "7f", "60", "ff"],
  ])("of more %s than any input has is refused before they are read", (_what, head, one, end) => {
    const count = 1_048_320
    expect(() => read(`${head}${one.repeat(count)}${end}`)).toThrow(
      expect.objectContaining(refused),
    )
    expect(() => read(`9f${"80".repeat(9_998)}ff`)).not.toThrow()
  })

  test("keeps a mark of the byte order, so that no two texts are one", () => {
    expect(read("63efbbbf")).toBe("\ufeff")
    expect(read("a264efbbbf61016161 02".replace(" ", ""))).toEqual({ "\ufeffa": 1, a: 2 })
  })

  test("of a name that objects inherit is a member like any other", () => {
    const item = read("a2695f5f70726f746f5f5fa16178016b636f6e7374727563746f7202") as object
    expect(Object.keys(item)).toEqual(["__proto__", "constructor"])
    expect({}).not.toHaveProperty("x")
  })

  test("gives bytes that are not those of the body", () => {
    const body = bytesOf("43010203")
    const item = decodeCbor(body)
    body.fill(9)
    expect(item).toEqual(Uint8Array.of(1, 2, 3))
  })

  test("of any bytes is read or refused, and costs no more than what is there", () => {
    const { value: wellFormed } = fc.letrec((tie) => ({
      value: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 9 }),
        fc.constantFrom("5f", "7f", "9f", "bf", "ff", "81", "a1", "c1", "1b", "f9").map(bytesOf),
        fc
          .array(tie("value") as fc.Arbitrary<Uint8Array>, { maxLength: 6 })
          .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part]))),
      ),
    }))
    fc.assert(
      fc.property(wellFormed as fc.Arbitrary<Uint8Array>, (bytes) => {
        try {
          decodeCbor(bytes)
        } catch (error) {
          expect(error).toMatchObject(refused)
        }
      }),
      { numRuns: isSlow ? 500_000 : 5000 },
    )
  })
})
