import { type AddressRange, parseRange } from "../operators/ip-addresses.js"

/**
 * The first address of every stretch in which all ranges answer alike: the bottom of each family,
 * the first address of each range and the one after its last.
 */
export function addressSamples(values: readonly string[]): string[] {
  const texts = new Set<string>(["0.0.0.0", "::"])
  for (const value of values) {
    const range = parseRange(value)
    if (range === undefined) continue
    const bits = BigInt(range.address.length * 16)
    const first = numberOf(range.address)
    const after = first + sizeOf(range, bits)
    texts.add(printAddress(first, bits))
    if (after < 1n << bits) texts.add(printAddress(after, bits))
  }
  return [...texts]
}

const numberOf = (groups: readonly number[]): bigint =>
  groups.reduce((sum, group) => (sum << 16n) + BigInt(group), 0n)

const sizeOf = (range: AddressRange, bits: bigint): bigint => (1n << bits) - numberOf(range.masks)

function printAddress(value: bigint, bits: bigint): string {
  const width = bits === 32n ? 8n : 16n
  const fields: bigint[] = []
  for (let shift = bits - width; shift >= 0n; shift -= width) {
    fields.push((value >> shift) & ((1n << width) - 1n))
  }
  return bits === 32n ? fields.join(".") : fields.map((field) => field.toString(16)).join(":")
}
