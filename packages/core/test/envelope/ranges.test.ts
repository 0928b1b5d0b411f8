import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { nobleCipher } from "../../src/envelope/index.js"
import { parseWholeHeader } from "../../src/envelope/message/header.js"
import {
  bytesOf,
  envelopeFor,
  envelopeOf,
  rawKeys,
  refusal,
  signed,
  unsigned,
} from "./support/envelopes.js"
import { handmade, knownKeys } from "./support/handmade.js"
import { watchedCipher } from "./support/watched-cipher.js"

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

  it("is read behind many encrypted data keys, of which not each is read by itself", async () => {
    const keys = {
      ...rawKeys(),
      async wrap(request: Parameters<ReturnType<typeof rawKeys>["wrap"]>[0]) {
        const { encryptedDataKeys, ...made } = await rawKeys().wrap(request)
        return { ...made, encryptedDataKeys: Array(60).fill(encryptedDataKeys[0]) }
      },
    }
    const { message, header } = await envelopeOf({ keys }).encrypt(bytesOf(5000))
    const { source, reads } = watched(message)
    expect(await envelopeOf().open(source).header()).toEqual(header)
    expect(reads).toEqual([
      [0, 1024],
      [0, 2048],
      [0, 4096],
      [0, 8192],
    ])
  })

  it("holds no more of a frame than it was told", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(40))
    const [just, less] = [16, 15].map((heldBytesMax) => envelopeOf({ heldBytesMax }).open(message))
    expect(await just?.read(0, 16)).toEqual(bytesOf(16))
    await expect(less?.read(0, 16)).rejects.toEqual(refusal("limit"))
    expect(await less?.size()).toBe(40)
  })

  it("that goes beyond the end shows that it is the end", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(32))
    const changed = message.with(-1, (message.at(-1) ?? 0) ^ 1)
    const open = envelopeOf().open(changed)
    expect(await open.read(0, 32)).toEqual(bytesOf(32))
    for (const from of [0, 32, 40]) {
      await expect(open.read(from, 41)).rejects.toEqual(refusal("authentication"))
    }
    await expect(open.size()).rejects.toEqual(refusal("authentication"))
  })

  it("of a message that others ended with a full frame is read to its end", async () => {
    const message = await handmade(unsigned, 16, [
      { kind: "frame", sequence: 1, content: bytesOf(16) },
      { kind: "finalFrame", sequence: 2, content: bytesOf(32).slice(16) },
    ])
    const open = envelopeOf({ keys: knownKeys }).open(message)
    expect(await open.size()).toBe(32)
    for (const from of [0, 10, 16, 31, 32, 100]) {
      for (const to of [from, from + 1, 32, 33, 1000].filter((one) => one >= from)) {
        expect(await open.read(from, to)).toEqual(bytesOf(32).slice(from, to))
      }
    }
  })

  it("is refused where a final frame stands among the others, genuine or not", async () => {
    const frames = [
      { kind: "frame", sequence: 1, content: bytesOf(16) },
      { kind: "finalFrame", sequence: 2, content: bytesOf(0) },
      { kind: "frame", sequence: 3, content: bytesOf(16) },
    ] as const
    const open = envelopeOf({ keys: knownKeys }).open(await handmade(unsigned, 16, frames))
    expect(await open.read(0, 16)).toEqual(bytesOf(16))
    for (const [from, to] of [
      [16, 17],
      [0, 32],
      [0, 1000],
    ] as const) {
      await expect(open.read(from, to)).rejects.toEqual(refusal("malformed"))
    }
    await expect(open.size()).rejects.toEqual(refusal("malformed"))
  })

  it("leaves no key open, when the message is closed or has no such frames", async () => {
    const { message } = await envelopeOf().encrypt(bytesOf(100))
    const { cipher, open } = watchedCipher(nobleCipher())
    const envelope = envelopeOf({ cipher })
    const short = envelope.open(message.subarray(0, -20))
    for (const asked of [short.read(0, 1), short.size()]) {
      await expect(asked).rejects.toEqual(refusal("malformed"))
    }
    expect(open.keys).toBe(0)
    const closing = envelope.open(message)
    const header = closing.header()
    closing.close()
    await header
    await expect.poll(() => open.keys).toBe(0)
    const failing = envelope.open({ sizeBytes: 99, read: () => Promise.reject(new Error("no")) })
    const asked = failing.header()
    failing.close()
    await expect(asked).rejects.toThrow("no")
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
    // What the final frame says of its length, and what the message leaves for it.
    const lengthAt = lengthBytes + 6 * 48 + 4 + 4 + 12 + 3
    expect(message[lengthAt]).toBe(4)
    for (const [says, reason] of [
      [3, "authentication"],
      [5, "malformed"],
      [17, "malformed"],
    ] as const) {
      const open = envelope.open(message.with(lengthAt, says))
      await expect(open.size()).rejects.toEqual(refusal(reason))
      await expect(open.read(0, 101)).rejects.toEqual(refusal(reason))
    }
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
