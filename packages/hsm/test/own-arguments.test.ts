import { describe, expect, it } from "vitest"
import { ownCopy, wipeOwn } from "../src/own-arguments.js"

const given = () => ({
  name: "a",
  none: null,
  bytes: Uint8Array.of(1, 2),
  list: [Uint8Array.of(3), { inner: Uint8Array.of(4) }, "b", 5],
})

describe("arguments that leave their caller", () => {
  it("are the same, lists as lists and records as records", () => {
    expect(ownCopy(given())).toStrictEqual(given())
    for (const plain of ["a", 1, undefined, null, true]) expect(ownCopy(plain)).toBe(plain)
  })

  it("do not change when the caller changes what was given, nor the other way round", () => {
    const own = given()
    const copy = ownCopy(own) as typeof own
    own.bytes.fill(9)
    wipeOwn(own.list)
    expect(copy).toStrictEqual(given())
    wipeOwn(copy)
    expect(own.bytes).toEqual(Uint8Array.of(9, 9))
  })

  it("are wiped to the last byte, wherever it stands", () => {
    const copy = ownCopy(given())
    wipeOwn(copy)
    expect(copy).toStrictEqual({
      name: "a",
      none: null,
      bytes: new Uint8Array(2),
      list: [new Uint8Array(1), { inner: new Uint8Array(1) }, "b", 5],
    })
    for (const plain of ["a", 1, undefined, null]) wipeOwn(plain)
  })
})
