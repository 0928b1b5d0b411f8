import { describe, expect, it } from "vitest"
import { decodeCbor } from "../src/cbor.js"
import { cbor } from "./support/cbor.js"
import { hex } from "./support/der.js"

const closed = (containersMax: number) => ({ containersMax, isOpenEnded: false })
const open = (containersMax: number) => ({ containersMax, isOpenEnded: true })

describe("the CBOR that is read", () => {
  it("has numbers, byte strings, text, lists, maps and null", () => {
    const value = [0, -35, new Uint8Array(3), "text", null, new Map([[1, "one"]])]
    expect(decodeCbor(cbor(value), closed(2))).toEqual(value)
  })

  it("has so many lists and maps and no more, within each other or side by side", () => {
    const values = [[[[]]], [[], []], [new Map([[0, new Map()]])]]
    for (const value of values) {
      expect(decodeCbor(cbor(value), closed(3))).toEqual(value)
      expect(decodeCbor(cbor(value), closed(2))).toBeUndefined()
    }
  })

  it.each(["f4", "f5", "f7", "e0", "f8ff", "f93c00", "fa3f800000", "fb3ff0000000000000", "c001"])(
    "has no other type: %s",
    (bytes) => {
      expect(decodeCbor(hex(bytes), closed(1))).toBeUndefined()
    },
  )

  it("may have one map of indefinite length, the outermost, where that is allowed", () => {
    expect(decodeCbor(hex("bf0102ff"), open(1))).toEqual(new Map([[1, 2]]))
    expect(decodeCbor(hex("bf0102ff"), closed(1))).toBeUndefined()
    for (const bytes of [
      "9f01ff",
      "bf01bfffff",
      "bf019fffff",
      "a101bfff",
      "bf015f4100ffff",
      "bf01ff",
    ]) {
      expect(decodeCbor(hex(bytes), open(3))).toBeUndefined()
    }
  })

  it.each(["1817", "190017", "1a00000017", "1b0000000000000017", "580100", "7801ff", "980101"])(
    "is as short as can be: %s is not",
    (bytes) => {
      expect(decodeCbor(hex(bytes), closed(2))).toBeUndefined()
    },
  )

  it("names nothing twice", () => {
    expect(decodeCbor(hex("a201020103"), closed(1))).toBeUndefined()
    expect(decodeCbor(hex("bf01020103ff"), open(1))).toBeUndefined()
  })
})
