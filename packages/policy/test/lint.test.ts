import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { defaultKeyPolicy, lint } from "../src/index.js"
import { findings } from "./cases/findings.js"

const codes = (text: string, item: (typeof findings)[number]) =>
  lint(text, item.kind, item.options).map(({ code }) => code)

describe("lint", () => {
  test.each(findings.map((item, index) => [`${item.code} (${index})`, item] as const))(
    "%s is found where it is and not next to it",
    (_name, item) => {
      const finding = lint(item.found, item.kind, item.options).find(
        ({ code }) => code === item.code,
      )
      expect(finding?.severity).toBe(item.severity)
      expect(finding?.message).not.toBe("")
      expect(finding?.line).toBe(1)
      expect(finding?.column).toBeGreaterThan(0)
      expect(codes(item.clean, item)).not.toContain(item.code)
    },
  )

  test("every code in the sources has a case", () => {
    const known = new Set(findings.map(({ code }) => code))
    expect([...codesInSources()].filter((code) => !known.has(code))).toEqual([])
  })

  test("the default key policy has no findings", () => {
    expect(lint(defaultKeyPolicy("111122223333", "aws"), "keyPolicy")).toEqual([])
  })

  test("a finding names the line and the column", () => {
    const text = '{\n  "Version": "2012-10-17",\r\n  "Statement": [],\n  "Extra": 1\n}'
    expect(lint(text, "keyPolicy")).toContainEqual({
      code: "unknownElement",
      severity: "error",
      message: "`Extra` is not an element",
      path: "Extra",
      line: 4,
      column: 3,
    })
  })
})

/** Codes are written as `code: "…"` in a rule or as the first argument of a report. */
function codesInSources(): Set<string> {
  const found = new Set<string>()
  for (const room of ["lint", "parse"]) {
    const folder = new URL(`../src/${room}/`, import.meta.url)
    for (const name of readdirSync(folder)) {
      const source = readFileSync(new URL(name, folder), "utf8")
      const patterns = [
        /\b(?:conditionRule|unreadable|resourcePart|networkDeny)\(\s*"(\w+)"/g,
        /\bcode: "(\w+)"/g,
        /\breport\(\s*"(\w+)"/g,
        /const code = "(\w+)"/g,
      ]
      for (const match of patterns.flatMap((pattern) => [...source.matchAll(pattern)])) {
        found.add(match[1] ?? "")
      }
    }
  }
  return found
}
