import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { KmsError, refusalTable } from "../../src/index.js"
import { ours, recorded } from "../../src/vocabulary/refusals/refusal.js"

const all = Object.values(refusalTable).flatMap((family) => Object.entries(family))

const sources = new URL("../../src/", import.meta.url)
const usingFiles = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.startsWith("vocabulary/refusals/"))
  .map((name) => readFileSync(new URL(name, sources), "utf8"))

describe("refusals", () => {
  it("stand once: no two have the same error and the same words", () => {
    const told = all.map(([, { error, text }]) => `${error}: ${text}`)
    expect(told.filter((one, i) => told.indexOf(one) !== i)).toEqual([])
  })

  it("are all used", () => {
    const isUsed = (name: string) =>
      usingFiles.some((text) => new RegExp(`\\b${name}\\b(?!")`).test(text))
    expect(all.map(([name]) => name).filter((name) => !isUsed(name))).toEqual([])
  })

  it("fill every blank, and do not read again what was filled in", () => {
    const refusal = recorded("NotFoundException", "{one} and {two} ", "and {one}")
    const error = refusal({ one: "{two}", two: "$&" })
    expect(error).toBeInstanceOf(KmsError)
    expect(error).toMatchObject({ name: "NotFoundException", message: "{two} and $& and {two}" })
  })

  it("keep their cause for the host, with blanks and without", () => {
    const cause = new Error("the disk is gone")
    expect(ours("KMSInternalException", "one")(cause).cause).toBe(cause)
    expect(ours("KMSInternalException", "{n}")({ n: 1 }, cause).cause).toBe(cause)
    expect("cause" in ours("KMSInternalException", "one")()).toBe(false)
  })

  it("do not compile without what fills their blanks", () => {
    const refusal = recorded("NotFoundException", "{one} ", "and {two}")
    // @ts-expect-error: two is missing
    expect(refusal({ one: 1 }).message).toBe("1 and undefined")
  })
})
