import { describe, expect, it } from "vitest"
import { nobleCipher } from "../../src/envelope/index.js"
import { frameHead } from "../../src/envelope/message/body.js"
import { encodeEncryptedDataKeys } from "../../src/envelope/message/encrypted-data-key.js"
import { encodeContext, parseContext } from "../../src/envelope/message/encryption-context.js"
import {
  encodeHeader,
  encodeHeaderBody,
  type HeaderFields,
  parseHeader,
  parseWholeHeader,
} from "../../src/envelope/message/header.js"
import {
  type BodyShape,
  readBody,
  readFrames,
  readWholeBody,
} from "../../src/envelope/message/read-body.js"
import { suiteNamed } from "../../src/envelope/message/suites.js"
import { signedLayout, unsignedLayout } from "../../src/envelope/opening/frame-layout.js"
import { createFrameSealer } from "../../src/envelope/sealing/frames.js"
import { bytesOf, joined, refusal, signed, uncommitted, unsigned } from "./support/envelopes.js"

const limits = { headerBytesMax: 600, encryptedDataKeysMax: 2 }
const one = { providerId: "p", providerInfo: bytesOf(2), ciphertext: bytesOf(3) }
const fieldsOf = (name: typeof unsigned): HeaderFields => {
  const suite = suiteNamed(name)
  return {
    suite,
    messageId: bytesOf(suite.messageVersion === 1 ? 16 : 32),
    storedContext: {},
    encryptedDataKeys: [one],
    frameBytes: 16,
    commitment: bytesOf(suite.isCommitting ? 32 : 0),
  }
}
const headerOf = (name: typeof unsigned, members: Partial<HeaderFields> = {}) => {
  const fields = { ...fieldsOf(name), ...members }
  return encodeHeader(fields, encodeHeaderBody(fields), bytesOf(12), bytesOf(16))
}

describe("a header is refused", () => {
  const [first, second] = [headerOf(uncommitted), headerOf(unsigned)]
  // Version, type, suite, message id, length of the context, number of keys; then the keys.
  const keysAt = { first: 1 + 1 + 2 + 16 + 2, second: 1 + 2 + 32 + 2 }
  const kindAt = { first: keysAt.first + 2 + 12, second: keysAt.second + 2 + 12 }

  it.each([
    ["the version", first, 0, 3],
    ["the version", second, 0, 0],
    ["the type", first, 1, 0x81],
    ["the suite", first, 2, 0x7f],
    ["the suite", second, 2, 0x00],
    ["the number of keys", first, keysAt.first + 1, 0],
    ["the text of a provider", first, keysAt.first + 4, 0xff],
    ["the content type", first, kindAt.first, 3],
    ["the content type", second, kindAt.second, 0],
    ["the content type, without frames", second, kindAt.second, 1],
    ["a reserved byte", first, kindAt.first + 1, 1],
    ["a reserved byte", first, kindAt.first + 4, 1],
    ["the length of IVs", first, kindAt.first + 5, 13],
    ["the length of frames", second, kindAt.second + 4, 0],
  ] as const)("with another value for %s", (_, header, at, value) => {
    expect(parseWholeHeader(header, limits).frameBytes).toBe(16)
    expect(() => parseWholeHeader(header.with(at, value), limits)).toThrow(refusal("malformed"))
  })

  it("with the suite of another version", () => {
    for (const [header, at, suite] of [
      [first, 2, 0x0478],
      [second, 1, 0x0178],
    ] as const) {
      const other = header.with(at, suite >> 8).with(at + 1, suite & 0xff)
      expect(() => parseWholeHeader(other, limits)).toThrow(refusal("malformed"))
    }
  })

  it("as soon as it is beyond a limit, and not before", () => {
    const two = headerOf(unsigned, { encryptedDataKeys: [one, one] })
    expect(parseWholeHeader(two, limits).encryptedDataKeys).toEqual([one, one])
    const three = headerOf(unsigned, { encryptedDataKeys: [one, one, one] })
    expect(() => parseWholeHeader(three, limits)).toThrow(refusal("limit"))
    const exact = { ...limits, headerBytesMax: two.length }
    expect(parseWholeHeader(two, exact).lengthBytes).toBe(two.length)
    expect(() => parseWholeHeader(two, { ...exact, headerBytesMax: two.length - 1 })).toThrow(
      refusal("limit"),
    )
    const parsing = parseHeader({ ...limits, headerBytesMax: 1 })
    expect(() => parsing.next()).toThrow(refusal("limit"))
  })

  it("where it is cut", () => {
    for (const header of [first, second, headerOf(signed)]) {
      for (let length = 0; length < header.length; length += 1) {
        expect(() => parseWholeHeader(header.subarray(0, length), limits)).toThrow(
          refusal("malformed"),
        )
      }
    }
  })

  it("before it is written, with more or longer keys than its fields can say", () => {
    const longest = { ...one, ciphertext: new Uint8Array(65_535) }
    expect(encodeEncryptedDataKeys([longest])).toHaveLength(2 + 3 * 2 + 1 + 2 + 65_535)
    const longer = { ...one, ciphertext: new Uint8Array(65_536) }
    expect(() => encodeEncryptedDataKeys([longer])).toThrow(refusal("limit"))
    const most = new Array<typeof one>(65_535).fill(one)
    expect(encodeEncryptedDataKeys(most).subarray(0, 2)).toEqual(Uint8Array.of(0xff, 0xff))
    expect(() => encodeEncryptedDataKeys([...most, one])).toThrow(refusal("limit"))
  })
})

