/*
 * Source: IANA IPv4 and IPv6 Special-Purpose Address Registries: what is not globally reachable.
 */

const privateV4: readonly (readonly [number, number])[] = [
  [0x00_00_00_00, 8],
  [0x0a_00_00_00, 8],
  [0x64_40_00_00, 10],
  [0x7f_00_00_00, 8],
  [0xa9_fe_00_00, 16],
  [0xac_10_00_00, 12],
  [0xc0_00_00_00, 24],
  [0xc0_00_02_00, 24],
  [0xc0_58_63_00, 24],
  [0xc0_a8_00_00, 16],
  [0xc6_12_00_00, 15],
  [0xc6_33_64_00, 24],
  [0xcb_00_71_00, 24],
  // Multicast, what is reserved, and broadcast.
  [0xe0_00_00_00, 3],
]

function v4Of(text: string): number | undefined {
  // Without zeros in front: some read what follows them as octal.
  const form = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
  const parts = form.exec(text)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

const isPublicV4 = (address: number): boolean =>
  privateV4.every(([start, bits]) => {
    const size = 2 ** (32 - bits)
    return address < start || address >= start + size
  })

/** The eight groups of an IPv6 address; `undefined` for what is none. */
function v6Of(text: string): readonly number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const tail = dotted ? v4Of(dotted[2] ?? "") : 0
  if (tail === undefined) return undefined
  const last = dotted ? [(tail >>> 16).toString(16), (tail & 0xffff).toString(16)].join(":") : ""
  const whole = dotted ? `${dotted[1]}${last}` : text
  const halves = whole.split("::")
  if (halves.length > 2) return undefined
  const [head = [], rest = []] = halves.map((half) => (half === "" ? [] : half.split(":")))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<string>(missing).fill("0"), ...rest]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}

/** Whether an address is one that everybody reaches: of IPv6 only those that are handed out. */
export function isPublicAddress(address: string): boolean {
  const v4 = v4Of(address)
  if (v4 !== undefined) return isPublicV4(v4)
  const [first = 0, second = 0] = v6Of(address) ?? []
  // The end of what is handed out is for documents.
  const isHandedOut = first >= 0x2000 && first < 0x3fff
  // 6to4, Teredo and what is for documents carry other addresses, or none.
  const isSpecial = first === 0x2002 || (first === 0x2001 && (second < 0x200 || second === 0xdb8))
  return isHandedOut && !isSpecial
}
