import { describe, expect, it } from "vitest"
import { findFunctions } from "../src/tidy/functions.js"
import { findImports } from "../src/tidy/imports.js"
import { tokenize } from "../src/tidy/tokens.js"

const textsOf = (source: string, kind: string): readonly string[] =>
  tokenize(source)
    .filter((token) => token.kind === kind)
    .map(({ text }) => text)

describe("tokens", () => {
  it("nothing but blanks is lost", () => {
    const source = "const a = `x${ {b: `}`}.b }y` // c\n/* d */ + 'e\\'f' / 2 ? /[/]g/u : 0x1_0n"
    const whole = tokenize(source).map(({ text }) => text)
    expect(whole.join("").replaceAll(/\s/g, "")).toBe(source.replaceAll(/\s/g, ""))
  })

  it("words in strings, comments, templates and patterns are not words", () => {
    const source = "a('b', \"c\", `d`, /e/, f) // g\n/* h\n i */ j"
    expect(textsOf(source, "word")).toEqual(["a", "f", "j"])
  })

  it("words in the expressions of a template are words, however deep", () => {
    const source = "`a ${b + `c ${ {d: e} } f` + g} h` + i"
    expect(textsOf(source, "word")).toEqual(["b", "d", "e", "g", "i"])
  })

  it("an escaped dollar opens no expression", () => {
    expect(textsOf("`a \\${b}` + c", "word")).toEqual(["c"])
  })

  it("a slash divides after a value and begins a pattern elsewhere", () => {
    expect(textsOf("a / b / c", "pattern")).toEqual([])
    expect(textsOf("(a) / b / c", "pattern")).toEqual([])
    expect(textsOf("return /b/g.test(c)", "pattern")).toEqual(["/b/g"])
    expect(textsOf("x = /[/\"]\\/'/", "pattern")).toEqual(["/[/\"]\\/'/"])
  })

  it("lines are counted from one, across comments and templates", () => {
    const lines = tokenize("a\n/*\n*/ b `\n` c").filter(({ kind }) => kind === "word")
    expect(lines.map(({ text, line }) => [text, line])).toEqual([
      ["a", 1],
      ["b", 3],
      ["c", 4],
    ])
  })

  it("source that ends in the middle of something is read to its end", () => {
    for (const source of ["'a", '"a', "`a", "`a ${b", "/* a", "/a", "a\\"]) {
      const texts = tokenize(source).map(({ text }) => text)
      expect(texts.join("").replaceAll(" ", "")).toBe(source.replaceAll(" ", ""))
    }
  })
})

describe("imports", () => {
  const found = (source: string) =>
    findImports(tokenize(source)).map(({ kind, specifier }) => `${kind} ${specifier}`)

  it("every form of import is found, and what it is", () => {
    expect(found('import type { A } from "a"')).toEqual(["import a"])
    expect(found('import b, * as c from "b"')).toEqual(["import b"])
    expect(found('import {\n  type D,\n  e as f,\n} from "./d.js"')).toEqual(["import ./d.js"])
    expect(found('import "e"')).toEqual(["bare e"])
    expect(found('const f = () => import("f")')).toEqual(["dynamic f"])
    expect(found('export { g } from "g"')).toEqual(["re-export g"])
    expect(found('export type { h } from "h"')).toEqual(["re-export h"])
    expect(found('export * from "i"\nexport * as j from "j"')).toEqual([
      "re-export i",
      "re-export j",
    ])
  })

  it("what only looks like one is not", () => {
    expect(found("import.meta.url; a.import('x')")).toEqual([])
    expect(found('export const from = "x"')).toEqual([])
    expect(found('export { a }\nconst b = "c"')).toEqual([])
    expect(found('export function f(from = "x") {}')).toEqual([])
  })
})

describe("functions", () => {
  const own = (source: string) =>
    findFunctions(tokenize(source)).map(({ line, lastLine, ownLines }) => [
      line,
      lastLine,
      ownLines,
    ])

  it("functions, methods and arrows are found, with and without a return type", () => {
    expect(own("function a() {\n}")).toEqual([[1, 2, 2]])
    expect(own("function a<T>(b: T): Promise<Map<string, T[]>> {\n}")).toEqual([[1, 2, 2]])
    expect(own("function a(b: B): { c: D } | E {\n}")).toEqual([[1, 2, 2]])
    expect(own("function a(b: B): asserts b is C {\n}")).toEqual([[1, 2, 2]])
    expect(own("const a = (b: B): C => {\n}")).toEqual([[1, 2, 2]])
    expect(own("const a = {\n  b(c) {\n  },\n}")).toEqual([[2, 3, 2]])
  })

  it("a head of several lines belongs to its function", () => {
    expect(own("function a(\n  b: B,\n): C {\n}")).toEqual([[1, 4, 4]])
  })

  it("blocks, classes, types and object literals are no functions", () => {
    expect(own("if (a) {\n}\nfor (;;) {\n}\nwhile (a) {\n} ")).toEqual([])
    expect(own("switch (a) {\n}\ntry {\n} catch (e) {\n} finally {\n}")).toEqual([])
    expect(own("class A extends B {\n}\ninterface C {\n  d(): E\n}")).toEqual([])
    expect(own("const a = b(c) ? d(e) : {\n}")).toEqual([])
  })

  it("a class after a function is not taken for its body", () => {
    expect(own("function a(): B {\n}\nclass C {\n}")).toEqual([[1, 2, 2]])
  })

  it("the lines of an inner function count for it, and one of them for the outer", () => {
    const source = "function a() {\n  const b = () => {\n    c()\n  }\n  return b\n}"
    expect(own(source)).toEqual([
      [1, 6, 4],
      [2, 4, 3],
    ])
  })
})
