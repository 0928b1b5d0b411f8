import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { encodeKept, parseKept } from "../../src/pkcs11/kept-form.js"

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength })
const id = bytes(8, 8).map((one) => Buffer.from(one).toString("hex"))

describe("the kept form of a key that is in a token", () => {
  it("is version 1, the id of the domain key, the public part after its length, the rest", () => {
    const kept = {
      domainKeyId: "0011223344556677",
      publicPart: Uint8Array.of(0xaa, 0xbb),
      wrapped: Uint8Array.of(0xcc),
    }
    const encoded = Buffer.from(encodeKept(kept)).toString("hex")
    expect(encoded).toBe("0100112233445566770002aabbcc")
  })

  it("is read as it was written, and only by its own version", () => {
    fc.assert(
      fc.property(id, bytes(0, 600), bytes(1, 600), (domainKeyId, publicPart, wrapped) => {
        const encoded = encodeKept({ domainKeyId, publicPart, wrapped })
        expect(parseKept(encoded)).toEqual({ domainKeyId, publicPart, wrapped })
        encoded[0] = 2
        expect(() => parseKept(encoded)).toThrow("the key is not one of this token")
      }),
    )
  })

  it("is nothing else: what is too short, or says a longer public part than there is", () => {
    fc.assert(
      fc.property(bytes(0, 40), (any) => {
        let kept: ReturnType<typeof parseKept>
        try {
          kept = parseKept(any)
        } catch (error) {
          expect(error).toMatchObject({ name: "HsmError", code: "token-refused" })
          return
        }
        expect(encodeKept(kept)).toEqual(any)
        expect(kept.wrapped.length).toBeGreaterThan(0)
      }),
    )
    for (const length of [0, 1, 8, 10, 11]) {
      const short = new Uint8Array(length)
      short[0] = 1
      expect(() => parseKept(short)).toThrow("the key is not one of this token")
    }
  })

  it("takes no id that is none, and no public part that is too long", () => {
    const wrapped = Uint8Array.of(1)
    const none = new Uint8Array(0)
    expect(() => encodeKept({ domainKeyId: "xyz", publicPart: none, wrapped })).toThrow(
      "`domainKeyId` must be 16 hexadecimal digits",
    )
    const publicPart = new Uint8Array(0x10000)
    expect(() => encodeKept({ domainKeyId: "00".repeat(8), publicPart, wrapped })).toThrow(
      "`publicPart` is too long",
    )
  })
})
