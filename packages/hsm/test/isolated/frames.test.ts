import { HsmError } from "@keywright/core/hsm"
import { describe, expect, it } from "vitest"
import {
  createWriter,
  type Reader,
  takeWritten,
  WireError,
  writeByte,
} from "../../src/isolated/wire/buffers.js"
import { readFailure, writeFailure } from "../../src/isolated/wire/failures.js"
import {
  createFrameReader,
  type FrameHead,
  type FramesWipedBy,
  frameBytesMax,
  frameKinds,
  writeFrame,
} from "../../src/isolated/wire/frames.js"

const hexOf = (of: Uint8Array): string => Buffer.from(of).toString("hex")
const hex = (of: string): Uint8Array => Uint8Array.from(Buffer.from(of.replaceAll(" ", ""), "hex"))

function frame(head: FrameHead, rest: string): Uint8Array {
  const writer = createWriter()
  writeFrame(writer, head, (to) => {
    for (const byte of hex(rest)) writeByte(to, byte)
  })
  return takeWritten(writer)
}

/** Reads what comes, and notes each frame as it was handed over. */
function reading(by: FramesWipedBy = "reader") {
  const taken: [kind: string, callId: number, rest: string, views: boolean][] = []
  const reader = createFrameReader(({ kind, callId }, { bytes, at, end, views }) => {
    taken.push([kind, callId, hexOf(bytes.subarray(at, end)), views])
  }, by)
  return { reader, taken }
}

describe("a frame", () => {
  it.each(frameKinds.map((kind, i) => [kind, i] as const))(
    "of the kind %s is its length, kind, call and rest",
    (kind, place) => {
      const sent = frame({ kind, callId: 0x01020304 }, "aabb")
      expect(hexOf(sent)).toBe(`000000070${place}01020304aabb`)
      const { reader, taken } = reading()
      reader.push(sent)
      expect(taken).toEqual([[kind, 0x01020304, "aabb", false]])
    },
  )

  it("may have no rest", () => {
    const { reader, taken } = reading()
    reader.push(frame({ kind: "ready", callId: 0 }, ""))
    expect(taken).toEqual([["ready", 0, "", false]])
  })

  it("is not written in part when its rest cannot be", () => {
    const writer = createWriter()
    writeByte(writer, 9)
    const act = () =>
      writeFrame(writer, { kind: "call", callId: 1 }, (to) => {
        writeByte(to, 5)
        throw new TypeError("no such argument")
      })
    expect(act).toThrow("no such argument")
    expect(writer.bytes.subarray(1, 20).every((byte) => byte === 0)).toBe(true)
    expect(hexOf(takeWritten(writer))).toBe("09")
  })

  it("is at most as long as a boundary takes, and is said to be longer", () => {
    const writer = createWriter()
    const filled = (length: number) => () => {
      writer.at += length
      if (writer.at > writer.bytes.length) writer.bytes = new Uint8Array(writer.at)
    }
    writeFrame(writer, { kind: "call", callId: 1 }, filled(frameBytesMax - 5))
    expect(writer.at).toBe(frameBytesMax + 4)
    writer.at = 0
    expect(() =>
      writeFrame(writer, { kind: "call", callId: 1 }, filled(frameBytesMax - 4)),
    ).toThrow(
      expect.objectContaining({
        code: "malformed",
        message: "the arguments are longer than what a boundary takes at once",
      }),
    )
  })

  it.each([
    ["shorter than any", "00000004 00000000", "a frame is shorter than any can be"],
    ["longer than any", "04000001 00", "a frame is longer than any may be"],
    ["of no kind", "00000005 05 00000001", "a frame is of no known kind"],
  ])("that is %s is refused, and wiped", (_, sent, says) => {
    for (const by of ["reader", "taker"] as const) {
      const { reader, taken } = reading(by)
      const chunk = hex(sent)
      expect(() => reader.push(chunk)).toThrow(new WireError(says))
      expect(taken).toEqual([])
      expect(chunk.every((byte) => byte === 0)).toBe(true)
    }
  })

  it("as long as any may be is waited for, and takes no more memory than has come", () => {
    const { reader, taken } = reading()
    reader.push(hex("04000000 02 00000001"))
    expect(taken).toEqual([])
    reader.wipe()
    reader.push(frame({ kind: "call", callId: 1 }, "aa"))
    expect(taken).toHaveLength(1)
  })
})

