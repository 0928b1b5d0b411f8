import { Buffer } from "node:buffer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { base64Of, bytesOfBase64 } from "../../src/vocabulary/base64.js"

const alphabet = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"]

describe("Base64", () => {
  it("is as in RFC 4648, section 10", () => {
    const vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
    for (const [length, text] of vectors.entries()) {
      const bytes = new Uint8Array(Buffer.from("foobar".slice(0, length)))
      expect(base64Of(bytes)).toBe(text)
      expect(bytesOfBase64(text)).toEqual(bytes)
    }
  })

  it("writes what another implementation writes, and reads it back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = base64Of(bytes)
        expect(text).toBe(Buffer.from(bytes).toString("base64"))
        expect(bytesOfBase64(text)).toEqual(bytes)
      }),
    )
  })

  it("takes the 64 characters of its alphabet and no other one, in every place", () => {
    for (let unit = 0; unit < 0x200; unit += 1) {
      const character = String.fromCharCode(unit)
      for (let place = 0; place < 4; place += 1) {
        const group = [..."AAAA"]
        group[place] = character
        for (const text of [`${group.join("")}AAAA`, `AAAA${group.join("")}`]) {
          const isPadding = character === "=" && place === 3 && text.startsWith("AAAA")
          const isTaken = bytesOfBase64(text) !== undefined
          expect(isTaken, text).toBe(alphabet.includes(character) || isPadding)
        }
      }
    }
  })

  it("has one text for the same bytes: spare bits are zero and padding is there", () => {
    const texts = alphabet.flatMap((last) => [`A${last}==`, `AA${last}=`])
    for (const text of texts) {
      const bytes = bytesOfBase64(text)
      const canonical = Buffer.from(text, "base64").toString("base64")
      expect(bytes !== undefined, text).toBe(canonical === text)
      if (bytes !== undefined) expect(base64Of(bytes)).toBe(text)
    }
    for (const text of ["A", "AA", "AAA", "A===", "====", "AA=A", "=AAA", "AA==AAAA", "AAAA="]) {
      expect(bytesOfBase64(text), text).toBeUndefined()
    }
  })

  it("answers fresh bytes that share memory with nothing", () => {
    const bytes = bytesOfBase64("AAEC")
    expect(bytes?.buffer.byteLength).toBe(3)
    expect(bytesOfBase64("AAEC")).not.toBe(bytes)
  })
})
