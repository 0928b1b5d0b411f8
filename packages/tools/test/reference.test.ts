import { catalogue } from "@keywright/core"
import { describe, expect, it } from "vitest"
import { table } from "../src/reference/markdown.js"
import { operationsList, operationsPage } from "../src/reference/operations-page.js"
import { replaceBetweenMarkers } from "../src/reference/pages.js"
import { isOptional, membersOf, type Schema, schemaWords } from "../src/reference/schema-words.js"

const inputOf = (name: keyof typeof catalogue): ReadonlyMap<string, Schema> =>
  new Map(membersOf(catalogue[name].input() as unknown as Schema))

const words = (name: keyof typeof catalogue, member: string): string => {
  const schema = inputOf(name).get(member)
  return schema === undefined ? "no such member" : schemaWords(schema)
}

describe("the words for a member", () => {
  it("say the bounds of a blob, which only its check knows", () => {
    expect(words("Encrypt", "Plaintext")).toBe("blob, 1 to 4,096 bytes")
    expect(words("Decrypt", "CiphertextBlob")).toBe("blob, 1 to 6,144 bytes")
  })

  it("say the length and the pattern of text", () => {
    const pattern = "matching `^\\p{ASCII}+$`"
    expect(words("Encrypt", "KeyId")).toBe(`text, 1 to 2,048 characters, ${pattern}`)
  })

  it("say the range of a number", () => {
    expect(words("GenerateDataKey", "NumberOfBytes")).toBe("integer, 1 to 1,024")
  })

  it("say the values of a closed set", () => {
    expect(words("GenerateDataKey", "KeySpec")).toBe("`AES_256`, `AES_128`")
  })

  it("say what a list and a map hold", () => {
    const tokens = "list, at most 10 items of: text, 1 to 8,192 characters"
    expect(words("Encrypt", "GrantTokens")).toBe(tokens)
    expect(words("Encrypt", "EncryptionContext")).toBe("map of text to text")
  })

  it("do not exist for a kind of schema that nobody described", () => {
    const schema = { _zod: { def: { type: "bigint" } }, safeParse: () => ({}) }
    expect(() => schemaWords(schema)).toThrow("no words for a schema of type bigint")
  })

  it("leave open whether it must be given, which the schema says", () => {
    const members = [...inputOf("Encrypt")].filter(([, schema]) => !isOptional(schema))
    expect(members.map(([name]) => name)).toEqual(["KeyId", "Plaintext"])
  })
})

describe("the printed pages", () => {
  const page = operationsPage()
  const names = Object.keys(catalogue)

  it("describe every operation of the catalogue", () => {
    const titles = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
    expect(titles.sort()).toEqual(names.sort())
  })

  it("show the admission of an operation in each of the eight states", () => {
    const line = page.split("\n").find((text) => text.startsWith("| [Encrypt](#encrypt) "))
    const admission = page.slice(page.indexOf("## Admission")).split("\n")
    const encrypt = admission.find((text) => text.startsWith("| [Encrypt](#encrypt) "))
    expect(line).toContain("kms:Encrypt")
    expect(encrypt?.split("|").map((cell) => cell.trim())).toEqual([
      "",
      "[Encrypt](#encrypt)",
      "creating",
      "✓",
      "disabled",
      "pending import",
      "pending deletion",
      "pending deletion",
      "unavailable",
      "✓",
      "",
    ])
  })

  it("give an operation on two keys a line for each", () => {
    expect(page).toContain("[ReEncrypt](#reencrypt), `SourceKeyId`")
    expect(page).toContain("[ReEncrypt](#reencrypt), `DestinationKeyId`")
  })

  it("say with which exception each key state refuses a call", () => {
    expect(page).toContain("`disabled`: `DisabledException`")
    expect(page).toContain("`external origin`, `in key store`: `UnsupportedOperationException`")
  })

  it("name every operation in the README once", () => {
    const found = operationsList().match(/\b[A-Z]\w+\b/g) ?? []
    for (const name of names) expect(found.filter((word) => word === name)).toEqual([name])
  })

  it("leave the README alone outside of the markers", () => {
    const readme = "a\n<!-- operations:begin -->\nold\n<!-- operations:end -->\nb"
    const printed = "a\n<!-- operations:begin -->\n\nnew\n\n<!-- operations:end -->\nb"
    expect(replaceBetweenMarkers(readme, "operations", "new")).toBe(printed)
    expect(replaceBetweenMarkers(printed, "operations", "new")).toBe(printed)
    expect(() => replaceBetweenMarkers("a", "operations", "new")).toThrow("operations:begin")
  })

  it("have tables whose columns line up", () => {
    expect(table(["a", "b"], [["1", "long"]])).toBe("| a | b    |\n|---|------|\n| 1 | long |")
  })
})
