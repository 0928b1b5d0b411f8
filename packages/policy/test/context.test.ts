import { describe, expect, test } from "vitest"
import { readerOf } from "../src/decide/read-context.js"
import type { ContextValue, RequestContext } from "../src/index.js"

const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x:More${i}`, `${i}`]))

/** Small ones are searched, large ones folded: each must say the same. */
const sizes: readonly (readonly [string, Record<string, ContextValue | undefined>])[] = [
  ["few keys", {}],
  ["24 keys", Object.fromEntries(Object.entries(many).slice(0, 23))],
  ["25 keys", Object.fromEntries(Object.entries(many).slice(0, 24))],
  ["many keys", many],
]
const values: readonly ContextValue[] = [
  ...["a", "", true, false, 7, 0],
  ...[["a"], ["a", "b"], [true, 7, "a"], []],
]

describe.each(sizes)("a context of %s", (_, others) => {
  test("has the values that it was given, whatever the letter case of their names", () => {
    for (const value of values) {
      const read = readerOf({ ...others, "k:Name": value })
      for (const spelling of [undefined, "k:Name", "K:NAME", "other"]) {
        expect(read("k:name", spelling)).toEqual(value)
        for (const absent of ["k:nama", "k:nam", "k:names", "j:name"]) {
          expect(read(absent, spelling === "k:Name" ? undefined : spelling)).toBeUndefined()
        }
      }
    }
  })

  test("makes one list of names that differ in letter case, in their order", () => {
    const both = (one: ContextValue | undefined, other: ContextValue | undefined) =>
      readerOf({ "k:Name": one, ...others, "K:name": other })("k:name", "k:Name")
    expect(both("a", "b")).toEqual(["a", "b"])
    expect(both(["a", "b"], "c")).toEqual(["a", "b", "c"])
    expect(both(true, ["c", 7])).toEqual([true, "c", 7])
    expect(both([], "a")).toEqual(["a"])
    expect(both("a", undefined)).toBe("a")
    expect(both(undefined, ["a"])).toEqual(["a"])
    expect(both(undefined, undefined)).toBeUndefined()
  })

  test("folds A to Z alone: the Kelvin sign is no k", () => {
    const read = readerOf({ ...others, "\u212a:name": "a", "k:n\u00c4me": "b" })
    expect(read("k:name")).toBeUndefined()
    expect(read("\u212a:name")).toBe("a")
    expect(read("k:n\u00e4me")).toBeUndefined()
    expect(read("k:n\u00c4me")).toBe("b")
  })
})

const wrong = [null, {}, Symbol("x"), () => "x", 1n, [null], ["a", {}], [["a"]], [undefined]]

test.each(wrong.map((value) => [value]))(
  "the value %s is a wrong call that says its key",
  (value) => {
    const context = { "k:Name": value, "k:other": "a" } as unknown as RequestContext
    expect(() => readerOf(context)("k:name")).toThrow(TypeError)
    expect(() => readerOf(context)("k:name")).toThrow("`k:Name`")
    expect(readerOf(context)("k:other")).toBe("a")
    expect(() => readerOf((() => value) as unknown as RequestContext)("k:name")).toThrow("`k:name`")
  },
)

test.each([undefined, null, "a", 1, true])("the context %s is a wrong call", (context) => {
  expect(() => readerOf(context as unknown as RequestContext)).toThrow(TypeError)
  expect(() => readerOf(context as unknown as RequestContext)).toThrow("lookup function")
})

test("a lookup is asked by names in lower case, and answers as a record does", () => {
  for (const value of [...values, undefined]) {
    const asked: string[] = []
    const read = readerOf((key) => {
      asked.push(key)
      return value
    })
    expect(read("k:name", "k:Name")).toEqual(value)
    expect(asked).toEqual(["k:name"])
  }
})
