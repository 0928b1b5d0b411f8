import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  bytes,
  count,
  either,
  listOf,
  needed,
  objectOf,
  oneOf,
  optional,
  positive,
  readAll,
  text,
  textThat,
} from "../../src/formats/stored/quick-record.js"

const inner = objectOf([
  needed(
    "d",
    textThat((one) => one !== "bad"),
  ),
])
const read = objectOf([
  needed("text", text),
  optional("count", count),
  needed("positive", positive),
  optional("one", oneOf(["x", "xy", '"'])),
  needed("list", listOf(listOf(count))),
  optional("bytes", bytes),
  optional("either", either(count, inner)),
])

const anyText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.constant('"'.repeat(2100)),
  fc.constant("x".repeat(2100)),
)
const number = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 9, 19, 90, 2 ** 53 - 1))
const value = fc.record(
  {
    text: anyText,
    count: number,
    positive: number.map((one) => Math.max(one, 1)),
    one: fc.constantFrom("x", '"'),
    list: fc.array(fc.array(number, { maxLength: 3 }), { maxLength: 3 }),
    bytes: fc.uint8Array(),
    either: fc.oneof(
      number,
      anyText.filter((one) => one !== "bad").map((d) => ({ d })),
    ),
  },
  { requiredKeys: ["text", "positive", "list"], noNullPrototype: true },
)
const jsonOf = (one: unknown): string =>
  JSON.stringify(one, (_, member) =>
    member instanceof Uint8Array ? Buffer.from(member).toString("base64") : member,
  )

describe("a record that is read in one go", () => {
  it("is the one that was written", () => {
    fc.assert(
      fc.property(value, (one) => {
        expect(readAll(jsonOf(one), read)).toEqual(one)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ["count", "0", 0],
    ["count", "109", 109],
    ["count", "9007199254740991", Number.MAX_SAFE_INTEGER],
    ["count", "9007199254740992", undefined],
    ["count", "00", undefined],
    ["count", "01", undefined],
    ["count", "", undefined],
    ["count", "-1", undefined],
    ["count", "1.5", undefined],
    ["count", "1e3", undefined],
    ["count", " 1", undefined],
    ["count", "1:", undefined],
    ["count", "1/", undefined],
    ["positive", "0", undefined],
    ["positive", "1", 1],
    ["text", '"a"', "a"],
    ["text", '"\\n\\u0001\\""', '\n\u0001"'],
    ["text", '"\\u0061"', undefined],
    ["text", '"\\/"', undefined],
    ["text", '"\\x"', undefined],
    ["text", '"\u001f"', undefined],
    ["text", '" "', " "],
    ["text", '"a', undefined],
    ["text", '"a\\"', undefined],
    ["text", 'a"', undefined],
    ["text", '"', undefined],
    ["text", "1", undefined],
    ["bytes", '"AQID"', Uint8Array.of(1, 2, 3)],
    ["bytes", '""', new Uint8Array(0)],
    ["bytes", '"AQI"', undefined],
    ["bytes", '"AQID', undefined],
    ["bytes", "AQID", undefined],
    ["bytes", 'xAQID"', undefined],
    ["list", "[]", []],
    ["list", "[1]", [1]],
    ["list", "[1,2]", [1, 2]],
    ["list", "[1,]", undefined],
    ["list", "[,1]", undefined],
    ["list", "[1", undefined],
    ["list", "1]", undefined],
    ["list", "{1]", undefined],
    ["list", "[}", undefined],
    ["list", "[1;2]", undefined],
    ["list", '["1"]', undefined],
    ["one", '"x"', "x"],
    ["one", '"xyz"', undefined],
    ["one", "x", undefined],
    ["object", '{"a":1,"b":2}', { a: 1, b: 2 }],
    ["object", '{"a":1}', { a: 1 }],
    ["object", '{"b":2}', undefined],
    ["object", '{"b":2,"a":1}', undefined],
    ["object", '{"a":1,"b":2,"c":3}', undefined],
    ["object", '{"a":1,"b":-2}', undefined],
    ["object", '{"a":1,"a":1}', undefined],
    ["object", '{"a":1]', undefined],
    ["object", '{"a":1', undefined],
    ["object", '{"a":1}}', undefined],
    ["object", '["a":1}', undefined],
    ["object", "{}", undefined],
  ] as const)("a %s of %s is %o", (kind, written, expected) => {
    const readers = {
      count,
      positive,
      text,
      bytes,
      list: listOf(count),
      one: oneOf(["x", "xy"]),
      object: objectOf([needed("a", count), optional("b", count)]),
    }
    expect(readAll(written, readers[kind])).toEqual(expected)
  })
})
