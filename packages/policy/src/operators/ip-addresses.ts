import { isDigits } from "./numbers.js"
import type { CompileValues, ValueMatcher } from "./operator.js"

/** An address as 16-bit groups: two for IPv4, eight for IPv6. */
type Address = readonly number[]

export interface AddressRange {
  readonly address: Address
  readonly masks: Address
}

/** IPv4 in dotted decimal or IPv6 (RFC 4291); a mapped `::ffff:a.b.c.d` is the IPv4 address. */
function parseAddress(text: string): Address | undefined {
  const address = parseIpv4(text) ?? parseIpv6(text)
  return address !== undefined && isMapped(address) ? address.slice(6) : address
}

function isMapped(address: Address): boolean {
  if (address.length !== 8 || address[5] !== 0xffff) return false
  for (let index = 0; index < 5; index += 1) if (address[index] !== 0) return false
  return true
}

function parseIpv4(text: string): Address | undefined {
  let bits = 0
  let octet = -1
  let dots = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x2e) {
      dots += 1
      if (octet < 0 || dots > 3) return undefined
      bits = (bits << 8) | octet
      octet = -1
      continue
    }
    if (code < 0x30 || code > 0x39 || octet === 0) return undefined
    octet = (octet < 0 ? 0 : octet * 10) + code - 0x30
    if (octet > 255) return undefined
  }
  if (dots !== 3 || octet < 0) return undefined
  return [(bits >>> 8) & 0xffff, ((bits & 0xff) << 8) | octet]
}

/** Eight groups, one run of them left out at most; the last two may be written as IPv4. */
function parseIpv6(text: string): Address | undefined {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0]
  let count = 0
  let gap = text.startsWith("::") ? 0 : -1
  let digits = 0
  let from = gap === 0 ? 2 : 0
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const digit = hexDigit(code)
    if (digit >= 0) {
      digits += 1
      if (digits > 4 || count > 7) return undefined
      groups[count] = ((groups[count] ?? 0) << 4) | digit
      continue
    }
    if (code === 0x2e) {
      const last = parseIpv4(text.slice(from))
      if (last === undefined || count > 6) return undefined
      groups[count] = last[0] ?? 0
      groups[count + 1] = last[1] ?? 0
      return spread(groups, count + 2, gap)
    }
    if (code !== 0x3a || digits === 0) return undefined
    count += 1
    digits = 0
    if (text.charCodeAt(at + 1) === 0x3a) {
      if (gap >= 0) return undefined
      gap = count
      at += 1
    } else if (at + 1 === text.length) return undefined
    from = at + 1
  }
  return spread(groups, digits > 0 ? count + 1 : count, gap)
}

/** Moves the groups behind the gap to the end. */
function spread(groups: number[], count: number, gap: number): Address | undefined {
  const missing = groups.length - count
  if (gap < 0) return missing === 0 ? groups : undefined
  if (missing < 1) return undefined
  for (let index = count - 1; index >= gap; index -= 1) {
    groups[index + missing] = groups[index] ?? 0
    groups[index] = 0
  }
  return groups
}

/** -1 for what is no hexadecimal digit. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** CIDR notation; a bare address is that address alone. Bits beyond the prefix are ignored. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf("/")
  const address = slash < 0 ? text : text.slice(0, slash)
  const groups = parseIpv4(address) ?? parseIpv6(address)
  if (groups === undefined) return undefined
  const bitsMax = groups.length * 16
  const prefix = slash < 0 ? bitsMax : parsePrefix(text.slice(slash + 1), bitsMax)
  if (prefix === undefined) return undefined
  return prefix >= 96 && isMapped(groups)
    ? rangeOf(groups.slice(6), prefix - 96)
    : rangeOf(groups, prefix)
}

function parsePrefix(text: string, bitsMax: number): number | undefined {
  if (!isDigits(text) || text.length > 3 || (text.length > 1 && text.startsWith("0"))) {
    return undefined
  }
  const bits = Number(text)
  return bits <= bitsMax ? bits : undefined
}

function rangeOf(groups: Address, prefix: number): AddressRange {
  const masks = groups.map((_, index) => maskOf(prefix - index * 16))
  return { address: groups.map((group, index) => group & (masks[index] ?? 0)), masks }
}

function maskOf(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 16 ? 0xffff : (0xffff << (16 - bits)) & 0xffff
}

/** Ranges as numbers in a row: of each how many groups it has, the groups, and their masks. */
type PackedRanges = ArrayLike<number>

/** More numbers than these are smaller as an array of their type. */
const plainNumbersMax = 40

function packed(ranges: readonly AddressRange[]): PackedRanges {
  const numbers = ranges.flatMap(({ address, masks }) => [address.length, ...address, ...masks])
  return numbers.length > plainNumbersMax ? Uint16Array.from(numbers) : numbers
}

function isInSome(address: Address, ranges: PackedRanges): boolean {
  for (let at = 0; at < ranges.length; ) {
    const length = ranges[at] ?? 0
    let matched = length === address.length ? 0 : length + 1
    for (; matched < length; matched += 1) {
      const masked = (address[matched] ?? 0) & (ranges[at + 1 + length + matched] ?? 0)
      if (masked !== ranges[at + 1 + matched]) break
    }
    if (matched === length) return true
    at += 1 + 2 * length
  }
  return false
}

/** IpAddress: the request address lies in one of the ranges. */
export const compileIpAddress: CompileValues = (values): ValueMatcher => matchRanges(values)

function matchRanges(texts: readonly string[]): (address: string) => boolean {
  const ranges = packed(texts.map(parseRange).filter((range) => range !== undefined))
  return (text) => {
    const address = parseAddress(text)
    return address !== undefined && isInSome(address, ranges)
  }
}

/**
 * Whether an address lies in one of some ranges, as the operator `IpAddress` has it: a mapped
 * address is the IPv4 address that it carries. Throws `TypeError` for what is no range.
 */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const wrong = ranges.find((range) => parseRange(range) === undefined)
  if (wrong !== undefined) throw new TypeError(`${JSON.stringify(wrong)} is no range of addresses`)
  return matchRanges(ranges)
}