describe("an encryption context", () => {
  it("is as long as its field can say, in all and in each text", () => {
    expect(encodeContext({ k: "v".repeat(65_528) })).toHaveLength(65_535)
    for (const context of [
      { k: "v".repeat(65_529) },
      { ["k".repeat(65_536)]: "" },
      { k: "v".repeat(32_768), l: "w".repeat(32_768) },
    ]) {
      expect(() => encodeContext(context)).toThrow(refusal("limit"))
    }
    const x = (length: number) => new Uint8Array(length).fill(0x78)
    const head = [0, 1, 0x61, 0x80, 0, ...x(32_768), 0, 1, 0x62]
    for (const [length, isRead] of [
      [32_755, true],
      [32_756, false],
    ] as const) {
      const pairs = Uint8Array.from([0, 2, ...head, length >> 8, length & 0xff, ...x(length)])
      if (isRead) expect(Object.keys(parseContext(pairs))).toEqual(["a", "b"])
      else expect(() => parseContext(pairs)).toThrow(refusal("malformed"))
    }
  })

  it("that is known already is not encoded again, and one that may change is", () => {
    const frozen = Object.freeze({ a: "b" })
    expect(encodeContext(frozen)).toBe(encodeContext(frozen))
    const loose = { a: "b" }
    const before = encodeContext(loose)
    loose.a = "c"
    expect(encodeContext(loose)).not.toEqual(before)
    const bytes = before.slice()
    const parsed = parseContext(bytes)
    bytes.fill(0)
    expect(encodeContext(parsed)).toEqual(before)
    expect(Object.isFrozen(parsed)).toBe(true)
  })
})

describe("a body", () => {
  const shape: BodyShape = { frameBytes: 16, isSigned: false, contentBytesMax: 16 }
  const frame = (kind: "frame" | "finalFrame", sequence: number, length: number) =>
    joined([frameHead(kind, sequence, length), bytesOf(length), bytesOf(16)])
  const read = (bytes: Uint8Array, changes: Partial<BodyShape> = {}) =>
    [...readWholeBody(bytes, 0, { ...shape, ...changes })].map((piece) => piece.read)

  it("has frames that are numbered from one, the last of them marked", () => {
    const whole = joined([frame("frame", 1, 16), frame("frame", 2, 16), frame("finalFrame", 3, 16)])
    const parts = read(whole)
    expect(parts.map(({ kind }) => kind)).toEqual(["frame", "frame", "finalFrame"])
    expect(parts).toMatchObject([1, 2, 3].map((sequence) => ({ sequence })))
    for (const wrong of [
      [frame("frame", 2, 16), frame("finalFrame", 3, 16)],
      [frame("frame", 1, 16), frame("finalFrame", 3, 16)],
      [frame("finalFrame", 0, 16)],
      [frame("finalFrame", 1, 17)],
      [whole, Uint8Array.of(0)],
      [whole.subarray(0, -1)],
      [frame("frame", 1, 16)],
    ]) {
      expect(() => read(joined(wrong), { contentBytesMax: 99 })).toThrow(refusal("malformed"))
    }
  })

  it("has no part that is longer than its reader may be asked for", () => {
    const final = frame("finalFrame", 1, 10)
    expect(read(final, { contentBytesMax: 10 })).toHaveLength(1)
    expect(() => read(final, { contentBytesMax: 9 })).toThrow(refusal("limit"))
    const regular = joined([frame("frame", 1, 16), frame("finalFrame", 2, 0)])
    expect(read(regular, { contentBytesMax: 16 })).toHaveLength(2)
    expect(() => read(regular, { contentBytesMax: 15 })).toThrow(refusal("limit"))
  })

  it("that is not framed has one part, as long as AES-GCM grants", () => {
    const head = (length: bigint) => {
      const bytes = new Uint8Array(20).fill(7)
      new DataView(bytes.buffer).setBigUint64(12, length)
      return bytes
    }
    const unframed = { frameBytes: undefined, contentBytesMax: 2 ** 40 }
    const whole = joined([head(3n), bytesOf(3), bytesOf(16)])
    expect(read(whole, unframed)).toEqual([
      {
        kind: "unframed",
        sequence: 1,
        iv: new Uint8Array(12).fill(7),
        sealed: joined([bytesOf(3), bytesOf(16)]),
      },
    ])
    expect(() => read(whole, { ...unframed, contentBytesMax: 2 })).toThrow(refusal("limit"))
    const most = 2n ** 36n - 32n
    const reading = readBody({ ...shape, ...unframed })
    expect(reading.next().value).toBe(20)
    expect(reading.next(head(most)).value).toBe(Number(most) + 16)
    expect(() => read(head(most + 1n), unframed)).toThrow("too long for one part")
  })

  it("is given no more frames than their numbers can count", async () => {
    const key = await nobleCipher().key(bytesOf(32))
    const sealing = { key, messageId: bytesOf(32) } as never
    const sealer = createFrameSealer(sealing, 2 ** 32 - 3)
    await sealer.seal("frame", bytesOf(16))
    expect(() => sealer.seal("frame", bytesOf(16))).toThrow(refusal("limit"))
    const [head] = await sealer.seal("finalFrame", bytesOf(1))
    expect(head).toEqual(frameHead("finalFrame", 2 ** 32 - 1, 1))
    expect(() => sealer.seal("finalFrame", bytesOf(1))).toThrow(refusal("limit"))
  })

  it("has no more frames than their numbers can count", () => {
    // The number of the last one is the mark of a final frame.
    for (const [first, isLast] of [
      [2 ** 32 - 1, true],
      [2 ** 32, false],
    ] as const) {
      const reading = readFrames(16, shape, first)
      if (isLast) expect(reading.next().value).toBe(4)
      else expect(() => reading.next()).toThrow(refusal("malformed"))
    }
  })

  it("ends with a signature where there is one, which has a length that it can have", () => {
    const final = frame("finalFrame", 1, 0)
    const footer = (length: number) => joined([Uint8Array.of(0, length), bytesOf(length)])
    for (const length of [0, 1, 104]) {
      const [, last] = read(joined([final, footer(length)]), { isSigned: true })
      expect(last).toEqual({ kind: "footer", signature: bytesOf(length) })
    }
    for (const wrong of [footer(105), Uint8Array.of(0), Uint8Array.of(1, 0), footer(9).slice(1)]) {
      expect(() => read(joined([final, wrong]), { isSigned: true })).toThrow(refusal("malformed"))
    }
    expect(() => read(joined([final, footer(1)]))).toThrow(refusal("malformed"))
  })
})

