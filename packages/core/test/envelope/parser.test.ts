import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { algorithmSuites } from "../../src/envelope/index.js"
import { encodeContext, parseContext } from "../../src/envelope/message/encryption-context.js"
import {
  encodeHeader,
  encodeHeaderBody,
  type HeaderFields,
  parseHeader,
  parseWholeHeader,
  versionTable,
} from "../../src/envelope/message/header.js"
import { bytesOf, envelopeOf, joined, refusal } from "./support/envelopes.js"

const limits = { headerBytesMax: 524_288, encryptedDataKeysMax: 10 }
const text = fc.string({ unit: "grapheme", maxLength: 20 })
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const some = fc.uint8Array({ maxLength: 40 })

const header = fc.constantFrom(...algorithmSuites).chain((suite) =>
  fc.record({
    fields: fc.record<HeaderFields>({
      suite: fc.constant(suite),
      messageId: bytes(versionTable[suite.messageVersion].messageIdBytes),
      storedContext: fc.dictionary(text, text, { maxKeys: 5 }),
      encryptedDataKeys: fc.array(
        fc.record({ providerId: text, providerInfo: some, ciphertext: some }),
        { minLength: 1, maxLength: 5 },
      ),
      frameBytes: fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined }),
      commitment: bytes(suite.isCommitting ? 32 : 0),
    }),
    iv: suite.messageVersion === 1 ? bytes(12) : fc.constant(new Uint8Array(12)),
    tag: bytes(16),
  }),
)

describe("a header", () => {
  it("is read as it was written, also byte by byte", () => {
    fc.assert(
      fc.property(header, some, ({ fields, iv, tag }, more) => {
        const written = encodeHeader(fields, encodeHeaderBody(fields), iv, tag)
        const message = joined([written, more])
        // What is read is no view of the bytes, which are the caller's to change.
        const given = message.slice()
        const { body, lengthBytes, ...read } = parseWholeHeader(given, limits)
        given.fill(0xee)
        expect(read).toEqual({ ...fields, iv, tag })
        expect(lengthBytes).toBe(written.length)
        expect(body).toEqual(encodeHeaderBody(fields))
        const parsing = parseHeader(limits)
        let step = parsing.next()
        let needed = 0
        while (!step.done) {
          expect(step.value).toBeGreaterThanOrEqual(needed)
          needed = step.value
          expect(needed).toBeLessThanOrEqual(written.length)
          step = parsing.next(message.subarray(0, needed))
        }
        expect(needed).toBe(written.length)
      }),
    )
  })

  it("has no other bytes than those that it is written in, but for the order of pairs", () => {
    fc.assert(
      fc.property(header, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, flip) => {
        const { fields, iv, tag } = one
        const changed = encodeHeader(fields, encodeHeaderBody(fields), iv, tag).slice()
        changed[at % changed.length] = (changed[at % changed.length] as number) ^ flip
        try {
          const read = parseWholeHeader(changed, limits)
          const again = encodeHeader(read, encodeHeaderBody(read), read.iv, read.tag)
          const given = changed.subarray(0, read.lengthBytes)
          const isReordered = Buffer.compare(again, given) !== 0
          expect(isReordered ? again.toSorted() : again).toEqual(
            isReordered ? given.toSorted() : given,
          )
        } catch (error) {
          expect(error).toEqual(refusal("malformed", "limit"))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("that is any bytes is refused, or read", () => {
    const start = fc.constantFrom([1, 0x80, 0x01, 0x78], [2, 0x04, 0x78], [2, 0x05, 0x78], [])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 300 }), (first, rest) => {
        try {
          parseWholeHeader(Uint8Array.from([...first, ...rest]), limits)
        } catch (error) {
          expect(error).toEqual(refusal("malformed", "limit"))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("is refused as soon as it is too long or names too many keys", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(1), {
      context: { key: "x".repeat(1000) },
    })
    const { lengthBytes } = parseWholeHeader(message, limits)
    for (const headerBytesMax of [1, 100, lengthBytes - 1]) {
      expect(() => parseWholeHeader(message, { ...limits, headerBytesMax })).toThrow(
        refusal("limit"),
      )
    }
    parseWholeHeader(message, { ...limits, headerBytesMax: lengthBytes })
    const parsing = parseHeader({ ...limits, headerBytesMax: 100 })
    parsing.next()
    parsing.next(message.subarray(0, 2))
    parsing.next(message.subarray(0, 4))
    parsing.next(message.subarray(0, 35))
    expect(() => parsing.next(message.subarray(0, 37))).toThrow(refusal("limit"))
  })
})

describe("the bytes of a context", () => {
  it("are read as they were written, in the order of UTF-8", () => {
    fc.assert(
      fc.property(fc.dictionary(text, text, { maxKeys: 10 }), (context) => {
        expect(parseContext(encodeContext(context))).toEqual(context)
      }),
    )
    // U+FF5E sorts behind U+1F600 by code units, and before it by bytes.
    const encoded = encodeContext({ "\u{1f600}": "b", "\uff5e": "a" })
    expect(Buffer.from(encoded).indexOf("\uff5e")).toBeLessThan(
      Buffer.from(encoded).indexOf("\u{1f600}"),
    )
  })

  it("are refused out of order, twice, cut, or with more behind", () => {
    const pair = (key: number) => [0, 1, key, 0, 0]
    for (const wrong of [
      [0],
      [0, 0],
      [0, 1],
      [0, 2, ...pair(0x62), ...pair(0x61)],
      [0, 2, ...pair(0x61), ...pair(0x61)],
      [0, 1, ...pair(0x61), 0],
      [0, 2, ...pair(0x61)],
      [0, 1, ...pair(0xff)],
    ]) {
      expect(() => parseContext(Uint8Array.from(wrong))).toThrow(refusal("malformed"))
    }
  })
})
