import { textOf, utf8 } from "./bytes.js"

/*
 * What is encoded is often secret, so nothing here looks up a table or branches by it. Four digits
 * are worked on at once, a byte of a 32-bit word each.
 */

const pad = 0x3d
const zero = 0x41

/** For every byte of a word, none above 127: 1 where it is at least `least`, else 0. */
const reaches = (least: number, word: number): number =>
  ((word + (128 - least) * 0x01010101) >>> 7) & 0x01010101

/** The values 0 to 63 as `A–Z a–z 0–9 + /`. */
function charactersOf(values: number): number {
  const last = reaches(62, values)
  return (
    values +
    0x41414141 +
    6 * reaches(26, values) -
    75 * reaches(52, values) -
    15 * last +
    3 * (last & values)
  )
}

/** The values of characters of the alphabet; of others, any values. */
const valuesOf = (characters: number): number =>
  (characters +
    0x13131313 -
    3 * reaches(47, characters) -
    12 * reaches(48, characters) -
    69 * reaches(65, characters) -
    6 * reaches(97, characters)) &
  0x3f3f3f3f

/** Three bytes as four values. */
const spread = (first: number, second: number, third: number): number =>
  ((first >> 2) << 24) |
  (((first & 3) << 20) | ((second >> 4) << 16)) |
  (((second & 15) << 10) | ((third >> 6) << 8)) |
  (third & 63)

/** Four values as three bytes, in the low bits. */
const gather = (values: number): number =>
  ((values >>> 24) << 18) |
  (((values >>> 16) & 63) << 12) |
  (((values >>> 8) & 63) << 6) |
  (values & 63)

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}

const readWord = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number)

/** Standard Base64 with padding (RFC 4648, section 4). */
export function base64Of(bytes: Uint8Array): string {
  const characters = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  const rest = bytes.length % 3
  const whole = bytes.length - rest
  let at = 0
  for (let i = 0; i < whole; i += 3) {
    const values = spread(bytes[i] as number, bytes[i + 1] as number, bytes[i + 2] as number)
    writeWord(characters, at, charactersOf(values))
    at += 4
  }
  if (rest > 0) {
    const second = rest === 2 ? (bytes[whole + 1] as number) : 0
    writeWord(characters, at, charactersOf(spread(bytes[whole] as number, second, 0)))
    characters.fill(pad, at + rest + 1)
  }
  return textOf(characters)
}

/**
 * The bytes of canonical standard Base64, or `undefined`: padding is required, and so are zero
 * bits where a last character has bits to spare, so no two texts name the same bytes.
 */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const characters = utf8(text)
  if (characters.length !== text.length || text.length % 4 !== 0) return undefined
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const whole = bytes.length - (bytes.length % 3)
  // Only of the alphabet are the characters that their values have.
  let strangers = 0
  let at = 0
  for (let i = 0; i < whole; i += 3) {
    const word = readWord(characters, at)
    const values = valuesOf(word)
    const group = gather(values)
    strangers |= charactersOf(values) ^ word
    bytes[i] = group >> 16
    bytes[i + 1] = group >> 8
    bytes[i + 2] = group
    at += 4
  }
  if (padding > 0) {
    // What stands for no bits counts as zero bits.
    characters.fill(zero, characters.length - padding)
    const word = readWord(characters, at)
    const values = valuesOf(word)
    const group = gather(values)
    strangers |= (charactersOf(values) ^ word) | (group & (padding === 2 ? 0xffff : 0xff))
    bytes[whole] = group >> 16
    if (padding === 1) bytes[whole + 1] = group >> 8
  }
  return strangers === 0 ? bytes : undefined
}
