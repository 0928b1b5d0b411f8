import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  canonicalEncryptionContext,
  isEncodableContext,
} from "../../src/formats/opaque/encryption-context.js"
import { hexOf } from "../../src/vocabulary/bytes.js"
import { publishedVectors } from "./vectors.js"

const canonical = (context: Record<string, string> | undefined): string =>
  hexOf(canonicalEncryptionContext(context))

const anyText = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 4 }),
  fc.constantFrom("", "tenant", "tenantId", "\uffee", "😀", "__proto__", "constructor"),
)
const anyContext = fc.dictionary(anyText, anyText, { maxKeys: 4 })

describe("an encryption context", () => {
  it("has the bytes of the published vectors", () => {
    const vectors = publishedVectors<{ context: Record<string, string>; bytes: string }>(
      "encryption-context",
    )
    for (const { context, bytes } of vectors) expect(canonical(context)).toBe(bytes)
    expect(vectors.length).toBeGreaterThan(5)
  })

  it("that is absent equals one that is empty", () => {
    expect(canonical(undefined)).toBe(canonical({}))
  })

  it("shares its bytes with no other context", () => {
    const same = (a: Record<string, string>, b: Record<string, string>): boolean =>
      Object.keys(a).length === Object.keys(b).length &&
      Object.entries(a).every(([key, value]) => Object.hasOwn(b, key) && b[key] === value)
    fc.assert(
      fc.property(anyContext, anyContext, (a, b) => {
        expect(canonical(a) === canonical(b)).toBe(same(a, b))
      }),
      { numRuns: 3000 },
    )
    expect(canonical({ tenantId: "42" })).not.toBe(canonical({ tenantI: "d42" }))
    expect(canonical({ a: "bc" })).not.toBe(canonical({ ab: "c" }))
    expect(canonical({ a: "b", c: "d" })).not.toBe(canonical({ a: "bcd" }))
  })

  it("does not depend on the order of its pairs", () => {
    fc.assert(
      fc.property(anyContext, (context) => {
        const turned = Object.defineProperties(
          {},
          Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(context)).reverse()),
        )
        expect(canonical(turned)).toBe(canonical(context))
      }),
    )
  })

  it("with a lone surrogate or a value that is no string is refused", () => {
    const wrong = [
      { a: "\ud800" },
      { "\udc00": "a" },
      { a: "x\ud83dy" },
      { a: 1 as unknown as string },
      { a: undefined as unknown as string },
    ]
    for (const context of wrong) {
      expect(isEncodableContext(context)).toBe(false)
      expect(() => canonicalEncryptionContext(context)).toThrow(TypeError)
    }
    expect(isEncodableContext({ "😀": "" })).toBe(true)
  })
})
