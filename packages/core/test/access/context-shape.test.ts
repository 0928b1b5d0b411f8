import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encryptionContext } from "../../src/operations/shapes.js"

const shape = encryptionContext()

const isText = (value: unknown) => typeof value === "string" && value.isWellFormed()

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant("\ud800"))
const anything = fc.oneof({ weight: 8, arbitrary: text }, fc.anything())

describe("an encryption context", () => {
  it("keeps every pair of well-formed text, one called __proto__ too, or is refused", () => {
    const name = fc.oneof(text, fc.constant("__proto__"))
    fc.assert(
      fc.property(fc.dictionary(name, anything), (map) => {
        const pairs = Object.entries(map)
        const { success, data } = shape.safeParse(map)
        expect(success).toBe(pairs.every((pair) => pair.every(isText)))
        if (success) expect(Object.entries(data)).toEqual(pairs)
      }),
      { numRuns: 2000 },
    )
  })

  it("is copied: what the caller does to it afterwards does not reach the call", () => {
    const given: Record<string, string> = { tenant: "42" }
    const parsed = shape.parse(given)
    given["tenant"] = "43"
    given["more"] = "pairs"
    expect(parsed).toEqual({ tenant: "42" })
  })

  it.each([
    ["a symbol as a key", { [Symbol("key")]: "text" }],
    ["an object with a class of its own", new Map([["a", "b"]])],
    ["more than 16,384 characters", { text: "x".repeat(16_381) }],
    ["a number", { tenant: 42 }],
    ["nothing", { tenant: undefined }],
    ["a list", ["tenant", "42"]],
  ])("is refused with %s", (_, input) => {
    expect(shape.safeParse(input).success).toBe(false)
  })

  it("has only what the object has itself", () => {
    class Inherited {
      tenant = "42"
    }
    Object.assign(Inherited.prototype, { role: "admin" })
    expect(shape.safeParse(new Inherited()).success).toBe(false)
    const hidden = Object.defineProperty({ tenant: "42" }, "role", { value: "admin" })
    expect(shape.parse(hidden)).toEqual({ tenant: "42" })
  })
})
