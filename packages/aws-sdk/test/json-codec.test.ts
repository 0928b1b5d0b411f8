import { catalogue } from "@keywright/core"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { handedCodecOf } from "../src/dialects.js"
import { type JsonCodec, jsonCodecOf, type Schema } from "../src/json-codec.js"

/** A schema as zod would define it. */
const schema = (type: string, more: object = {}): Schema => ({ _zod: { def: { type, ...more } } })

const object = (shape: Readonly<Record<string, Schema>>) => schema("object", { shape })

const everything = jsonCodecOf(
  object({
    Text: schema("string"),
    Choice: schema("enum"),
    Count: schema("number"),
    Flag: schema("boolean"),
    When: schema("date"),
    Bytes: schema("custom"),
    Maybe: schema("optional", { innerType: schema("string") }),
    List: schema("array", { element: schema("custom") }),
    Map: schema("record", { valueType: schema("string") }),
    Checked: schema("pipe", {
      out: schema("record", { valueType: object({ When: schema("date") }) }),
    }),
  }),
)

const overTheWire = (codec: JsonCodec, value: unknown): unknown =>
  codec.decode(JSON.parse(codec.encode(value)))

describe("a codec", () => {
  test.each(Object.entries(catalogue))("can be derived for %s", (_operation, row) => {
    expect(jsonCodecOf(row.input()).decode({})).toEqual({})
    expect(jsonCodecOf(row.reply()).encode({})).toBe("{}")
  })

  test("reads back what it has written", () => {
    // Within these years, seconds with a fraction keep every millisecond.
    const [min, max] = [new Date("0001-01-01T00:00:00Z"), new Date("9999-12-31T23:59:59Z")]
    const date = fc.date({ noInvalidDate: true, min, max })
    const values = fc.record(
      {
        Text: fc.string({ unit: "binary" }),
        Choice: fc.string(),
        Count: fc.integer(),
        Flag: fc.boolean(),
        When: date,
        Bytes: fc.uint8Array(),
        Maybe: fc.string(),
        List: fc.array(fc.uint8Array()),
        Map: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
        Checked: fc.dictionary(fc.string(), fc.record({ When: date }, { noNullPrototype: true }), {
          noNullPrototype: true,
        }),
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    fc.assert(
      fc.property(values, (value) => {
        expect(overTheWire(everything, value)).toEqual(value)
      }),
    )
  })

  test("writes nothing that the schema does not have", () => {
    expect(everything.encode({ Text: "a", Secret: "b", Count: undefined })).toBe('{"Text":"a"}')
  })

  test("reads times to the millisecond and refuses those that no date can hold", () => {
    const codec = jsonCodecOf(schema("date"))
    expect(codec.decode(1936859412.345)).toEqual(new Date(1936859412345))
    expect(codec.decode(-0.001)).toEqual(new Date(-1))
    for (const json of [8.64e12 + 1, -1e300, Number.POSITIVE_INFINITY, "2031-05-17"]) {
      expect(() => codec.decode(json)).toThrow("can not be converted to milliseconds since epoch")
    }
  })

  test("takes whole numbers and booleans as text where text is wanted, and no rounded number", () => {
    const codec = jsonCodecOf(schema("record", { valueType: schema("string") }))
    const read = (json: string) => codec.decode(JSON.parse(`{"a":${json}}`))
    expect(read("42")).toEqual({ a: "42" })
    expect(read("-9007199254740991")).toEqual({ a: "-9007199254740991" })
    expect(read("true")).toEqual({ a: "true" })
    for (const json of ["0.3", "0.30000000000000001", "9007199254740993", "1e400"]) {
      expect(() => read(json)).toThrow("NUMBER_VALUE can not be converted to a String")
    }
  })

  test("cannot be derived for what JSON does not have", () => {
    expect(() => jsonCodecOf(schema("symbol"))).toThrow(TypeError)
    expect(() => jsonCodecOf(schema("constructor"))).toThrow(TypeError)
    expect(() => jsonCodecOf(schema("array"))).toThrow(TypeError)
  })
})

test("an input that is handed over is copied, also out of a Buffer, whose `slice` copies nothing", () => {
  const codec = handedCodecOf(object({ Bytes: schema("custom") }))
  for (const Bytes of [Uint8Array.of(1, 2, 3), Buffer.of(1, 2, 3)]) {
    const { Bytes: taken } = codec.decode({ Bytes }) as { Bytes: Uint8Array }
    Bytes.fill(9)
    expect(taken).toEqual(Uint8Array.of(1, 2, 3))
    expect(Buffer.isBuffer(taken)).toBe(false)
  }
})