describe("where the frames of a body are", () => {
  const [regular, final] = [4 + 12 + 16, 12 + 12 + 16]

  it("follows from its length when nothing stands behind them", () => {
    for (const [wholeFrames, finalBytes] of [
      [0, 0],
      [0, 100],
      [1, 0],
      [7, 99],
    ] as const) {
      const bodyBytes = wholeFrames * (regular + 100) + final + finalBytes
      expect(unsignedLayout(bodyBytes, 100)).toEqual({ wholeFrames, finalBytes })
    }
    for (const bodyBytes of [0, final - 1, final + 101, final + regular + 99]) {
      expect(() => unsignedLayout(bodyBytes, 100)).toThrow(refusal("malformed"))
    }
  })

  it("is not what a final frame says that is longer than a frame or than the body", async () => {
    const body = (says: number, bytes: number) =>
      joined([frameHead("finalFrame", 1, says), bytesOf(bytes + 16), Uint8Array.of(0, 0)])
    for (const [says, bytes, isFound] of [
      [100, 100, true],
      [101, 101, false],
      [100, 99, false],
    ] as const) {
      const whole = body(says, bytes)
      const read = async (from: number, to: number) => {
        expect(to).toBeLessThanOrEqual(whole.length)
        return whole.slice(from, to)
      }
      const layout = signedLayout(whole.length, 100, read)
      if (isFound) expect(await layout).toEqual({ wholeFrames: 0, finalBytes: says })
      else await expect(layout).rejects.toEqual(refusal("malformed"))
    }
  })

  it("is found from the end when a signature does", async () => {
    for (const [wholeFrames, finalBytes, footer] of [
      [0, 0, 0],
      [0, 100, 104],
      [1, 0, 71],
      [3, 100, 104],
      [3, 42, 1],
    ] as const) {
      const frames = Array.from({ length: wholeFrames }, (_, i) =>
        joined([frameHead("frame", i + 1, 100), bytesOf(100 + 16)]),
      )
      const last = [frameHead("finalFrame", wholeFrames + 1, finalBytes), bytesOf(finalBytes + 16)]
      const body = joined([...frames, ...last, Uint8Array.of(0, footer), bytesOf(footer)])
      const read = async (from: number, to: number) => body.slice(from, to)
      expect(await signedLayout(body.length, 100, read)).toEqual({ wholeFrames, finalBytes })
      // Another sequence number, and no mark of a final frame.
      for (const at of [7, 0]) {
        const other = body.with(wholeFrames * (regular + 100) + at, wholeFrames + 2)
        const readOther = async (from: number, to: number) => other.slice(from, to)
        const layout = signedLayout(body.length, 100, readOther)
        await expect(layout).rejects.toEqual(refusal("malformed"))
      }
      for (const wrong of [body.length - 1, body.length + 1]) {
        await expect(signedLayout(wrong, 100, read)).rejects.toEqual(refusal("malformed"))
      }
    }
  })
})
