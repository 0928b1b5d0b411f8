import { describe, expect, it } from "vitest"
import { textMap } from "../../src/formats/text-map.js"

const parse = (value: unknown, options: Partial<Parameters<typeof textMap>[0]> = {}) => {
  const { success, data, error } = textMap({ otherwise: "otherwise", ...options }).safeParse(value)
  if (success) return data
  return error.issues.map(({ code, path, ...issue }) =>
    "params" in issue ? issue.params : [code, ...path],
  )
}

describe("a map of text", () => {
  it("has any names, also those that the language uses", () => {
    const names = JSON.parse('{"__proto__":"a","constructor":"b","":""}')
    const bare = Object.assign(Object.create(null), { a: "b" })
    for (const map of [{}, { a: "b" }, names, bare]) {
      const parsed = parse(map)
      expect(JSON.stringify(parsed)).toBe(JSON.stringify(map))
      expect(parsed).not.toBe(map)
    }
  })

  it("has text alone, of which every other is named", () => {
    expect(parse({ a: 1, b: "c", d: null })).toEqual([
      ["invalid_type", "a"],
      ["invalid_type", "d"],
    ])
    const own = JSON.parse('{"__proto__":1}')
    expect(parse(own)).toEqual([{ constraint: "otherwise" }])
  })

  it("is an object of no class, with no symbols", () => {
    class Other {
      readonly a = "b"
    }
    for (const other of [undefined, null, 1, "a", new Map(), ["a"]]) {
      expect(parse(other)).toEqual([["invalid_type"]])
    }
    expect(parse(new Other())).toEqual([["invalid_type"]])
    expect(parse({ a: "b", [Symbol("c")]: "d" })).not.toEqual({ a: "b" })
  })

  it("is looked at by a check only where it is not fit", () => {
    const isFit = (map: Readonly<Record<string, string>>) => Object.keys(map).length < 2
    const check = ({ issues, value }: { issues: unknown[]; value: unknown }) =>
      void issues.push({ code: "custom", input: value, params: { constraint: "too many" } })
    expect(parse({ a: "b" }, { isFit, check: check as never })).toEqual({ a: "b" })
    expect(parse({ a: "b", c: "d" }, { isFit, check: check as never })).toEqual([
      { constraint: "too many" },
    ])
  })
})
