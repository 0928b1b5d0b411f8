import { describe, expect, it } from "vitest"
import { checkChange, checkKeys, checkRange, keyInterval } from "../src/arguments.js"
import type { Change, Range } from "../src/contract.js"

const bytes = new Uint8Array(1)
const many = (count: number, prefix = "k") =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)
const puts = (count: number) => many(count).map((key) => ({ key, value: bytes }))
const expectations = (keys: readonly string[]) => keys.map((key) => ({ key, revision: 1 }))

const messageOf = (act: () => void): string => {
  try {
    act()
    return ""
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as Error).message
  }
}

const keys: readonly (readonly [sentence: string, key: unknown, message: string])[] = [
  ["one character", " ", ""],
  ["the last printable one", "~", ""],
  ["1024 characters", "k".repeat(1024), ""],
  ["none", "", "must have a key of 1 to 1024 characters"],
  ["1025", "k".repeat(1025), "must have a key of 1 to 1024 characters"],
  ["a number", 7, "must have a key of 1 to 1024 characters"],
  ["nothing", undefined, "must have a key of 1 to 1024 characters"],
  ["a letter beyond ASCII", "ä", "must have a key of printable ASCII"],
  ["a control character", "a\u001f", "must have a key of printable ASCII"],
  ["a line end", "a\n", "must have a key of printable ASCII"],
  ["a deletion", "\u007fa", "must have a key of printable ASCII"],
]

describe("a key", () => {
  it.each(keys)(
    "of %s is checked wherever it stands, and never shown",
    (_sentence, key, message) => {
      const told = (place: string) => (message === "" ? "" : `${place} ${message}`)
      expect(messageOf(() => checkKeys(["a", key as string]))).toBe(told("keys[1]"))
      const change = (more: object) =>
        messageOf(() => checkChange({ ...nothing, ...more } as Change))
      expect(change({ put: [{ key, value: bytes }] })).toBe(told("change.put[0]"))
      expect(change({ remove: ["a", key] })).toBe(told("change.remove[1]"))
      expect(change({ expect: [{ key, revision: 1 }] })).toBe(told("change.expect[0]"))
    },
  )
})

const nothing: Change = { expect: [], put: [], remove: [] }

describe("the argument of get", () => {
  it.each([
    [[], ""],
    [many(100), ""],
    [many(101), "keys must not have more than 100 items"],
    ["keys", "keys must be an array"],
    [undefined, "keys must be an array"],
  ])("is keys: %j", (given, message) => {
    expect(messageOf(() => checkKeys(given as string[]))).toBe(message)
  })
})

const ranges: readonly (readonly [sentence: string, range: unknown, message: string])[] = [
  ["all", { prefix: "", limit: 1 }, ""],
  ["behind a key", { prefix: "a", after: "b", limit: 1000 }, ""],
  ["behind nothing", { prefix: "a", after: undefined, limit: 1 }, ""],
  ["a long prefix", { prefix: "a".repeat(1024), after: "a".repeat(1024), limit: 1 }, ""],
  ["nothing", null, "range must be an object"],
  ["a text", "a", "range must be an object"],
  ["no prefix", { limit: 1 }, "range.prefix must be printable ASCII of at most 1024 characters"],
  [
    "a prefix beyond ASCII",
    { prefix: "ä", limit: 1 },
    "range.prefix must be printable ASCII of at most 1024 characters",
  ],
  [
    "a prefix that is too long",
    { prefix: "a".repeat(1025), limit: 1 },
    "range.prefix must be printable ASCII of at most 1024 characters",
  ],
  [
    "a key that is none",
    { prefix: "", after: 1, limit: 1 },
    "range.after must be printable ASCII of at most 1024 characters",
  ],
  ...[0, 1001, 1.5, "1", undefined, -1].map(
    (limit) =>
      [
        `${limit} entries`,
        { prefix: "", limit },
        "range.limit must be an integer from 1 to 1000",
      ] as const,
  ),
]

describe("the argument of list", () => {
  it.each(ranges)("is a range of %s", (_sentence, range, message) => {
    expect(messageOf(() => checkRange(range as Range))).toBe(message)
  })

  it.each([
    ["", undefined, "", "\u007f"],
    ["a", undefined, "a", "b"],
    ["a/", undefined, "a/", "a0"],
    ["a", "ab", "ab ", "b"],
    ["b", "a", "b", "c"],
    ["a~", undefined, "a~", "a\u007f"],
    ["", "a", "a ", "\u007f"],
    ["a", "a", "a ", "b"],
  ])("%j behind %j begins with %j and ends before %j", (prefix, after, from, to) => {
    expect(keyInterval({ prefix, after, limit: 1 })).toEqual({ from, to })
  })
})

