import { describe, expect, test } from "vitest"
import type { JsonNode } from "../src/parse/json-node.js"
import { nodeOfValue } from "../src/parse/node-of-value.js"
import { placeOf, placerOf } from "../src/parse/place.js"
import { readJson } from "../src/parse/read-json.js"
import { jsonDepthMax } from "../src/vocabulary/limits.js"

/** What a node says, as JSON.parse has it. */
function meant(node: JsonNode): unknown {
  switch (node.type) {
    case "object":
      return Object.fromEntries(node.members.map(({ name, value }) => [name, meant(value)]))
    case "array":
      return node.items.map(meant)
    case "number":
      return Number(node.text)
    case "null":
      return null
    default:
      return node.value
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** Whether it is JSON, and which value, as the language has it. */
function expectAlike(text: string): void {
  const result = readJson(text)
  const wanted = parsed(text)
  const own = result.ok ? JSON.stringify(meant(result.node)) : "none"
  const other = wanted === undefined ? "none" : JSON.stringify(wanted.value)
  if (own !== other) expect.fail(`${JSON.stringify(text)} is read as ${own}, not ${other}`)
  if (result.ok) return
  const { at } = result.failure
  if (at < 0 || at > text.length) expect.fail(`${JSON.stringify(text)} fails at ${at}`)
}

const texts = [
  ...["0", "-0", "10", "-1.5", "1e3", "1E+20", "2.5e-3", "true", "false", "null", '"a"', '""'],
  ...["[]", "[ ]", "[1,2]", " [ 1 , [ ] ] ", "{}", "{ }", '{"a":1,"b":[{}]}', ' { "a" : { } } '],
  ...['"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"x\\u00e9y\\u20AC\\uFfFf"', '"\\u0000z"', '"\u007f\u00e9"'],
  '\t{\r\n"a"\t:\n[null,true,false,-0.0e0]\r}\n',
]

/** Around the bounds of what counts as space, digit, hexadecimal digit and control character. */
const inserts = [
  ..."0123456789",
  ..."/:;@ABFG`abfguntr",
  ..."-+.eE\"\\{}[],'",
  "00",
  "tru",
  "\\u00",
]
const spaces = ["\u0000", "\b", "\t", "\n", "\v", "\f", "\r", "\u001f", " ", "\u00a0", "\u2028"]

test.each(texts)("%j is read as the language reads it, and so is what is next to it", (text) => {
  expectAlike(text)
  for (let at = 0; at <= text.length; at += 1) {
    for (const cut of [0, 1]) {
      expectAlike(text.slice(0, at) + text.slice(at + cut))
      for (const insert of [...inserts, ...spaces]) {
        expectAlike(text.slice(0, at) + insert + text.slice(at + cut))
      }
    }
    expectAlike(text.slice(0, at))
  }
})

describe("what is no JSON", () => {
  test.each([
    ["", 0],
    ["  ", 2],
    ["{} x", 3],
    ["nul", 0],
    [" tru", 1],
    ["-", 0],
    ["[1,]", 3],
    ["[01]", 1],
    ["[1.]", 1],
    ["[1e+]", 1],
    ["[1", 2],
    ["[1 2]", 3],
    ['{"a"}', 4],
    ['{"a":}', 5],
    ['{"a":1', 6],
    ['{"a":1 "b":2}', 7],
    ['{"a":1, b:2}', 8],
    ["{a:1}", 1],
    ['["a', 1],
    ['["a\\n', 1],
    ['["a\nb"]', 3],
    ['["a\\n\nb"]', 5],
    ['["a\\x"]', 3],
    ['["ab\\n\\u12g4"]', 6],
    ['["\\u12', 2],
  ])("%j fails where it begins to be none", (text, at) => {
    expect(parsed(text)).toBeUndefined()
    const result = readJson(text)
    const message = expect.stringMatching(/^(?!no value)\S.* \S/)
    expect(result).toEqual({ ok: false, failure: { at, message } })
  })
})

/** The same without places, as a value that is no text has it. */
function placeless(node: JsonNode): JsonNode {
  const at = -1
  if (node.type === "array") return { ...node, at, items: node.items.map(placeless) }
  if (node.type !== "object") return { ...node, at }
  const members = node.members.map(({ name, value }) => ({ name, at, value: placeless(value) }))
  return { ...node, at, members }
}

const lists = (depth: number) => "[".repeat(depth) + "]".repeat(depth)
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`

describe("a value that is no text", () => {
  test.each(texts)("is read as %j is", (text) => {
    const value: unknown = JSON.parse(text)
    const read = readJson(JSON.stringify(value))
    expect(nodeOfValue(value)).toEqual(read.ok && { ...read, node: placeless(read.node) })
  })

  test("is nested no deeper than a text", () => {
    const message = expect.stringContaining("deep")
    for (const nested of [lists, objects]) {
      for (let depth = 1; depth < jsonDepthMax + 3; depth += 1) {
        const text = nested(depth)
        const read = nodeOfValue(JSON.parse(text))
        expect(read.ok).toBe(readJson(text).ok)
        if (!read.ok) expect(read).toEqual({ ok: false, failure: { at: -1, message } })
      }
    }
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x"), 1n, undefined])(
    "is refused where it is %s, alone and within others",
    (value) => {
      const message = expect.stringMatching(/^a \S+ is not \S/)
      const failure = { at: -1, message }
      expect(nodeOfValue(value)).toEqual({ ok: false, failure })
      expect(nodeOfValue([1, [value]])).toEqual({ ok: false, failure })
      if (value !== undefined) expect(nodeOfValue({ a: value })).toEqual({ ok: false, failure })
    },
  )
})

describe("what is read", () => {
  test("has the place of every value and name", () => {
    const text = ' {"a" : [1, "x"], "a":{"b":null},"c":true}'
    const at = (part: string) => text.indexOf(part)
    expect(readJson(text)).toEqual({
      ok: true,
      node: {
        type: "object",
        at: 1,
        members: [
          {
            name: "a",
            at: at('"a" '),
            value: {
              type: "array",
              at: at("["),
              items: [
                { type: "number", at: at("1"), text: "1" },
                { type: "string", at: at('"x"'), value: "x" },
              ],
            },
          },
          {
            name: "a",
            at: at('"a":'),
            value: {
              type: "object",
              at: at('{"b"'),
              members: [{ name: "b", at: at('"b"'), value: { type: "null", at: at("null") } }],
            },
          },
          { name: "c", at: at('"c"'), value: { type: "boolean", at: at("true"), value: true } },
        ],
      },
    })
  })

  test("is nested no deeper than the limit, in lists and in objects", () => {
    for (const nested of [lists, objects]) {
      let depth = 1
      while (readJson(nested(depth + 1)).ok) depth += 1
      // Something may stand within the innermost list, and is one deeper.
      expect(depth - Number(nested === lists)).toBe(jsonDepthMax)
      expect(readJson(nested(depth + 1))).toMatchObject({ ok: false })
    }
  })
})

describe("a place", () => {
  test.each(["", "a", "\n", "ab\ncd", "\r\r\n\n\r", "a\rb\r\nc\n\nd", "1\n2\n3\n4\n5\n6\n"])(
    "in %j is a line that ends in LF, CR LF or CR, and a column of it",
    (text) => {
      const place = placerOf(text)
      for (let at = 0; at <= text.length; at += 1) {
        // A line feed is part of the end that a carriage return before it began.
        const isWithinEnd = text.slice(at - 1, at + 1) === "\r\n"
        const lines = text.slice(0, isWithinEnd ? at - 1 : at).split(/\r\n|\r|\n/)
        const column = (lines.at(-1) ?? "").length + (isWithinEnd ? 2 : 1)
        const wanted = { path: "x", line: lines.length, column }
        expect(place(at, "x")).toEqual(wanted)
        expect(placeOf(text, at, "x")).toEqual(wanted)
      }
    },
  )

  test("of what stands in no text is its path alone", () => {
    expect(placerOf("a\nb")(-1, "x")).toEqual({ path: "x" })
    expect(placeOf("a\nb", -1, "x")).toEqual({ path: "x" })
    expect(placeOf(undefined, 3, "x")).toEqual({ path: "x" })
  })
})
