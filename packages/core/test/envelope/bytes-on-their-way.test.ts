import { describe, expect, it } from "vitest"
import { createOutlet } from "../../src/envelope/opening/outlet.js"
import { createByteQueue } from "../../src/envelope/streams/byte-queue.js"
import { joinSmall } from "../../src/envelope/streams/join-small.js"
import { piecesOf } from "../../src/envelope/streams/run-stage.js"
import {
  bytesOf,
  cut,
  envelopeFor,
  joined,
  refusal,
  signed,
  unsigned,
} from "./support/envelopes.js"

describe("bytes on their way", () => {
  it("come out of a queue as they are asked for, in whatever pieces they came", () => {
    for (const piece of [1, 2, 3, 7, 50]) {
      const queue = createByteQueue()
      const taken: Uint8Array[] = []
      for (let at = 0; at < 50; at += piece) {
        const buffer = bytesOf(50).slice(at, at + piece)
        queue.push(buffer)
        expect(queue.peek(51)).toBeUndefined()
        expect(queue.take(queue.length() + 1)).toBeUndefined()
        for (let bytes = queue.take(5); bytes !== undefined; bytes = queue.take(5)) {
          taken.push(bytes.slice())
        }
        expect(queue.length()).toBe(Math.min(at + piece, 50) % 5)
        expect(queue.peek(queue.length())).toHaveLength(queue.length())
        queue.keep(5)
        buffer.fill(0)
      }
      expect(taken.map(({ length }) => length)).toEqual(Array(10).fill(5))
      expect(joined(taken)).toEqual(bytesOf(50))
    }
  })

  it("wait in a queue behind those that came before, when nobody takes any", () => {
    const queue = createByteQueue()
    for (const piece of cut(bytesOf(12), 5)) queue.push(piece)
    expect(queue.length()).toBe(12)
    expect(queue.take(12)).toEqual(bytesOf(12))
  })

  it("are joined where they are few, and only there", () => {
    const [small, large] = [bytesOf(3), new Uint8Array(16_385)]
    expect(joinSmall([])).toEqual([])
    expect(joinSmall([small])).toEqual([small])
    const parts = joinSmall([small, small, large, small, large, large])
    expect(parts.map(({ length }) => length)).toEqual([6, 16_385, 3, 16_385, 16_385])
    expect(parts[0]).toEqual(joined([small, small]))
    expect(parts[1]).toBe(large)
  })

  it("are given to a stage in pieces of 256 KiB, however many come at once", () => {
    const pieces = [...piecesOf(bytesOf(600_000))]
    expect(pieces.map(({ length }) => length)).toEqual([262_144, 262_144, 75_712])
    expect(Buffer.compare(joined(pieces), bytesOf(600_000))).toBe(0)
    expect([...piecesOf(bytesOf(262_144))]).toHaveLength(1)
    expect([...piecesOf(bytesOf(0))]).toEqual([])
    expect(() => [...piecesOf("text" as never)]).toThrow("`chunk`")
  })

  it.each([unsigned, signed])("leave a stream of %s only where there are some", async (suite) => {
    const envelope = envelopeFor(suite)
    for (const size of [0, 16, 40]) {
      const { message } = await envelope.encrypt(bytesOf(size))
      const halves = [message.subarray(0, 90), new Uint8Array(0), message.subarray(90)]
      const chunks = [bytesOf(0), ...cut(bytesOf(size), 7), bytesOf(0)]
      for (const [source, work] of [
        [halves, "decrypt"],
        [chunks, "encrypt"],
      ] as const) {
        const left: Uint8Array[] = []
        for await (const part of envelope[`${work}Chunks`](source)) left.push(part)
        const pair = envelope[`${work}Stream`]()
        const stream = new ReadableStream<Uint8Array>({
          start(controller) {
            for (const chunk of source) controller.enqueue(chunk)
            controller.close()
          },
        })
        for await (const part of stream.pipeThrough(pair)) left.push(part)
        expect(left.every(({ length }) => length > 0)).toBe(true)
        if (work === "decrypt") expect(joined(left)).toEqual(joined([bytesOf(size), bytesOf(size)]))
      }
    }
  })

  it("wait for the signature of their message, all or the last, and are wiped unless it comes", () => {
    const parts = [bytesOf(2), bytesOf(3)]
    const open = createOutlet(false, "held", 1)
    expect(open.pass(parts, true)).toEqual(parts)
    expect(open.finish()).toEqual([])
    const held = createOutlet(true, "held", 5)
    expect(held.pass(parts, false)).toEqual([])
    expect(held.finish()).toEqual(parts)
    expect(held.finish()).toEqual([])
    const early = createOutlet(true, "early", 3)
    expect(early.pass(parts, false)).toEqual(parts)
    expect(early.pass(parts, true)).toEqual(parts.slice(0, 1))
    expect(early.finish()).toEqual(parts.slice(1))
    const full = createOutlet(true, "held", 4)
    const secret = [bytesOf(2).fill(9), bytesOf(3).fill(9)]
    expect(() => full.pass(secret, false)).toThrow(refusal("limit"))
    full.close()
    expect(joined(secret)).toEqual(new Uint8Array(5))
    expect(full.finish()).toEqual([])
  })
})