const mib = 1_048_576
const large = (lengthBytes: number) => new Uint8Array(lengthBytes)
const quarter = 262_144

const changes: readonly (readonly [sentence: string, change: object, message: string])[] = [
  ["nothing", {}, ""],
  ["100 keys", { put: puts(100) }, ""],
  [
    "100 keys of three kinds",
    { put: puts(40), remove: many(30, "r"), expect: expectations(many(30, "e")) },
    "",
  ],
  ["100 keys that are expected, too", { put: puts(100), expect: expectations(many(100)) }, ""],
  ["101 keys to put", { put: puts(101) }, "change.put must not have more than 100 items"],
  ["101 keys to remove", { remove: many(101) }, "change.remove must not have more than 100 items"],
  [
    "101 expectations",
    { expect: expectations(many(101)) },
    "change.expect must not have more than 100 items",
  ],
  [
    "101 keys of two kinds",
    { put: puts(100), expect: expectations(["e"]) },
    "change must not name more than 100 different keys",
  ],
  [
    "101 keys put and removed",
    { put: puts(60), remove: many(41, "r") },
    "change must not name more than 100 different keys",
  ],
  [
    "a key put twice",
    { put: [...puts(1), ...puts(1)] },
    "change must name each key once in put and remove together",
  ],
  [
    "a key removed twice",
    { remove: ["a", "a"] },
    "change must name each key once in put and remove together",
  ],
  [
    "a key put and removed",
    { put: puts(1), remove: ["k0"] },
    "change must name each key once in put and remove together",
  ],
  [
    "a key expected twice",
    { expect: expectations(["a", "a"]) },
    "change.expect must name each key once",
  ],
  ["no list", { put: {} }, "change.put must be an array"],
  ["no expectations", { expect: undefined }, "change.expect must be an array"],
  ["nothing to remove", { remove: undefined }, "change.remove must be an array"],
  ["no entry", { put: [undefined] }, "change.put[0] must be an object"],
  ["no expectation", { expect: [null] }, "change.expect[0] must be an object"],
  ["absence", { expect: [{ key: "a", revision: undefined }] }, ""],
  ...[0, -1, 1.5, "1", null, 2 ** 53].map(
    (revision) =>
      [
        `the revision ${revision}`,
        { expect: [{ key: "a", revision }] },
        "change.expect[0].revision must be a revision or undefined",
      ] as const,
  ),
  ["no bytes", { put: [{ key: "a", value: [1] }] }, "change.put[0].value must be a Uint8Array"],
  [
    "other bytes",
    { put: [{ key: "a", value: new Uint16Array(1) }] },
    "change.put[0].value must be a Uint8Array",
  ],
  ["a subclass", { put: [{ key: "a", value: Buffer.from("a") }] }, ""],
  ["the largest value", { put: [{ key: "a", value: large(quarter) }] }, ""],
  [
    "a larger one",
    { put: [{ key: "a", value: large(quarter + 1) }] },
    "change.put[0].value must not exceed 262144 bytes",
  ],
]

describe("the argument of commit", () => {
  it.each(changes)("is a change of %s", (_sentence, change, message) => {
    expect(messageOf(() => checkChange({ ...nothing, ...change } as Change))).toBe(message)
  })

  it("is an object", () => {
    expect(messageOf(() => checkChange(undefined as never))).toBe("change must be an object")
  })

  it("counts the bytes of all its keys and values", () => {
    const full = (bytesLeft: number): Change => ({
      expect: [{ key: "eee", revision: 1 }],
      remove: ["rr"],
      put: [
        ...["a", "b", "c"].map((key) => ({ key, value: large(quarter) })),
        { key: "d", value: large(quarter - bytesLeft) },
      ],
    })
    // Four keys of one byte, one of two and one of three stand beside the values.
    expect(messageOf(() => checkChange(full(9)))).toBe("")
    expect(messageOf(() => checkChange(full(8)))).toBe(
      `change must not exceed ${mib} bytes of keys and values`,
    )
  })
})
