import { isDigits } from "./numbers.js"
import type { CompileValues } from "./operator.js"

/** An address as unsigned 32-bit words: one for IPv4, four for IPv6. */
type Address = readonly number[]

export interface AddressRange {
  readonly address: Address
  readonly masks: Address
}

/** IPv4 in dotted decimal or IPv6 (RFC 4291); a mapped `::ffff:a.b.c.d` is the IPv4 address. */
function parseAddress(text: string): Address | undefined {
  if (text.indexOf(":") < 0) {
    const word = parseIpv4(text)
    return word === undefined ? undefined : [word]
  }
  const words = parseIpv6(text)
  return words !== undefined && isMapped(words) ? words.slice(3) : words
}

function isMapped(words: Address): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff
}

function parseIpv4(text: string): number | undefined {
  let word = 0
  let octet = -1
  let dots = 0
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x2e) {
      if (octet < 0 || ++dots > 3) return undefined
      word = word * 256 + octet
      octet = -1
      digits = 0
      continue
    }
    if (code < 0x30 || code > 0x39 || octet === 0 || ++digits > 3) return undefined
    octet = (octet < 0 ? 0 : octet * 10) + code - 0x30
    if (octet > 255) return undefined
  }
  return dots === 3 && octet >= 0 ? word * 256 + octet : undefined
}

/** Eight groups, one run of them left out at most; the last two may be written as IPv4. */
function parseIpv6(text: string): Address | undefined {
  const groups: number[] = []
  let gap = -1
  let at = 0
  if (text.startsWith("::")) {
    gap = 0
    at = 2
  }
  while (at < text.length) {
    const colon = text.indexOf(":", at)
    const end = colon < 0 ? text.length : colon
    if (colon < 0 && text.indexOf(".", at) >= 0) {
      const word = parseIpv4(text.slice(at))
      if (word === undefined) return undefined
      groups.push(Math.floor(word / 65_536), word % 65_536)
      break
    }
    const group = parseHexGroup(text, at, end)
    if (group === undefined || groups.push(group) > 8) return undefined
    if (colon < 0) break
    at = colon + 1
    if (text.charCodeAt(at) === 0x3a) {
      if (gap >= 0) return undefined
      gap = groups.length
      at++
    } else if (at === text.length) return undefined
  }
  return wordsOf(groups, gap)
}

function wordsOf(groups: readonly number[], gap: number): Address | undefined {
  const missing = 8 - groups.length
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined
  const groupAt = (index: number): number => {
    if (gap < 0 || index < gap) return groups[index] ?? 0
    return index < gap + missing ? 0 : (groups[index - missing] ?? 0)
  }
  const pair = (index: number) => groupAt(index) * 65_536 + groupAt(index + 1)
  return [pair(0), pair(2), pair(4), pair(6)]
}

function parseHexGroup(text: string, from: number, end: number): number | undefined {
  if (end <= from || end > from + 4) return undefined
  let value = 0
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    const lower = code | 0x20
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57
    else return undefined
  }
  return value
}

/** CIDR notation; a bare address is that address alone. Bits beyond the prefix are ignored. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/")
  const address = slash < 0 ? text : text.slice(0, slash)
  const ipv6 = address.includes(":")
  const bitsMax = ipv6 ? 128 : 32
  const prefix = slash < 0 ? bitsMax : parsePrefix(text.slice(slash + 1), bitsMax)
  if (prefix === undefined) return undefined
  const words = ipv6 ? parseIpv6(address) : parseAddress(address)
  if (words === undefined) return undefined
  if (ipv6 && prefix >= 96 && isMapped(words)) return rangeOf(words.slice(3), prefix - 96)
  return rangeOf(words, prefix)
}

function parsePrefix(text: string, bitsMax: number): number | undefined {
  if (!isDigits(text) || text.length > 3 || (text.length > 1 && text.startsWith("0"))) {
    return undefined
  }
  const bits = Number(text)
  return bits <= bitsMax ? bits : undefined
}

function rangeOf(words: Address, prefix: number): AddressRange {
  const masks = words.map((_, index) => maskOf(prefix - index * 32))
  return { address: words.map((word, index) => (word & (masks[index] ?? 0)) >>> 0), masks }
}

function maskOf(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0
}

function isInRange(address: Address, range: AddressRange): boolean {
  if (address.length !== range.address.length) return false
  for (let index = 0; index < address.length; index++) {
    const masked = ((address[index] ?? 0) & (range.masks[index] ?? 0)) >>> 0
    if (masked !== range.address[index]) return false
  }
  return true
}

/** IpAddress: the request address lies in one of the ranges. */
export const compileIpAddress: CompileValues = (values) => {
  const ranges = values.map(parseRange).filter((range) => range !== undefined)
  return (text) => {
    const address = parseAddress(text)
    if (address === undefined) return false
    for (const range of ranges) if (isInRange(address, range)) return true
    return false
  }
}
