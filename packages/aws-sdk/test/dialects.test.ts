import { describe, expect, it, test } from "vitest"
import { decodeCbor, encodeCbor } from "../src/cbor.js"
import { formCodecOf, handedCodecOf, typedCodecOf } from "../src/dialects.js"
import { type CodecOf, jsonCodecOf, type Schema } from "../src/json-codec.js"

const schema = (type: string, more: object = {}): Schema => ({ _zod: { def: { type, ...more } } })
const schemas = {
  text: schema("string"),
  number: schema("number"),
  boolean: schema("boolean"),
  time: schema("date"),
  blob: schema("custom"),
  list: schema("array", { element: schema("string") }),
  texts: schema("record", { valueType: schema("string") }),
  numbers: schema("record", { valueType: schema("number") }),
  structure: schema("object", { shape: { A: schema("string") } }),
}
type Kind = keyof typeof schemas

const dialects: Readonly<Record<string, CodecOf>> = {
  JSON: jsonCodecOf,
  "an input that is handed over": handedCodecOf,
  CBOR: typedCodecOf,
  "a form": formCodecOf,
}
const moment = new Date(1936859412345)
const bytes = Uint8Array.of(1, 2, 255)

const decode = (dialect: string, kind: Kind, value: unknown) =>
  dialects[dialect]?.(schemas[kind]).decode(value)

const taken: readonly (readonly [string, Kind, unknown, unknown])[] = [
  ["JSON", "text", "a", "a"],
  ["JSON", "number", 1.5, 1.5],
  ["JSON", "boolean", false, false],
  ["JSON", "time", 1936859412.345, moment],
  ["JSON", "time", 0.0004, new Date(0)],
  ["JSON", "time", -8.64e12, new Date(-8.64e15)],
  ["JSON", "time", 8.64e12, new Date(8.64e15)],
  ["JSON", "blob", "AQL/", bytes],
  ["JSON", "list", ["a", null], ["a", undefined]],
  ["JSON", "texts", { a: 1, b: true, c: null }, { a: "1", b: "true", c: undefined }],
  ["JSON", "numbers", { a: 1 }, { a: 1 }],
  ["JSON", "structure", { A: null, B: 1 }, {}],
  ["JSON", "structure", Object.create({ A: "inherited" }), {}],
  ["an input that is handed over", "blob", bytes, bytes],
  ["an input that is handed over", "blob", "ü", Uint8Array.of(0xc3, 0xbc)],
  ["an input that is handed over", "time", moment, moment],
  ["an input that is handed over", "list", ["a", null, undefined, "b"], ["a", "b"]],
  ["an input that is handed over", "texts", { a: "b", c: null, d: undefined }, { a: "b" }],
  ["an input that is handed over", "texts", { a: 1, b: false }, { a: "1", b: "false" }],
  ["CBOR", "blob", bytes, bytes],
  ["CBOR", "time", moment, moment],
  ["CBOR", "list", ["a", null], ["a", undefined]],
  ["a form", "number", "0", 0],
  ["a form", "number", "-12", -12],
  ["a form", "number", "123456789012345", 123_456_789_012_345],
  ["a form", "boolean", "true", true],
  ["a form", "boolean", "false", false],
  ["a form", "time", "2031-05-18T08:30:12Z", new Date("2031-05-18T08:30:12Z")],
  ["a form", "time", "2031-05-18T08:30:12.3Z", new Date("2031-05-18T08:30:12.300Z")],
  ["a form", "time", "2031-05-18T08:30:12.345678901Z", new Date("2031-05-18T08:30:12.345Z")],
  ["a form", "blob", "AQL/", bytes],
]

const cannot = (token: string, kind: string) => `${token} can not be converted to ${kind}`
const ofTime = "milliseconds since epoch"
const structure = "Start of structure or map found where not expected."
const list = "Start of list found where not expected"

