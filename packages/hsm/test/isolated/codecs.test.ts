import { describe, expect, it } from "vitest"
import {
  advance,
  assertOver,
  createWriter,
  keepRest,
  moveToStay,
  type Reader,
  rewind,
  takeWritten,
  uint32At,
  WireError,
  writeByte,
  writeUint32,
} from "../../src/isolated/wire/buffers.js"
import {
  bytes,
  type Codec,
  flag,
  joined,
  list,
  nothing,
  number,
  oneMember,
  optional,
  record,
  secretBytes,
  tagged,
  text,
  tuple,
  word,
} from "../../src/isolated/wire/codecs.js"

/*
 * The bytes that each kind of value is on the wire. Both sides of a boundary are of one version, so
 * they may change; here they show that nothing is left out of them.
 */

const hexOf = (of: Uint8Array): string => Buffer.from(of).toString("hex")
const hex = (of: string): Uint8Array => Uint8Array.from(Buffer.from(of.replaceAll(" ", ""), "hex"))

function written<T>(codec: Codec<T>, value: T): string {
  const writer = createWriter()
  codec.write(writer, value)
  return hexOf(takeWritten(writer))
}

function readerOf(of: Uint8Array, more: Partial<Reader> = {}): Reader {
  return { bytes: of, at: 0, end: of.length, views: false, memory: undefined, ...more }
}

/** Reads it from the middle of other bytes, as it comes. */
function read<T>(codec: Codec<T>, of: string): T {
  const around = hex(`ffff ${of} ffff`)
  const reader = readerOf(around, { at: 2, end: around.length - 2 })
  const value = codec.read(reader)
  assertOver(reader)
  return value
}

const color = word(["red", "green"] as const)
const point = record<{ x: string; y: boolean }>({ x: text, y: flag })
const one = oneMember<{ name: string } | { isThere: boolean }>({ name: text, isThere: flag })
const shape = tagged<"kind", { kind: "dot" } | { kind: "line"; to: string }>("kind", {
  dot: record<object>({}) as never,
  line: record<{ to: string }>({ to: text }) as never,
})

const cases: readonly (readonly [string, Codec<never>, unknown, string])[] = [
  ["nothing", nothing, undefined, ""],
  ["bytes", bytes, Uint8Array.of(1, 2), "00000002 0102"],
  ["no bytes", bytes, new Uint8Array(0), "00000000"],
  ["a text", text, "ab", "00000002 6162"],
  ["a text up to the last character of ASCII", text, "\x00\x7f", "00000002 007f"],
  ["a text with others in it", text, "a\u0080ß€😀", "0000000c 61c280c39fe282acf09f9880"],
  ["a text with the mark of a byte order", text, "\ufeffa", "00000004 efbbbf61"],
  ["a number", number, 1.5, "3ff8000000000000"],
  ["no end of a number", number, Number.NEGATIVE_INFINITY, "fff0000000000000"],
  ["true", flag, true, "01"],
  ["false", flag, false, "00"],
  ["the first word", color, "red", "00"],
  ["the last word", color, "green", "01"],
  ["what is there", optional(flag), true, "01 01"],
  ["what is not there", optional(flag), undefined, "00"],
  ["a list", list(flag), [true, false], "00000002 0100"],
  ["an empty list", list(flag), [], "00000000"],
  ["a record", point, { x: "a", y: true }, "00000001 61 01"],
  [
    "two records",
    joined(point, record({ z: flag })),
    { x: "", y: true, z: false },
    "00000000 0100",
  ],
  ["the first of several members", one, { name: "a" }, "00 00000001 61"],
  ["the last of several members", one, { isThere: true }, "01 01"],
  ["a kind", shape, { kind: "dot" }, "00"],
  ["a kind with more", shape, { kind: "line", to: "a" }, "01 00000001 61"],
  ["arguments", tuple(text, flag), ["a", true], "00000001 61 01"],
].map((row) => row as [string, Codec<never>, unknown, string])

