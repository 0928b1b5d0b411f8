import { setTimeout as pause } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import {
  type BulkCipher,
  type EnvelopeStream,
  nobleCipher,
  type WrapRequest,
  webCryptoCipher,
} from "../../src/envelope/index.js"
import {
  bytesOf,
  collect,
  cut,
  envelopeFor,
  envelopeOf,
  rawKeys,
  refusal,
  signed,
  suiteNames,
  unsigned,
} from "./support/envelopes.js"
import { watchedCipher } from "./support/watched-cipher.js"

const plaintext = bytesOf(100)

/** A stream of the chunks, which counts those that were asked for. */
function sourceOf(chunks: Iterable<Uint8Array>) {
  const iterator = chunks[Symbol.iterator]()
  const seen = { pulled: 0, cancelled: undefined as unknown }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = iterator.next()
        if (done) return controller.close()
        seen.pulled += 1
        controller.enqueue(value)
      },
      cancel(reason) {
        seen.cancelled = reason
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

const through = (chunks: Iterable<Uint8Array>, pair: EnvelopeStream): Promise<Uint8Array> =>
  collect(sourceOf(chunks).stream.pipeThrough(pair))

describe.each(suiteNames)("a stream of %s", (suite) => {
  it("may be cut at every byte", async () => {
    const envelope = envelopeFor(suite, { cipher: nobleCipher() })
    const { message } = await envelope.encrypt(plaintext)
    const stride = suite.includes("ECDSA") ? 29 : 1
    for (let at = 0; at <= message.length; at += stride) {
      const halves = [message.slice(0, at), message.slice(at)]
      expect(await collect(envelope.decryptChunks(halves))).toEqual(plaintext)
    }
  })

  it.each([1, 15, 16, 17, 1_000_000])("may come in pieces of %i bytes", async (length) => {
    for (const cipher of [nobleCipher(), webCryptoCipher()]) {
      const envelope = envelopeFor(suite, { cipher })
      const message = await through(cut(plaintext, length), envelope.encryptStream())
      expect(await through(cut(message, length), envelope.decryptStream())).toEqual(plaintext)
      expect((await envelope.decrypt(message)).plaintext).toEqual(plaintext)
    }
  })
})

describe("a stream", () => {
  it("lets a frame leave as soon as it is full, and plaintext as soon as its frame is", async () => {
    const envelope = envelopeOf()
    const sealing = envelope.encryptStream()
    const opening = envelope.decryptStream()
    const writer = sealing.writable.getWriter()
    const reader = sealing.readable.pipeThrough(opening).getReader()
    for (let i = 0; i < 5; i += 1) {
      const writing = writer.write(bytesOf(16))
      expect((await reader.read()).value).toEqual(bytesOf(16))
      await writing
    }
    const closing = writer.close()
    expect((await reader.read()).done).toBe(true)
    await closing
  })

  it("tells the header before the end", async () => {
    const envelope = envelopeOf()
    const context = { tenant: "42" }
    const sealing = envelope.encryptStream({ context })
    const message = await through([plaintext], sealing)
    expect((await sealing.header).context).toEqual(context)
    const opening = envelope.decryptStream({ expectContext: context })
    const writer = opening.writable.getWriter()
    writer.write(message.subarray(0, message.length - 1)).catch(() => undefined)
    expect(await opening.header).toEqual(await sealing.header)
    await writer.abort()
  })

  it("asks for no more than a slow sink takes", async () => {
    const chunks = 50
    const { stream, seen } = sourceOf(cut(bytesOf(chunks * 64), 64))
    const envelope = envelopeOf({ frameBytes: 64 })
    let written = 0
    let ahead = 0
    await stream.pipeThrough(envelope.encryptStream()).pipeTo(
      new WritableStream(
        {
          async write() {
            written += 1
            await pause(1)
            ahead = Math.max(ahead, seen.pulled - written)
          },
        },
        { highWaterMark: 1 },
      ),
    )
    expect(seen.pulled).toBe(chunks)
    expect(ahead).toBeLessThan(6)
  })

  it("does nothing for a sink that does not ask", async () => {
    const { stream, seen } = sourceOf(cut(bytesOf(6400), 64))
    stream.pipeThrough(envelopeOf().encryptStream())
    // Meanwhile one like it goes all its way.
    const other = sourceOf(cut(bytesOf(6400), 64))
    await collect(other.stream.pipeThrough(envelopeOf().encryptStream()))
    expect(other.seen.pulled).toBe(100)
    expect(seen.pulled).toBeLessThan(4)
  })

  it("has done a write when all that it made was asked for, and not before", async () => {
    const pair = envelopeOf().encryptStream()
    let isDone = false
    const writer = pair.writable.getWriter()
    const writing = writer.write(bytesOf(1)).then(() => {
      isDone = true
    })
    // Meanwhile one like it goes all its way.
    await collect(sourceOf([bytesOf(1)]).stream.pipeThrough(envelopeOf().encryptStream()))
    expect(isDone).toBe(false)
    const reader = pair.readable.getReader()
    expect((await reader.read()).value?.[0]).toBe(2)
    await writing
    await writer.abort()
  })

  it("does not keep what the writer changes after the write", async () => {
    const envelope = envelopeOf()
    const buffer = new Uint8Array(7)
    async function* reused(bytes: Uint8Array) {
      for (const piece of cut(bytes, 7)) {
        buffer.set(piece)
        yield buffer.subarray(0, piece.length)
        buffer.fill(0xee)
      }
    }
    const message = await collect(envelope.encryptChunks(reused(plaintext)))
    expect(await collect(envelope.decryptChunks(reused(message)))).toEqual(plaintext)
  })

  it.each([2000, 5000])("holds no more of a frame than it was told, of %i bytes", async (size) => {
    // Once the frame is the final one, once it is not.
    const { message } = await envelopeOf({ frameBytes: 4096 }).encrypt(bytesOf(size))
    const strict = envelopeOf({ heldBytesMax: 1999 })
    const reading = collect(strict.decryptChunks([message.subarray(0, 400)]))
    await expect(reading).rejects.toEqual(refusal("limit"))
    expect((await strict.decrypt(message)).plaintext).toEqual(bytesOf(size))
  })

  it("takes a Buffer of Node, keeps no view of it and hands out none", async () => {
    const buffer = Buffer.from(plaintext)
    const { message } = await envelopeOf().encrypt(buffer)
    const given = Buffer.from(message)
    const { plaintext: read, header } = await envelopeOf().decrypt(given)
    given.fill(0)
    expect(read).toEqual(plaintext)
    expect([message, read, header.messageId].map((bytes) => bytes.constructor)).toEqual(
      Array(3).fill(Uint8Array),
    )
    expect(header.messageId.some((byte) => byte !== 0)).toBe(true)
    expect(header.encryptedDataKeys[0]?.ciphertext.some((byte) => byte !== 0)).toBe(true)
  })

  it("takes bytes and nothing else", async () => {
    const pair = envelopeOf().encryptStream()
    const writer = pair.writable.getWriter()
    await expect(writer.write("text" as never)).rejects.toThrow(TypeError)
    await expect(collect(pair.readable)).rejects.toThrow(TypeError)
  })
})

describe("a stream that ends early", () => {
  it("errors both ends with one reason when the message is not genuine", async () => {
    const { message } = await envelopeOf().encrypt(plaintext)
    message[message.length - 20] = (message[message.length - 20] as number) ^ 1
    const { cipher, open } = watchedCipher(nobleCipher())
    const pair = envelopeOf({ cipher }).decryptStream()
    const { stream, seen } = sourceOf(cut(message, 10))
    const piping = stream.pipeTo(pair.writable)
    await expect(collect(pair.readable)).rejects.toEqual(refusal("authentication"))
    await expect(piping).rejects.toEqual(refusal("authentication"))
    expect(seen.cancelled).toEqual(refusal("authentication"))
    expect(open.keys).toBe(0)
  })

  it("errors the writer when the reader cancels, and wipes", async () => {
    const { cipher, open } = watchedCipher(nobleCipher())
    const pair = envelopeOf({ cipher }).encryptStream()
    const { stream, seen } = sourceOf(cut(bytesOf(10_000), 10))
    const piping = stream.pipeTo(pair.writable)
    const reader = pair.readable.getReader()
    await reader.read()
    expect(open.keys).toBe(1)
    const reason = new Error("enough")
    await reader.cancel(reason)
    await expect(piping).rejects.toBe(reason)
    expect(seen.cancelled).toBe(reason)
    expect(open.keys).toBe(0)
  })

  it("errors the reader when the writer aborts, also while nobody reads, and wipes", async () => {
    const { cipher, open } = watchedCipher(nobleCipher())
    const pair = envelopeOf({ cipher }).encryptStream()
    const writer = pair.writable.getWriter()
    const stuck = writer.write(bytesOf(100))
    await expect.poll(() => open.keys).toBe(1)
    const reason = new Error("no more")
    await writer.abort(reason)
    await stuck.catch(() => undefined)
    await expect(collect(pair.readable)).rejects.toBe(reason)
    expect(open.keys).toBe(0)
  })

  it("ends its source when the loop over it ends, and wipes", async () => {
    const { cipher, open } = watchedCipher(nobleCipher())
    let hasEnded = false
    async function* source() {
      try {
        for (const piece of cut(bytesOf(1000), 10)) yield piece
      } finally {
        hasEnded = true
      }
    }
    for await (const _ of envelopeOf({ cipher }).encryptChunks(source())) break
    expect(hasEnded).toBe(true)
    expect(open.keys).toBe(0)
  })

  it("tells why there is no header", async () => {
    const { message } = await envelopeOf().encrypt(plaintext, { context: { tenant: "42" } })
    const opening = envelopeOf().decryptStream()
    const outcome = collect(sourceOf([message]).stream.pipeThrough(opening))
    await expect(outcome).rejects.toEqual(refusal("context"))
    await expect(opening.header).rejects.toEqual(refusal("context"))
  })

  it("rejects its header, and nobody has to wait for that", async () => {
    const opening = envelopeOf().decryptStream()
    await opening.writable.abort(new Error("no"))
    await expect(opening.header).rejects.toThrow(TypeError)
    const sealing = envelopeOf().encryptStream()
    await sealing.writable.abort(new Error("no"))
    await expect(sealing.header).rejects.toThrow(TypeError)
    envelopeOf({ keys: rawKeys(2) })
      .decryptStream()
      .writable.abort(new Error("no"))
  })

  it("leaves no key open when the header cannot be made", async () => {
    const { cipher, open } = watchedCipher(nobleCipher())
    const broken: BulkCipher = {
      ...cipher,
      async key(bytes) {
        const key = await cipher.key(bytes)
        return { ...key, seal: () => Promise.reject(new Error("no")) }
      },
    }
    const keys = {
      ...rawKeys(),
      wrap: (request: WrapRequest) => rawKeys().wrap({ ...request, cipher }),
    }
    await expect(envelopeOf({ cipher: broken, keys }).encrypt(plaintext)).rejects.toThrow("no")
    expect(open.keys).toBe(0)
  })

  it.each([unsigned, signed])("leaves no key open, whatever %s was cut to", async (suite) => {
    const { cipher, open } = watchedCipher(nobleCipher())
    const envelope = envelopeFor(suite, { cipher })
    const { message } = await envelope.encrypt(plaintext)
    expect(open.keys).toBe(0)
    for (let length = 0; length < message.length; length += 31) {
      const cutShort = [message.subarray(0, length)]
      await expect(collect(envelope.decryptChunks(cutShort))).rejects.toEqual(refusal("malformed"))
      expect(open.keys).toBe(0)
    }
  })
})

describe("memory", () => {
  it.skipIf(process.env.SLOW !== "1")("stays flat over a gigabyte", async () => {
    const envelope = envelopeOf({ frameBytes: 65_536 })
    const block = bytesOf(65_536)
    function* gigabyte() {
      for (let i = 0; i < 16_384; i += 1) yield block
    }
    globalThis.gc?.()
    const idle = process.memoryUsage().rss
    let [most, length] = [0, 0]
    const message = envelope.encryptChunks(gigabyte())
    for await (const part of envelope.decryptChunks(message)) {
      length += part.length
      if (length % (64 * 65_536) === 0) most = Math.max(most, process.memoryUsage().rss)
    }
    expect(length).toBe(2 ** 30)
    expect(most - idle).toBeLessThan(64 * 1_048_576)
  })
})
