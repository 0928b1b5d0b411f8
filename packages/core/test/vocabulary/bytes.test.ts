import { Buffer } from "node:buffer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  allocateBytes,
  assertBytes,
  bytesOfHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexOf,
  noBytes,
  startsWith,
  textOf,
  utf8,
  uuidOf,
  wipe,
  writeHex,
  writeUuid,
} from "../../src/vocabulary/bytes.js"

const someBytes = fc.uint8Array({ maxLength: 80 })
const uuid = "01234567-89ab-cdef-0123-456789abcdef"

describe("bytes", () => {
  it("are of the type and the length that is asked for", () => {
    expect(() => assertBytes([1], "key")).toThrow(new TypeError("`key` must be a Uint8Array"))
    expect(() => assertBytes(Uint8Array.of(1), "key", 2)).toThrow(
      new RangeError("`key` must have 2 bytes, got 1"),
    )
    expect(() => assertBytes(Uint8Array.of(1), "key", 1)).not.toThrow()
    expect(() => assertBytes(noBytes, "key", 0)).not.toThrow()
    expect(() => assertBytes(Uint8Array.of(1), "key", 0)).toThrow(RangeError)
    expect(() => assertBytes(Uint8Array.of(1, 2, 3), "key")).not.toThrow()
    expect(allocateBytes(3)).toEqual(Uint8Array.of(0, 0, 0))
    expect(noBytes).toHaveLength(0)
  })

  it("of a text are UTF-8, short or long, and are read strictly", () => {
    for (const text of [
      "",
      "a",
      "\u007f",
      "\u0080",
      "ä€😀",
      "a".repeat(48),
      "a".repeat(49),
      "\ufeffa",
    ]) {
      expect(utf8(text)).toEqual(new Uint8Array(Buffer.from(text, "utf8")))
      expect(textOf(utf8(text))).toBe(text)
    }
    expect(utf8(`${"a".repeat(47)}\u0080`)).toHaveLength(49)
    for (const wrong of [[0x80], [0xc3], [0xed, 0xa0, 0x80], [0xff]]) {
      expect(() => textOf(Uint8Array.from(wrong))).toThrow(TypeError)
    }
  })

  it("are put together in their order", () => {
    fc.assert(
      fc.property(fc.array(someBytes, { maxLength: 4 }), (parts) => {
        expect(concatBytes(...parts)).toEqual(new Uint8Array(Buffer.concat(parts)))
      }),
    )
  })

  it("are compared as another implementation does", () => {
    fc.assert(
      fc.property(someBytes, someBytes, fc.nat(80), (a, b, length) => {
        const both = [
          [a, b],
          [a, a.slice(0, length)],
          [a, a.slice()],
        ] as const
        for (const [one, other] of both) {
          expect(Math.sign(compareBytes(one, other))).toBe(Buffer.compare(one, other))
          expect(equalBytes(one, other)).toBe(Buffer.compare(one, other) === 0)
          expect(startsWith(one, other)).toBe(
            Buffer.from(one).indexOf(Buffer.from(other)) === 0 || other.length === 0,
          )
        }
      }),
    )
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(3, 2), Uint8Array.of(1, 2))).toBe(false)
    expect(startsWith(Uint8Array.of(1, 2), Uint8Array.of(2))).toBe(false)
  })

  it("are overwritten with zeros", () => {
    const bytes = Uint8Array.of(1, 2, 3)
    wipe(bytes)
    expect(bytes).toEqual(Uint8Array.of(0, 0, 0))
  })

  it("have a hexadecimal form in small letters, and back", () => {
    const all = Uint8Array.from({ length: 256 }, (_, at) => at)
    expect(hexOf(all)).toBe(Buffer.from(all).toString("hex"))
    expect(bytesOfHex(hexOf(all))).toEqual(all)
    expect(bytesOfHex("")).toEqual(noBytes)
    for (const text of ["a", "abc", "00a", "0g", "g0", "0G", "AB", "0:", "0/", "0`", "é0"]) {
      expect(bytesOfHex(text), text).toBeUndefined()
    }
    for (let unit = 0; unit < 0x180; unit += 1) {
      const character = String.fromCharCode(unit)
      const isDigit = /^[0-9a-f]$/.test(character)
      expect(bytesOfHex(`${character}0`) !== undefined, character).toBe(isDigit)
      expect(bytesOfHex(`0${character}`) !== undefined, character).toBe(isDigit)
    }
  })

  it("are written where they are to be", () => {
    const target = new Uint8Array(6).fill(9)
    expect(writeHex(target, 2, "0aff")).toBe(true)
    expect(target).toEqual(Uint8Array.of(9, 9, 0x0a, 0xff, 9, 9))
  })

  it("have the form of a UUID, and back", () => {
    const bytes = Buffer.from(uuid.replaceAll("-", ""), "hex")
    expect(uuidOf(bytes)).toBe(uuid)
    const target = new Uint8Array(18).fill(9)
    expect(writeUuid(target, 1, uuid)).toBe(true)
    expect(target).toEqual(Uint8Array.of(9, ...bytes, 9))
    for (const at of [0, 7, 9, 12, 14, 17, 19, 22, 24, 35]) {
      const wrong = `${uuid.slice(0, at)}x${uuid.slice(at + 1)}`
      expect(writeUuid(new Uint8Array(16), 0, wrong), wrong).toBe(false)
    }
    expect(writeUuid(new Uint8Array(17), 0, `${uuid}00`)).toBe(false)
    expect(writeUuid(new Uint8Array(16), 0, uuid.slice(2))).toBe(false)
  })

  it("of any UUID are what stands in it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const text = uuidOf(bytes)
        expect(text).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
        expect(text.replaceAll("-", "")).toBe(hexOf(bytes))
      }),
    )
  })
})