describe("on the wire", () => {
  it.each(cases)("%s is these bytes, and comes out of them", (_, codec, value, expected) => {
    expect(written(codec, value as never)).toBe(expected.replaceAll(" ", ""))
    expect(read(codec, expected)).toEqual(value)
  })

  it.each([
    ["bytes that are none", bytes, "ab", "bytes must be a `Uint8Array`"],
    ["a text that is none", text, 7, "a text must be a well-formed string"],
    ["half a character", text, "a\ud800", "a text must be a well-formed string"],
    ["a number that is a text", number, "1", "a number must be a number"],
    ["a flag that is a number", flag, 1, "a flag must be true or false"],
    ["a list that is a text", list(text), "ab", "a list must be an array"],
    ["a record that is a text", point, "ab", "expected an object"],
    ["a record that is null", point, null, "expected an object"],
    ["none of several members", one, {}, "a member is missing"],
  ] as [string, Codec<never>, unknown, string][])("%s is a TypeError", (_, codec, value, says) => {
    expect(() => written(codec, value as never)).toThrow(new TypeError(says))
  })

  it("a number that is none is a RangeError", () => {
    expect(() => written(number, Number.NaN)).toThrow(new RangeError("a number must be one"))
  })

  it("a word that is not known is unsupported, whatever it is", () => {
    for (const value of ["blue", "toString", "", 0]) {
      expect(() => written(color, value as never)).toThrow(
        expect.objectContaining({
          name: "HsmError",
          code: "unsupported",
          message: "the boundary knows no such word",
        }),
      )
    }
  })

  it.each([
    ["bytes that end too early", bytes, "00000003 0102", "a message ends before it is over"],
    ["a length without its end", bytes, "000000", "a message ends before it is over"],
    ["a length beyond all bytes", bytes, "ffffffff 01", "a message ends before it is over"],
    ["a number of seven bytes", number, "3ff80000000000", "a message ends before it is over"],
    ["a number that is none", number, "7ff8000000000000", "a number is none"],
    ["a text that is not UTF-8", text, "00000002 c328", "a text is not UTF-8"],
    ["a flag that is two", flag, "02", "a flag is neither true nor false"],
    ["a word beyond the list", color, "02", "a word is not one of its list"],
    ["a list longer than its bytes", list(flag), "00000003 0101", "a list ends before it is over"],
    ["a member beyond all", one, "02 01", "a member is unknown"],
    ["bytes after the end", flag, "01 00", "a message goes on after its end"],
  ] as [string, Codec<never>, string, string][])("%s are refused", (_, codec, of, says) => {
    expect(() => read(codec, of)).toThrow(new WireError(says))
  })

  it("a list of things that take no bytes is counted by what is there", () => {
    expect(() => read(list(nothing), "00000001")).toThrow(WireError)
  })

  it("secret bytes are wiped once they are written, and others are not", () => {
    const [secret, other] = [Uint8Array.of(5, 6), Uint8Array.of(5, 6)]
    expect(written(secretBytes, secret)).toBe("000000020506")
    expect(written(bytes, other)).toBe("000000020506")
    expect([hexOf(secret), hexOf(other)]).toEqual(["0000", "0506"])
    expect(read(secretBytes, "00000002 0506")).toEqual(Uint8Array.of(5, 6))
  })

  it("bytes are a copy to some readers, and a view to others", () => {
    for (const views of [true, false]) {
      const of = hex("00000002 0102")
      const value = bytes.read(readerOf(of, { views }))
      of.fill(9)
      expect(hexOf(value)).toBe(views ? "0909" : "0102")
    }
  })
})

describe("what is being written", () => {
  it("grows, and leaves nothing behind where it was", () => {
    const writer = createWriter()
    const first = writer.bytes
    advance(writer, first.length)
    writer.bytes.fill(7)
    expect(writer.bytes).toBe(first)
    writeByte(writer, 8)
    expect(writer.bytes).toHaveLength(2 * first.length)
    expect(first.every((byte) => byte === 0)).toBe(true)
    const whole = takeWritten(writer)
    expect(whole).toHaveLength(first.length + 1)
    expect([whole[0], whole.at(-2), whole.at(-1)]).toEqual([7, 7, 8])
    expect(writer.bytes.every((byte) => byte === 0)).toBe(true)
    expect(writer.at).toBe(0)
  })

  it("grows by as much as is needed at once", () => {
    const writer = createWriter()
    writeByte(writer, 1)
    expect(advance(writer, 100_000)).toBe(1)
    expect(writer.bytes).toHaveLength(100_001)
  })

  it("lets go of what was long for once, and keeps what is not", () => {
    const writer = createWriter()
    const usual = writer.bytes.length
    advance(writer, 2 ** 20)
    takeWritten(writer)
    expect(writer.bytes).toHaveLength(2 ** 20)
    advance(writer, 2 ** 20 + 1)
    takeWritten(writer)
    expect(writer.bytes).toHaveLength(usual)
  })

  it("is wiped from where it is taken back, and no more", () => {
    const writer = createWriter()
    for (const value of [1, 2, 3]) writeByte(writer, value)
    rewind(writer, 1)
    expect([...writer.bytes.subarray(0, 3)]).toEqual([1, 0, 0])
    expect(hexOf(takeWritten(writer))).toBe("01")
  })

  it("is a number of four bytes, the first one first", () => {
    for (const value of [0, 1, 0x01020304, 0x80000000, 0xfffefdfc]) {
      const writer = createWriter()
      writeUint32(writer, value)
      const made = takeWritten(writer)
      expect(hexOf(made)).toBe(value.toString(16).padStart(8, "0"))
      expect(uint32At(made, 0)).toBe(value)
    }
  })
})

describe("the rest of a message", () => {
  it("stays where it is for a reader of views, and is copied for another", () => {
    for (const views of [true, false]) {
      const of = hex("ff 01 02 03 ff")
      const memory: never[] = []
      const kept = keepRest(readerOf(of, { at: 1, end: 4, views }), memory)
      expect(kept.views).toBe(true)
      expect(kept.memory).toBe(memory)
      expect(kept.bytes === of).toBe(views)
      expect(hexOf(kept.bytes.subarray(kept.at, kept.end))).toBe("010203")
    }
  })

  it("is moved so that nothing of it is left", () => {
    const of = hex("010203")
    expect(hexOf(moveToStay(of))).toBe("010203")
    expect(hexOf(of)).toBe("000000")
  })
})
