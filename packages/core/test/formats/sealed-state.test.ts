import { describe, expect, it } from "vitest"
import {
  encodeSealHeader,
  parseSealedState,
  saltBytesLength,
} from "../../src/formats/opaque/sealed-state.js"
import { concatBytes } from "../../src/vocabulary/bytes.js"

const salt = new Uint8Array(saltBytesLength).fill(5)
const underKey = encodeSealHeader(salt, undefined)
/** An IV, a tag, and so many bytes between. */
const message = (length: number): Uint8Array => new Uint8Array(12 + length + 16).fill(9)
const isRead = (...parts: readonly Uint8Array[]): boolean =>
  parseSealedState(concatBytes(...parts)) !== undefined

describe("a sealed state", () => {
  it.each([
    [9, 8, 1, false],
    [10, 8, 1, true],
    [18, 8, 1, true],
    [18, 9, 1, false],
    [19, 8, 1, false],
    [10, 7, 1, false],
    [10, 32, 1, true],
    [10, 33, 1, false],
    [16, 32, 1, true],
    [17, 32, 1, false],
    [10, 8, 0, false],
    [10, 8, 4, true],
    [10, 8, 5, false],
  ] as const)(
    "at a cost of 2^%i, %i and %i is read: %s",
    (costLog2, blockSize, parallelism, is) => {
      const header = encodeSealHeader(salt, { costLog2, blockSize, parallelism })
      expect(isRead(header, message(0))).toBe(is)
    },
  )

  it("is refused with other letters, another version, another kind, or a cost of a root key", () => {
    expect(isRead(underKey, message(1))).toBe(true)
    for (let i = 0; i < 7; i += 1) {
      const other = underKey.with(i, (underKey[i] as number) + 1)
      expect(isRead(other, message(1)), `byte ${i}`).toBe(false)
    }
    for (const cost of [
      [1, 1, 0],
      [0, 1, 1],
      [1, 0, 1],
    ]) {
      const other = underKey.slice()
      other.set(cost, 4)
      expect(isRead(other, message(1))).toBe(false)
    }
    const costly = encodeSealHeader(salt, { costLog2: 10, blockSize: 8, parallelism: 1 })
    expect(isRead(costly.with(3, 2), message(1))).toBe(false)
  })

  it("has an IV and a tag at least, and 64 KiB at most", () => {
    expect(isRead(underKey, message(0).subarray(1))).toBe(false)
    expect(isRead(underKey, message(0))).toBe(true)
    const most = 65_536 - underKey.length - message(0).length
    expect(isRead(underKey, message(most))).toBe(true)
    expect(isRead(underKey, message(most + 1))).toBe(false)
  })
})
