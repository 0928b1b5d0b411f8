import fc from "fast-check"
import { expect, it } from "vitest"
import {
  readUint16,
  readUint32,
  readUint64,
  uint16,
  uint32,
  writeField,
  writeUint16,
  writeUint32,
  writeUint64,
} from "../../src/envelope/message/numbers.js"

const rows = [
  [2, 0xffff, writeUint16, readUint16],
  [4, 0xffff_ffff, writeUint32, readUint32],
  [8, Number.MAX_SAFE_INTEGER, writeUint64, readUint64],
] as const

it.each(rows)(
  "numbers of %i bytes are big-endian, where they belong",
  (length, max, write, read) => {
    const number = fc.oneof(fc.nat({ max }), fc.constantFrom(0, 1, 0x80, max - 1, max))
    fc.assert(
      fc.property(number, fc.nat(3), (value, offset) => {
        const expected = new Uint8Array(length + 4).fill(0xee)
        const digits = value.toString(16).padStart(2 * length, "0")
        for (let i = 0; i < length; i += 1) {
          expected[offset + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
        }
        const written = new Uint8Array(length + 4).fill(0xee)
        write(written, offset, value)
        expect(written).toEqual(expected)
        expect(read(written, offset)).toBe(value)
      }),
    )
  },
)

it("numbers that are more than a float can count are still larger than every limit", () => {
  expect(readUint64(new Uint8Array(8).fill(0xff), 0)).toBe(2 ** 64)
})

it("numbers and fields stand by themselves, too", () => {
  expect(uint16(0x1234)).toEqual(Uint8Array.of(0x12, 0x34))
  expect(uint32(0x1234_5678)).toEqual(Uint8Array.of(0x12, 0x34, 0x56, 0x78))
  const target = new Uint8Array(7)
  expect(writeField(target, 1, Uint8Array.of(8, 9))).toBe(5)
  expect(target).toEqual(Uint8Array.of(0, 0, 2, 8, 9, 0, 0))
})
