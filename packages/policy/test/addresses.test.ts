import { BlockList, isIP } from "node:net"
import { describe, expect, test } from "vitest"
import { addressMatcher } from "../src/operators/ip-addresses.js"
import type { OperatorRow } from "../src/operators/operator.js"
import { findOperator } from "../src/operators/table.js"

const ipAddress = findOperator("IpAddress") as OperatorRow
const isRange = (text: string) => ipAddress.reads(text)
const isIn = (range: string, text: string) =>
  ipAddress.compile([range], false)(text, () => undefined)

describe("an address", () => {
  const groupsOf = (bits: bigint, width: number, count: number, base: number) =>
    Array.from({ length: count }, (_, i) =>
      ((bits >> BigInt(width * (count - 1 - i))) & ((1n << BigInt(width)) - 1n)).toString(base),
    )
  const v4 = (bits: bigint) => groupsOf(bits, 8, 4, 10).join(".")
  const v6 = (bits: bigint) => groupsOf(bits, 16, 8, 16).join(":")

  test.each([
    [4, 0n, 0],
    [4, 0x80000000n, 1],
    [4, 0x0a000000n, 8],
    [4, 0xac100000n, 12],
    [4, 0xc0a80000n, 16],
    [4, 0xc0a86400n, 17],
    [4, 0xcb00714dn, 27],
    [4, 0xffffffffn, 32],
    [6, 0n, 0],
    [6, 0xfe800000000000000000000000000000n, 10],
    [6, 0x20010db8000000000000000000000000n, 32],
    [6, 0x20010db8000080000000000000000000n, 49],
    [6, 0x20010db800000000000000000000ff12n, 121],
    [6, 1n, 128],
  ] as const)(
    "lies in a range of IPv%i, or outside of it, as Node has it: %#",
    (v, base, prefix) => {
      const [write, family, length] =
        v === 4 ? [v4, "ipv4" as const, 32] : [v6, "ipv6" as const, 128]
      const list = new BlockList()
      list.addSubnet(write(base), prefix, family)
      const range = `${write(base)}/${prefix}`
      expect(isIn(range, write(base))).toBe(true)
      for (let bit = 0; bit < length; bit += 1) {
        const address = write(base ^ (1n << BigInt(bit)))
        expect(isIn(range, address), address).toBe(list.check(address, family))
      }
    },
  )

  const written = [
    ...["0.0.0.0", "203.0.113.9", "255.255.255.255", "1.22.199.249"],
    ...["::", "::1", "1::", "2001:db8::9", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8"],
    ...["ABCD:Ef01::", "1:2:3:4:5:6:1.2.3.4", "::1.2.3.4", "1::5:255.0.0.1", "::ffff:9.8.7.6"],
  ]

  test("is written as Node reads it", () => {
    const inserts = ["", "0", "9", "f", "g", "G", ".", ":", "/", "::", "256", "12345"]
    for (const text of written) {
      expect(isRange(text), text).toBe(true)
      for (let at = 0; at <= text.length; at += 1) {
        for (const insert of inserts) {
          for (const cut of [0, 1]) {
            const changed = text.slice(0, at) + insert + text.slice(at + cut)
            const isAddress = isIP(changed) !== 0
            // As a range it may have a prefix; as the address of a request it may not.
            const own = isIn(changed, changed)
            if (own !== isAddress) expect.fail(`${changed} is ${isAddress ? "an" : "no"} address`)
            if (!changed.includes("/") && isRange(changed) !== isAddress) {
              expect.fail(`${changed} is ${isAddress ? "a" : "no"} range`)
            }
          }
        }
      }
    }
  })

  test("is the same however it is written", () => {
    const whole = "2001:db8:0:0:1:0:0:1"
    for (const short of ["2001:db8::1:0:0:1", "2001:DB8:0:0:1::1", "2001:0db8:0:0:1:0::1"]) {
      expect(isIn(whole, short), short).toBe(true)
      expect(isIn(short, whole), short).toBe(true)
    }
    expect(isIn("1:2:3:4:5:6:102:304", "1:2:3:4:5:6:1.2.3.4")).toBe(true)
    expect(isIn("0:0:0:0:0:0:102:304", "::1.2.3.4")).toBe(true)
    expect(isIn("1:2:0:0:0:0:0:8", "1:2::8")).toBe(true)
    expect(isIn("a:b:c:d:e:f:0:0", "a:b:c:d:e:f::")).toBe(true)
  })

  test.each([
    ["203.0.113.0/24", "::ffff:203.0.113.9", true],
    ["203.0.113.0/24", "::ffff:cb00:7109", true],
    ["203.0.113.0/24", "::ffff:203.0.114.9", false],
    ["203.0.113.0/24", "::fffe:203.0.113.9", false],
    ["203.0.113.0/24", "1::ffff:203.0.113.9", false],
    ["203.0.113.0/24", "0:0:0:0:1:ffff:203.0.113.9", false],
    ["203.0.113.0/24", "::203.0.113.9", false],
    ["::ffff:203.0.113.0/120", "203.0.113.9", true],
    ["::ffff:203.0.113.0/120", "203.0.114.9", false],
    ["::ffff:203.0.113.9", "203.0.113.9", true],
    ["::ffff:0.0.0.0/96", "198.51.100.1", true],
    ["::ffff:0:0/95", "198.51.100.1", false],
    ["::/0", "198.51.100.1", false],
    ["0.0.0.0/0", "2001:db8::1", false],
  ])("that carries one of IPv4 is that address: %s and %s", (range, address, isInside) => {
    expect(isIn(range, address)).toBe(isInside)
  })

  test("has a prefix of its length at most, without zeros in front", () => {
    const prefixes = (texts: readonly string[], base: string, is: boolean) => {
      for (const text of texts) expect(isRange(`${base}/${text}`), text).toBe(is)
    }
    prefixes(["0", "1", "9", "10", "32"], "203.0.113.0", true)
    prefixes(["", "33", "08", "00", "-1", "8/8", "x", "1000", "0000"], "203.0.113.0", false)
    prefixes(["0", "100", "128"], "2001:db8::", true)
    prefixes(["129", "1280", "012"], "2001:db8::", false)
  })
})

test("a matcher of addresses is of ranges, and of nothing else", () => {
  const matches = addressMatcher(["203.0.113.0/24", "2001:db8::/32"])
  for (const address of ["203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9"]) {
    expect(matches(address)).toBe(true)
  }
  for (const address of ["203.0.114.9", "2001:db9::1", "203.0.113.0/24", ""]) {
    expect(matches(address)).toBe(false)
  }
  expect(addressMatcher([])("203.0.113.9")).toBe(false)
  for (const ranges of [["none"], ["203.0.113.0/24", "203.0.113.0/33"]]) {
    expect(() => addressMatcher(ranges)).toThrow(TypeError)
  }
})
