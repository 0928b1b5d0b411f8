import { describe, expect, it } from "vitest"
import { exactParts, parseDer, partsOf, unsignedOf, wholeBitsOf } from "../src/der.js"
import { concat, der, hex, octets, sequence, small } from "./support/der.js"

describe("the DER that is read", () => {
  it.each([0, 1, 0x7f, 0x80, 0xff, 0x100, 0xfff, 0x1000])(
    "has the shortest length before %i bytes",
    (length) => {
      const content = new Uint8Array(length).fill(7)
      const bytes = octets(content)
      expect(parseDer(bytes)).toEqual({ tag: 0x04, bytes, content, children: [] })
    },
  )

  it("has parts that fill the whole, each one of them an element", () => {
    const parts = [small(1), sequence(small(2), octets())]
    const read = parseDer(sequence(...parts))
    expect(partsOf(read).map(({ bytes }) => bytes)).toEqual(parts)
    expect(partsOf(partsOf(read)[1]).map(({ tag }) => tag)).toEqual([0x02, 0x04])
  })

  it.each([
    ["nothing", ""],
    ["a tag alone", "02"],
    ["a length that is longer than it need be", "02810101"],
    ["a length with a zero before it", "0482008000"],
    ["a part with such a length", "300402810101"],
    ["an open length", "30800201010000"],
    ["a part with an open length", "3006308002000000"],
    ["a tag of two bytes", "1f0800"],
    ["a tag of two bytes that has parts", "3f8101020101"],
    ["a string in pieces", "2403040107"],
    ["a string in pieces within", "30052403040107"],
    ["content that ends too early", "0402ff"],
    ["a part that ends too early", "3003040201"],
    ["something behind it", "02010100"],
  ])("is not %s", (_, bytes) => {
    expect(parseDer(hex(bytes))).toBeUndefined()
  })

  it("is nested up to a dozen times, in up to 256 elements", () => {
    const nested = (depth: number) =>
      Array.from({ length: depth }).reduce<Uint8Array>((inner) => sequence(inner), small(1))
    expect(parseDer(nested(11))).toBeDefined()
    expect(parseDer(nested(100))).toBeUndefined()
    const wide = (count: number) => sequence(...Array.from({ length: count }, () => small(1)))
    expect(parseDer(wide(255))?.children).toHaveLength(255)
    expect(parseDer(wide(257))).toBeUndefined()
  })

  it("has parts in a SEQUENCE alone", () => {
    expect(partsOf(parseDer(der(0x31, small(1))))).toEqual([])
    expect(partsOf(undefined)).toEqual([])
  })

  it("has as many parts as are wanted, or none", () => {
    const pair = parseDer(sequence(small(1), small(2)))
    expect(exactParts(pair, 2)).toEqual(pair?.children)
    for (const count of [0, 1, 3]) expect(exactParts(pair, count)).toBeUndefined()
    expect(exactParts(parseDer(der(0x31, small(1))), 1)).toBeUndefined()
  })
})

describe("a number", () => {
  const unsigned = (content: string) => unsignedOf(parseDer(der(0x02, hex(content))))

  it.each([
    ["00", ""],
    ["01", "01"],
    ["7f", "7f"],
    ["0080", "80"],
    ["00ff", "ff"],
    ["0100", "0100"],
  ])("%s is the bytes %s", (content, bytes) => {
    expect(unsigned(content)).toEqual(hex(bytes))
  })

  it.each(["", "80", "ff01", "0000", "007f"])("is not %s", (content) => {
    expect(unsigned(content)).toBeUndefined()
  })

  it("is an INTEGER", () => {
    expect(unsignedOf(parseDer(octets(hex("01"))))).toBeUndefined()
    expect(unsignedOf(undefined)).toBeUndefined()
  })
})

describe("bits", () => {
  it("are whole bytes of a BIT STRING", () => {
    expect(wholeBitsOf(parseDer(hex("0303000102")))).toEqual(hex("0102"))
    expect(wholeBitsOf(parseDer(hex("0303010102")))).toBeUndefined()
    expect(wholeBitsOf(parseDer(concat(hex("0403000102"))))).toBeUndefined()
    expect(wholeBitsOf(undefined)).toBeUndefined()
  })
})
