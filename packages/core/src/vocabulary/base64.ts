import { textOf } from "./bytes.js"

/*
 * What is encoded is often secret, so nothing here looks up a table or branches by it. Four digits
 * are worked on at once, a byte of a 32-bit word each.
 */

const pad = 0x3d
/** Four characters that stand for zero bits. */
const zeros = 0x41414141

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

/** Four characters; of one that is no byte, the low bits. */
const wordOf = (text: string, at: number): number =>
  (text.charCodeAt(at) << 24) |
  ((text.charCodeAt(at + 1) & 0xff) << 16) |
  ((text.charCodeAt(at + 2) & 0xff) << 8) |
  (text.charCodeAt(at + 3) & 0xff)

/** Not zero where one of four characters is no byte. */
const beyondBytes = (text: string, at: number): number =>
  (text.charCodeAt(at) |
    text.charCodeAt(at + 1) |
    text.charCodeAt(at + 2) |
    text.charCodeAt(at + 3)) >>
  8

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
 * bits where a last character has bits to spare, so no two texts name the same bytes. Of a longer
 * text, what stands from `start` to `end`.
 */
export function bytesOfBase64(
  text: string,
  start = 0,
  end: number = text.length,
): Uint8Array | undefined {
  const length = end - start
  if (length % 4 !== 0) return undefined
  const isPad = (at: number): boolean => at >= start && text.charCodeAt(at) === pad
  const padding = !isPad(end - 1) ? 0 : isPad(end - 2) ? 2 : 1
  const bytes = new Uint8Array((length / 4) * 3 - padding)
  const whole = bytes.length - (bytes.length % 3)
  // Only of the alphabet are the characters that their values have.
  let strangers = 0
  let at = start
  for (let i = 0; i < whole; i += 3) {
    const word = wordOf(text, at)
    const values = valuesOf(word)
    const group = gather(values)
    strangers |= (charactersOf(values) ^ word) | beyondBytes(text, at)
    bytes[i] = group >> 16
    bytes[i + 1] = group >> 8
    bytes[i + 2] = group
    at += 4
  }
  if (padding > 0) {
    // What stands for no bits counts as zero bits.
    const spare = padding === 2 ? 0xffff : 0xff
    const word = (wordOf(text, at) & ~spare) | (zeros & spare)
    const values = valuesOf(word)
    const group = gather(values)
    strangers |= (charactersOf(values) ^ word) | beyondBytes(text, at) | (group & spare)
    bytes[whole] = group >> 16
    if (padding === 1) bytes[whole + 1] = group >> 8
  }
  return strangers === 0 ? bytes : undefined
}