const refusals: readonly (readonly [string, Kind, unknown, string])[] = [
  ["JSON", "text", 1, cannot("NUMBER_VALUE", "a String")],
  ["JSON", "text", 1n, cannot("NUMBER_VALUE", "a String")],
  ["JSON", "number", "1", cannot("STRING_VALUE", "an Integer")],
  ["JSON", "boolean", "true", cannot("STRING_VALUE", "a Boolean")],
  ["JSON", "text", true, cannot("TRUE_VALUE", "a String")],
  ["JSON", "text", false, cannot("FALSE_VALUE", "a String")],
  ["JSON", "text", null, structure],
  ["JSON", "text", [], list],
  ["JSON", "time", "1936859412", cannot("STRING_VALUE", ofTime)],
  ["JSON", "time", 8.64e12 + 0.001, cannot("NUMBER_VALUE", ofTime)],
  ["JSON", "time", {}, structure],
  ["JSON", "time", moment, structure],
  ["JSON", "blob", bytes, structure],
  ["JSON", "blob", "A", cannot("STRING_VALUE", "a Blob")],
  ["JSON", "list", "a", "Expected list or null"],
  ["JSON", "texts", 1, "Expected map or null"],
  ["JSON", "texts", { a: 1.5 }, cannot("NUMBER_VALUE", "a String")],
  ["JSON", "structure", "a", "Expected null"],
  ["JSON", "structure", [], list],
  ["JSON", "structure", null, structure],
  ["an input that is handed over", "structure", bytes, structure],
  ["an input that is handed over", "structure", moment, structure],
  ["an input that is handed over", "blob", 1, cannot("NUMBER_VALUE", "a Blob")],
  ["an input that is handed over", "time", 1, cannot("NUMBER_VALUE", ofTime)],
  ["CBOR", "blob", "AQL/", cannot("STRING_VALUE", "a Blob")],
  ["CBOR", "time", 1, cannot("NUMBER_VALUE", ofTime)],
  ["CBOR", "time", new Date(Number.NaN), cannot("NUMBER_VALUE", ofTime)],
  ["CBOR", "texts", { a: 1 }, cannot("NUMBER_VALUE", "a String")],
  ["CBOR", "texts", { a: true }, cannot("TRUE_VALUE", "a String")],
  ...["", "1.5", "01", "-", "+1", "1234567890123456", "1e3", " 1", "1 ", "x"].map(
    (text) => ["a form", "number", text, cannot("STRING_VALUE", "an Integer")] as const,
  ),
  ["a form", "number", ["1"], list],
  ...["", "TRUE", "xtrue", "truex", "falsex", "xfalse", "1"].map(
    (text) => ["a form", "boolean", text, cannot("STRING_VALUE", "a Boolean")] as const,
  ),
  ...[
    "",
    "2031-05-18",
    "2031-05-18T08:30:12",
    "2031-05-18T08:30:12+01:00",
    "2031-05-18T08:30:12.Z",
    "2031-05-18T08:30:12.1234567890Z",
    "2031-13-18T08:30:12Z",
    "x2031-05-18T08:30:12Z",
    "2031-05-18T08:30:12Zx",
    "12031-05-18T08:30:12Z",
  ].map((text) => ["a form", "time", text, cannot("STRING_VALUE", ofTime)] as const),
  ["a form", "time", {}, structure],
  ["a form", "texts", { a: {} }, structure],
]

describe("what stands for a value", () => {
  it.each(taken)("in %s, for a %s (%#)", (dialect, kind, value, expected) => {
    expect(decode(dialect, kind, value)).toStrictEqual(expected)
  })

  it.each(refusals)("is not, in %s, for a %s (%#)", (dialect, kind, value, message) => {
    expect(() => decode(dialect, kind, value)).toThrow(
      expect.objectContaining({ name: "SerializationException", message }),
    )
  })

  test("is written as it is read in JSON", () => {
    const write = (kind: Kind, value: unknown) => jsonCodecOf(schemas[kind]).encode(value)
    expect(write("time", moment)).toBe("1936859412.345")
    expect(write("blob", bytes)).toBe('"AQL/"')
    expect(write("list", ["a", "b"])).toBe('["a","b"]')
    expect(write("texts", { 'a"': "b", c: "d" })).toBe('{"a\\"":"b","c":"d"}')
    expect(write("texts", {})).toBe("{}")
    const two = schema("object", { shape: { A: schema("number"), B: schema("boolean") } })
    expect(jsonCodecOf(two).encode({ B: true, A: 1 })).toBe('{"A":1,"B":true}')
    expect(jsonCodecOf(schema("object")).encode({ A: 1 })).toBe("{}")
  })

  it.each([
    [schema("symbol"), "There is no JSON for a schema of type symbol"],
    [schema("array"), "A array must have `element`"],
    [schema("record"), "A record must have `valueType`"],
    [schema("optional"), "A optional must have `innerType`"],
    [schema("pipe"), "A pipe must have `out`"],
  ])("is none for %j", (of, message) => {
    expect(() => jsonCodecOf(of)).toThrow(new TypeError(message))
  })
})

