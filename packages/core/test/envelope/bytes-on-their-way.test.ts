import { describe, expect, it } from "vitest"
import { createOutlet } from "../../src/envelope/opening/outlet.js"
import { createByteQueue } from "../../src/envelope/streams/byte-queue.js"
import { joinSmall } from "../../src/envelope/streams/join-small.js"
import { bytesOf, joined, refusal } from "./support/envelopes.js"

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

  it("are joined where they are few, and only there", () => {
    const [small, large] = [bytesOf(3), new Uint8Array(16_385)]
    expect(joinSmall([])).toEqual([])
    expect(joinSmall([small])).toEqual([small])
    const parts = joinSmall([small, small, large, small, large, large])
    expect(parts.map(({ length }) => length)).toEqual([6, 16_385, 3, 16_385, 16_385])
    expect(parts[0]).toEqual(joined([small, small]))
    expect(parts[1]).toBe(large)
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
