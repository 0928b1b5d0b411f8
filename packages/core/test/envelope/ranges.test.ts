import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseWholeHeader } from "../../src/envelope/message/header.js"
import { bytesOf, envelopeFor, envelopeOf, refusal, signed, unsigned } from "./support/envelopes.js"

const limits = { headerBytesMax: 65_536, encryptedDataKeysMax: 10 }
const frameLength = (frameBytes: number): number => frameBytes + 32

/** A source that notes which bytes were read. */
function watched(message: Uint8Array) {
  const reads: [number, number][] = []
  const source = {
    sizeBytes: message.length,
    async read(from: number, to: number) {
      reads.push([from, to])
      return message.slice(from, to)
    },
  }
  return { source, reads }
}

describe("a range of a message", () => {
  it.each([unsigned, signed] as const)("of %s is that of its plaintext", async (suite) => {
    const options = { signedPlaintext: "early" } as const
    const slice = fc.record({
      size: fc.integer({ min: 0, max: 200 }),
      from: fc.integer({ min: 0, max: 220 }),
      length: fc.integer({ min: 0, max: 220 }),
      frameBytes: fc.constantFrom(1, 16, 50, 100, 200),
    })
    const property = async ({
      size,
      from,
      length,
      frameBytes,
    }: typeof slice extends fc.Arbitrary<infer T> ? T : never) => {
      const envelope = envelopeFor(suite, { frameBytes })
      const { message } = await envelope.encrypt(bytesOf(size))
      const open = envelope.open(message, options)
      expect(await open.read(from, from + length)).toEqual(bytesOf(size).slice(from, from + length))
      expect(await open.size()).toBe(size)
    }
    await fc.assert(fc.asyncProperty(slice, property), { numRuns: suite === signed ? 40 : 200 })
  })

  it("touches no more frames than hold it and two", async () => {
    const frameBytes = 1024
    const envelope = envelopeOf({ frameBytes })
    const { message } = await envelope.encrypt(bytesOf(100 * frameBytes + 7))
    const { lengthBytes } = parseWholeHeader(message, limits)
    for (const [from, to] of [
      [0, 1],
      [5000, 5001],
      [3 * frameBytes, 5 * frameBytes],
      [3 * frameBytes - 1, 5 * frameBytes + 1],
      [100 * frameBytes, 100 * frameBytes + 7],
      [99 * frameBytes, 1_000_000],
      [1_000_000, 1_000_001],
    ] as const) {
      const { source, reads } = watched(message)
      await envelope.open(source).read(from, to)
      const touched = new Set<number>()
      for (const [start, end] of reads) {
        for (let at = Math.max(start, lengthBytes); at < end; at += 1) {
          touched.add(Math.floor((at - lengthBytes) / frameLength(frameBytes)))
        }
      }
      const last = Math.min(to, 100 * frameBytes + 7)
      const needed =
        Math.floor((last - 1) / frameBytes) - Math.floor(Math.min(from, last - 1) / frameBytes) + 1
      expect(touched.size).toBeLessThanOrEqual(needed + 2)
    }
  })

  it("is read from a Blob, and of a message whose last frame is full", async () => {
    // Others end with a full frame where we end with an empty one.
    const envelope = envelopeOf({ frameBytes: 16 })
    const { message } = await envelope.encrypt(bytesOf(32))
    const open = envelope.open(new Blob([Buffer.from(message)]))
    expect(await open.read(10, 100)).toEqual(bytesOf(32).slice(10))
  })

  it("reads the header once", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(100), { context: { tenant: "42" } })
    const { source, reads } = watched(message)
    const open = envelopeOf().open(source, { expectContext: { tenant: "42" } })
    expect(reads).toEqual([])
    expect((await open.header()).context).toEqual({ tenant: "42" })
    expect(reads).toHaveLength(1)
    await open.header()
    expect(reads).toHaveLength(1)
  })

  it.each([900, 3000, 30_000])("is read behind a header of %i bytes and more", async (length) => {
    const context = { tenant: "x".repeat(length) }
    const { message } = await envelopeOf().encrypt(bytesOf(100), { context })
    const open = envelopeOf().open(watched(message).source, { expectContext: context })
    expect(await open.read(10, 90)).toEqual(bytesOf(100).slice(10, 90))
  })

  it("of nothing reads no frame", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(100))
    const { source, reads } = watched(message)
    const open = envelopeOf().open(source)
    for (const at of [0, 5, 16, 100, 1000]) expect(await open.read(at, at)).toEqual(bytesOf(0))
    expect(reads).toHaveLength(1)
  })

  it("is read after a source that failed, and refuses one that answers less", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(100))
    const { source } = watched(message)
    let fails = true
    const open = envelopeOf().open({
      ...source,
      read: (from, to) => (fails ? Promise.reject(new Error("no network")) : source.read(from, to)),
    })
    await expect(open.read(0, 5)).rejects.toThrow("no network")
    fails = false
    expect(await open.read(0, 5)).toEqual(bytesOf(5))
    const short = { ...source, read: (from: number, to: number) => source.read(from, to - 1) }
    await expect(envelopeOf().open(short).read(0, 5)).rejects.toEqual(refusal("malformed"))
  })

  it("is refused when a frame in it was changed, or the end is not the end", async () => {
    const envelope = envelopeOf()
    const { message } = await envelope.encrypt(bytesOf(100))
    const { lengthBytes } = parseWholeHeader(message, limits)
    const changed = message.slice()
    changed[lengthBytes + 48 + 20] = (changed[lengthBytes + 48 + 20] as number) ^ 1
    expect(await envelope.open(changed).read(0, 16)).toEqual(bytesOf(16))
    await expect(envelope.open(changed).read(16, 17)).rejects.toEqual(refusal("authentication"))
    const cutAtFrame = message.slice(0, lengthBytes + 2 * 48)
    await expect(envelope.open(cutAtFrame).read(0, 1000)).rejects.toEqual(refusal("malformed"))
    await expect(envelope.open(cutAtFrame).size()).rejects.toEqual(refusal("malformed"))
    for (let length = 0; length < message.length; length += 7) {
      const short = envelope.open(message.slice(0, length))
      await expect(short.read(99, 1000)).rejects.toEqual(refusal("malformed"))
    }
  })

  it("is refused by the context that was expected", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(100), { context: { tenant: "42" } })
    const open = envelopeOf().open(message, { expectContext: { tenant: "43" } })
    await expect(open.read(0, 1)).rejects.toEqual(refusal("context"))
  })

  it("of a signed message is refused unless the caller does without the signature", async () => {
    const { message } = await envelopeOf({ suite: signed }).encrypt(bytesOf(100))
    const open = envelopeOf().open(message)
    await expect(open.read(0, 1)).rejects.toEqual(refusal("unsupported"))
  })

  it("cannot be read once the message was closed", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(100))
    const open = envelopeOf().open(message)
    await open.read(0, 1)
    open.close()
    await expect(open.read(0, 1)).rejects.toThrow(TypeError)
    const unread = envelopeOf().open(message)
    unread.close()
    for (const asked of [unread.header(), unread.size(), unread.read(0, 0)]) {
      await expect(asked).rejects.toThrow(TypeError)
    }
  })

  it.each([
    [2, 1],
    [-1, 1],
    [0, 1.5],
    [0.5, 1],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])("from %d to %d is none", async (from, to) => {
    const { message } = await envelopeOf().encrypt(bytesOf(100))
    await expect(envelopeOf().open(message).read(from, to)).rejects.toThrow(RangeError)
  })
})
