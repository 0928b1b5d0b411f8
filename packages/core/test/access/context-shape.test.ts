import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encryptionContext } from "../../src/operations/shapes.js"

const shape = encryptionContext()

/** What parsing came to, as values that can be compared. */
function outcomeOf(input: unknown): unknown {
  const { success, data, error } = shape.safeParse(input)
  if (success) return { pairs: Object.entries(data) }
  return error.issues.map(({ code, path, message }) => ({ code, path, message }))
}

/** The same map as an object that is not a plain one, which the schema parses pair by pair. */
const pairByPair = (map: object): object => Object.assign(Object.create(null), map)

const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constant("\ud800"))
const anything = fc.oneof({ weight: 8, arbitrary: text }, fc.anything())

describe("an encryption context", () => {
  it("is read as quickly as it can be, and as it is read pair by pair", () => {
    // A call with the key `__proto__` is refused before its members are parsed.
    const key = text.filter((name) => name !== "__proto__")
    const maps = fc.dictionary(key, anything, { noNullPrototype: true })
    fc.assert(
      fc.property(maps, (map) => {
        expect(outcomeOf(map)).toEqual(outcomeOf(pairByPair(map)))
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
