import { BlockList, isIP } from "node:net"
import { describe, expect, it } from "vitest"
import { isPublicAddress } from "../src/web-tokens/public-address.js"

/** IANA IPv4 Special-Purpose Address Registry, multicast, and what is reserved. */
const specialV4 = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"],
  ...["172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"],
  ...["198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"],
]

const numberOf = (text: string): number =>
  text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)
const textOf = (number: number): string =>
  [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".")

describe("an address of IPv4", () => {
  const list = new BlockList()
  const edges = specialV4.flatMap((range) => {
    const [start = "", bits = ""] = range.split("/")
    list.addSubnet(start, Number(bits), "ipv4")
    const first = numberOf(start)
    const last = first + 2 ** (32 - Number(bits)) - 1
    return [first - 1, first, last, last + 1].filter((one) => one >= 0 && one < 2 ** 32)
  })

  it.each(edges.map(textOf))("is public outside of every special range: %s", (address) => {
    expect(isPublicAddress(address)).toBe(!list.check(address, "ipv4"))
  })

  it("has four numbers of one byte, without zeros in front", () => {
    const wrong = ["8.8.8", "8.8.8.8.8", "8.8.8.256", "8.8.8.08", "012.8.8.8", "8.8..8", "8.8.8.8 "]
    for (const address of [...wrong, " 8.8.8.8", "8.8.8.8/32", "0x8.8.8.8", "8.8.8.1000", "8888"]) {
      expect(isPublicAddress(address), address).toBe(false)
    }
  })
})

describe("an address of IPv6", () => {
  it.each([
    ["1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false],
    ["2000::", true],
    ["2001::", false],
    ["2001:0:4136:e378:8000:63bf:3fff:fdd2", false],
    ["2001:1ff:ffff::1", false],
    ["2001:200::1", true],
    ["2001:db7:ffff::1", true],
    ["2001:db8::1", false],
    ["2001:db9::1", true],
    ["2001:ffff::1", true],
    ["2002::1", false],
    ["2002:808:808::1", false],
    ["2003::1", true],
    ["3ffe:ffff::1", true],
    ["3fff::1", false],
    ["4000::1", false],
    ["::ffff:8.8.8.8", false],
    ["64:ff9b::8.8.8.8", false],
    ["fc00::1", false],
    ["fe80::1", false],
    ["ff0e::1", false],
    // A gap is zeros.
    ["2001::300:1", false],
    ["2001:0:300::1", false],
    ["3ffe::3fff", true],
    ["x\n2a00::8.8.8.8", false],
    ["2a00::8.8.8.8", true],
  ])("is public where it is handed out to one who is reached: %s", (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic)
  })

  it("is read however it is written, and from nothing that Node does not take for one", () => {
    const written = [
      ...["2a00::", "2a00::1", "2A00:1450:4001::", "2a00:1:2:3:4:5:6:7", "2a00:1:2:3:4:5:6::"],
      ...["2a00::2:3:4:5:6:7", "2a00:1:2:3:4:5:1.2.3.4", "2a00::1.2.3.4", "2a00:1::5:255.0.0.1"],
    ]
    const inserts = [
      "",
      "0",
      "9",
      "f",
      "g",
      ".",
      ":",
      "/",
      "::",
      "256",
      "12345",
      "2a00::",
      "-",
      " ",
    ]
    for (const text of written) {
      expect(isPublicAddress(text), text).toBe(true)
      // Behind the first group, so that whatever is an address is a public one.
      for (let at = 4; at <= text.length; at += 1) {
        for (const insert of inserts) {
          for (const cut of [0, 1]) {
            const changed = text.slice(0, at) + insert + text.slice(at + cut)
            if (!changed.startsWith("2a00:") && !changed.startsWith("2A00:")) continue
            if (isPublicAddress(changed) !== (isIP(changed) !== 0)) {
              expect.fail(`${changed} is ${isIP(changed) === 0 ? "no" : "an"} address`)
            }
          }
        }
      }
    }
  })
})