describe("frames that come in pieces", () => {
  const frames = [
    frame({ kind: "call", callId: 1 }, "a1a2"),
    frame({ kind: "call", callId: 2 }, ""),
    frame({ kind: "answer", callId: 3 }, "b1b2b3b4b5b6b7b8"),
  ]
  const whole = Buffer.concat(frames)
  const expected = [
    ["call", 1, "a1a2"],
    ["call", 2, ""],
    ["answer", 3, "b1b2b3b4b5b6b7b8"],
  ]

  it.each(["reader", "taker"] as const)(
    "are taken as if they came whole, and are wiped by the %s",
    (by) => {
      for (let first = 0; first <= whole.length; first += 1) {
        for (let second = first; second <= whole.length; second += 1) {
          const { reader, taken } = reading(by)
          const cuts = [0, first, second, whole.length]
          const pieces = cuts
            .slice(1)
            .map((end, i) => Uint8Array.from(whole.subarray(cuts[i], end)))
          for (const piece of pieces) reader.push(piece)
          expect(taken.map(([kind, callId, rest]) => [kind, callId, rest])).toEqual(expected)
          if (by === "reader") {
            expect(pieces.every((piece) => piece.every((byte) => byte === 0))).toBe(true)
          }
        }
      }
    },
  )

  it("are a taker's to wipe when they came whole, and to be read at once when they did not", () => {
    const { reader, taken } = reading("taker")
    const chunk = Uint8Array.from(whole)
    reader.push(chunk)
    expect(Buffer.from(chunk).equals(whole)).toBe(true)
    reader.push(Uint8Array.from(whole.subarray(0, 7)))
    const rest = Uint8Array.from(whole.subarray(7))
    reader.push(rest)
    expect(taken.map(([, , , views]) => views)).toEqual([true, true, true, false, true, true])
    const ofFirst = frames[0]?.length ?? 0
    expect(rest.subarray(0, ofFirst - 7).every((byte) => byte === 0)).toBe(true)
    expect(hexOf(rest.subarray(ofFirst - 7))).toBe(hexOf(whole.subarray(ofFirst)))
  })

  it("come byte by byte", () => {
    const { reader, taken } = reading()
    for (const byte of whole) reader.push(Uint8Array.of(byte))
    expect(taken.map(([kind, callId, rest]) => [kind, callId, rest])).toEqual(expected)
  })

  it("may be longer than what is usually kept, and short again", () => {
    const long = frame({ kind: "answer", callId: 4 }, "cc".repeat(2 ** 20))
    const { reader, taken } = reading()
    for (const sent of [long, frames[0], long, frames[2]] as Uint8Array[]) {
      for (const end of [3, 100, sent.length]) {
        const at =
          end === 3 ? 0 : end === 100 ? Math.min(3, sent.length) : Math.min(100, sent.length)
        reader.push(sent.slice(at, end))
      }
    }
    expect(taken.map(([, callId, rest]) => [callId, rest.length])).toEqual([
      [4, 2 ** 21],
      [1, 4],
      [4, 2 ** 21],
      [3, 16],
    ])
  })
})

/** What the other side reads of an error. */
function told(error: unknown): Error {
  const writer = createWriter()
  writeFailure(writer, error)
  const bytes = takeWritten(writer)
  const reader: Reader = { bytes, at: 0, end: bytes.length, views: false, memory: undefined }
  return readFailure(reader)
}

describe("a failure that is told through a boundary", () => {
  it.each([
    "unavailable",
    "unknown-domain-key",
    "token-refused",
    "sealed-by-another",
    "malformed",
    "wrong-length",
    "unsupported",
  ] as const)("of an HSM is its code and its sentence: %s", (code) => {
    const error = told(new HsmError(code, "what it says"))
    expect(error).toMatchObject({ name: "HsmError", code, message: "what it says" })
  })

  it("of an HSM is one readable line of three hundred characters at most", () => {
    const message = `a\n\x1b[31mß\x7e\x7f${"b".repeat(400)}`
    const error = told(new HsmError("malformed", message))
    expect(error.message).toBe(`a??[31m?~?${"b".repeat(290)}`)
  })

  it("is nothing of what a mistake inside quotes", () => {
    const secret = "secret 1234"
    const unknown = new HsmError("of another version" as never, secret)
    for (const fault of [new Error(secret), unknown, secret, undefined, { message: secret }]) {
      const error = told(fault)
      expect([error.constructor, error.message]).toEqual([
        Error,
        "the HSM behind the boundary failed",
      ])
    }
    const argument = told(new TypeError(secret))
    expect([argument.constructor, argument.message]).toEqual([
      TypeError,
      "the HSM does not take such an argument",
    ])
  })

  it("of a number out of its range says so", () => {
    const error = told(new RangeError("at most 1024 bytes"))
    expect([error.constructor, error.message]).toEqual([RangeError, "at most 1024 bytes"])
  })
})
