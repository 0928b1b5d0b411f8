import { describe, expect, it } from "vitest"
import { equalBytes } from "../src/bytes.js"
import { importForeignKey } from "../src/web-crypto.js"
import { hex } from "./support/der.js"
import { newEcKey, offCurve } from "./support/pki.js"

describe("bytes", () => {
  it("are equal when every one of them is, and there are as many", () => {
    expect(equalBytes(hex("0102"), hex("0102"))).toBe(true)
    expect(equalBytes(hex(""), hex(""))).toBe(true)
    for (const other of ["", "01", "010203", "0103", "0202", "0201"]) {
      expect(equalBytes(hex("0102"), hex(other))).toBe(false)
    }
  })
})

describe("a key that somebody else wrote", () => {
  const curve = { name: "ECDSA", namedCurve: "P-384" }
  const point = (spki: Uint8Array): Uint8Array => spki.subarray(-97)

  it("is none off its curve, and an error where the runtime lacks its algorithm", async () => {
    const key = newEcKey()
    const take = (bytes: Uint8Array, algorithm: Readonly<Record<string, string>>) =>
      importForeignKey("raw", bytes, algorithm, ["verify"])
    expect(await take(point(key.spki), curve)).toBeDefined()
    expect(await take(point(offCurve(key).spki), curve)).toBeUndefined()
    const unknown = { ...curve, name: "X-1" }
    await expect(take(point(key.spki), unknown)).rejects.toThrow(/algorithm/i)
  })
})