describe("CBOR", () => {
  const hex = (value: unknown): string => Buffer.from(encodeCbor(value)).toString("hex")

  // Source: RFC 8949, appendix A, and the bounds of section 3.
  it.each<[string, unknown]>([
    ["00", 0],
    ["17", 23],
    ["1818", 24],
    ["18ff", 255],
    ["190100", 256],
    ["19ffff", 65_535],
    ["1a00010000", 65_536],
    ["1affffffff", 4_294_967_295],
    ["1b0000000100000000", 4_294_967_296],
    ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["20", -1],
    ["37", -24],
    ["3818", -25],
    ["3903e7", -1000],
    ["3b001ffffffffffffe", Number.MIN_SAFE_INTEGER],
    ["fb3ff199999999999a", 1.1],
    ["fbc010666666666666", -4.1],
    ["fb7e37e43c8800759c", 1e300],
    ["f4", false],
    ["f5", true],
    ["40", new Uint8Array()],
    ["4401020304", Uint8Array.of(1, 2, 3, 4)],
    ["62c3bc", "ü"],
    ["80", []],
    ["8301820203820405", [1, [2, 3], [4, 5]]],
    ["a0", {}],
    ["a26161016162820203", { a: 1, b: [2, 3] }],
    ["a1616101", { a: 1, b: undefined }],
    ["c11a514b67b0", new Date("2013-03-21T20:04:00Z")],
    ["c1fb41d452d9ec200000", new Date("2013-03-21T20:04:00.500Z")],
  ])("%s is written for what it is", (expected, value) => {
    expect(hex(value)).toBe(expected)
  })

  it.each([null, undefined, 1n, Symbol("a"), () => 1])("has nothing for %s", (value) => {
    expect(() => encodeCbor([value])).toThrow(
      new TypeError(`There is no CBOR for a ${typeof value}`),
    )
  })

  const read = (text: string) => decodeCbor(new Uint8Array(Buffer.from(text, "hex")))
  const refused = expect.objectContaining({ name: "SerializationException" })

  test("is read sixteen deep, and no deeper", () => {
    for (const [open, end] of [
      ["81", "00"],
      ["9f", "00"],
      ["a16161", "00"],
    ] as const) {
      const close = open === "9f" ? "ff" : ""
      const nested = (depth: number) => `${open.repeat(depth)}${end}${close.repeat(depth)}`
      expect(() => read(nested(16))).not.toThrow()
      expect(() => read(nested(17))).toThrow(refused)
    }
  })

  test("is read of ten thousand items, and of no more", () => {
    const items = (count: number) => `9f${"00".repeat(count - 1)}ff`
    expect(read(items(10_000))).toHaveLength(9999)
    expect(() => read(items(10_001))).toThrow(refused)
    const pieces = (count: number) => `5f${"4101".repeat(count - 1)}ff`
    expect(read(pieces(10_000))).toHaveLength(9999)
    expect(() => read(pieces(10_001))).toThrow(refused)
  })

  it.each<[string, unknown]>([
    ["c1fb0000000000000000", new Date(0)],
    ["c13a0001517f", new Date(-86_400_000)],
    ["c11b000007dba8218000", new Date(8.64e15)],
    ["c13b000007dba8217fff", new Date(-8.64e15)],
    ["c1f93800", new Date(500)],
    ["1b0020000000000000", 9_007_199_254_740_992n],
    ["1b001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["3b001fffffffffffff", -9_007_199_254_740_992],
    ["3b0020000000000000", -9_007_199_254_740_993n],
  ])("%s is read as what it is", (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it.each([
    ["a time that is one second late", "c11b000007dba8218001"],
    ["a time of nothing", "c1f6"],
    ["another tag", "c200"],
    ["a number of sixteen bytes", "1c00000000000000000000000000000000"],
    ["a number that is cut", "1b00000000000000"],
    ["a text of a byte too much", "6261"],
    ["a simple value", "f3"],
    ["a simple value of a byte", "f8ff"],
  ])("is not read of %s", (_, text) => {
    expect(() => read(text)).toThrow(refused)
  })
})
