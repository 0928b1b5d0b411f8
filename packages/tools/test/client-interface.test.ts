import { readFileSync } from "node:fs"
import { join } from "node:path"
import { catalogue, errorTable, type OperationName } from "@keywright/core"
import { describe, expect, it } from "vitest"
import { root } from "../src/paths.js"
import { clientInterface } from "../src/reference/client-interface.js"
import { describedAs, describedMembers, wordsOf } from "../src/reference/member-words.js"
import { errorsOf } from "../src/reference/operation-errors.js"
import { readPurposes } from "../src/reference/purposes.js"
import { comment, createTypePrinter, wrapped } from "../src/reference/schema-types.js"
import type { Schema } from "../src/reference/schema-words.js"

const names = Object.keys(catalogue) as OperationName[]
const printed = clientInterface()
const purposeOf = readPurposes()

/** The comment that an editor shows for a method: above it, or above its first signature. */
function commentOn(method: string): string {
  const at = printed.indexOf(`\n  readonly ${method}: `)
  const isInside = printed.slice(at).startsWith(`\n  readonly ${method}: {\n`)
  const start = isInside ? printed.indexOf("/**", at) : printed.lastIndexOf("/**", at)
  return printed.slice(start, printed.indexOf("*/", start))
}

const methodOf = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1)

describe("the comment on a method", () => {
  it.each(names)("%s says what it is for, its errors, its page and a call", (name) => {
    const text = commentOn(methodOf(name)).replaceAll(/\s+\* ?/g, " ")
    expect(text).toContain(purposeOf(name)[0])
    for (const error of errorsOf(name)) expect(text).toContain(`\`${error}\``)
    expect(text).toContain(`API_${name}.html`)
    expect(text).toContain(`await client.${methodOf(name)}(`)
  })

  it("names errors of the engine alone", () => {
    const strange = names.flatMap(errorsOf).filter((error) => !Object.hasOwn(errorTable, error))
    expect(strange).toEqual([])
  })

  it("is in the declarations that users get", () => {
    const path = join(root, "packages/core/dist/client-interface.d.ts")
    const declarations = readFileSync(path, "utf8")
    expect(declarations).toContain("What is encrypted. 1 to 4,096 bytes.")
    for (const name of names) expect(declarations).toContain(purposeOf(name)[0])
  })

  it("is in nothing that a program loads", () => {
    const path = join(root, "packages/core/lib/index.js")
    expect(readFileSync(path, "utf8")).not.toContain("API_Encrypt.html")
  })
})

describe("what is said of a member", () => {
  it("is closest to where it stands", () => {
    expect(wordsOf("EncryptInput", "KeyId", false)).toBe("The key: id, ARN, alias or alias ARN.")
    expect(wordsOf("DisableKeyInput", "KeyId", false)).toBe("The key: its id or ARN.")
    expect(wordsOf("EncryptReply", "KeyId", true)).toBe("The ARN of the key.")
    expect(wordsOf("KeyMetadata", "KeyId", true)).toBe("The id of the key.")
  })

  it("is missing for what nobody described", () => {
    expect(() => wordsOf("EncryptInput", "Plain", false)).toThrow("no words for Plain")
    expect(() => wordsOf("EncryptInput", "toString", false)).toThrow("no words for toString")
  })

  it("is said of something: nothing is described that is not there", () => {
    const used = new Set<string | undefined>()
    const printer = createTypePrinter((owner, member, isAnswered) => {
      used.add(describedAs(owner, member, isAnswered))
      return ""
    })
    for (const name of names) {
      const { input, reply } = catalogue[name]
      printer.structure(`${name}Input`, input() as unknown as Schema, false)
      printer.structure(`${name}Reply`, reply() as unknown as Schema, true)
    }
    const unused = describedMembers.filter((name) => !used.has(name))
    expect(unused).toEqual([])
  })
})

describe("a comment", () => {
  it("stands in one line as long as it fits", () => {
    expect(comment(["Short."], "  ")).toBe("  /** Short. */")
    const long = comment([`${"word ".repeat(30)}end.`])
    expect(long.split("\n").every((line) => line.length <= 100)).toBe(true)
    expect(long).toMatch(/^\/\*\*\n \* word .*\n \* word .*end\.\n \*\/$/)
  })

  it("leaves code as it is", () => {
    const code = `const a = ${"1 + ".repeat(30)}1`
    expect(comment(["Text.", "```ts", code, "```"])).toContain(` * ${code}\n`)
  })

  it("loses no word in being wrapped", () => {
    const text = "one two three four five"
    for (const width of [1, 5, 9, 100]) expect(wrapped(text, width).join(" ")).toBe(text)
  })
})
