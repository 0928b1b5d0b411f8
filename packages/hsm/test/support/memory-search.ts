import { closeSync, openSync, readFileSync, readSync } from "node:fs"

/*
 * Looks for secrets in the memory of this process, or of another of this user. What it looks for
 * must not be in memory because it is looked for: it is kept under a mask, and memory is put under
 * the same mask before it is compared.
 */

/** Added to every byte. Not its own inverse: what the search wrote is not found by it again. */
const mask = 0x5b
const wordMask = 0x5b5b5b5b
const sevenBits = 0x7f7f7f7f

/** The same for four bytes at once: the lower bits are added, and the highest without a carry. */
const maskedWord = (word: number): number => ((word & sevenBits) + wordMask) ^ (word & ~sevenBits)

const alphabets = {
  base64: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  base64url: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  hex: "0123456789abcdef",
} as const

const masked = (values: readonly number[]): Buffer => Buffer.from(values.map((one) => one + mask))

/** Only whole groups of three bytes: what follows them in a text is not ours to know. */
function base64Codes(secret: Uint8Array, alphabet: string): number[] {
  const codes: number[] = []
  for (let i = 0; i + 3 <= secret.length; i += 3) {
    const group = ((secret[i] ?? 0) << 16) | ((secret[i + 1] ?? 0) << 8) | (secret[i + 2] ?? 0)
    for (const shift of [18, 12, 6, 0]) codes.push(alphabet.charCodeAt((group >> shift) & 63))
  }
  return codes
}

const hexCodes = (secret: Uint8Array): number[] =>
  [...secret].flatMap((byte) => [
    alphabets.hex.charCodeAt(byte >> 4),
    alphabets.hex.charCodeAt(byte & 15),
  ])

/** The S-box of AES. Source: FIPS 197, section 5.1.1. */
function sBox(): Uint8Array {
  const box = new Uint8Array(256)
  let [p, q] = [1, 1]
  do {
    p = (p ^ (p << 1) ^ (p & 0x80 ? 0x1b : 0)) & 0xff
    q ^= q << 1
    q ^= q << 2
    q ^= q << 4
    q &= 0xff
    if (q & 0x80) q ^= 0x09
    const rotate = (by: number) => ((q << by) | (q >> (8 - by))) & 0xff
    box[p] = q ^ rotate(1) ^ rotate(2) ^ rotate(3) ^ rotate(4) ^ 0x63
  } while (p !== 1)
  box[0] = 0x63
  return box
}

/** Not by way of its buffer: asking a short array for one leaves a copy of it behind. */
const wordIn = (secret: Uint8Array, at: number): number =>
  [0, 1, 2, 3].reduce((word, i) => (word << 8) | (secret[at + i] ?? 0), 0)

/** The second half of the first 64 bytes of an expanded AES-256 key. FIPS 197, section 5.2. */
function roundKey(secret: Uint8Array): number[] {
  const box = sBox()
  const words: number[] = []
  const wordOf = (at: number): number =>
    at < 8 ? wordIn(secret, 4 * at) : (words[at - 8] as number)
  const substitute = (word: number): number =>
    ((box[word >>> 24] as number) << 24) |
    ((box[(word >>> 16) & 255] as number) << 16) |
    ((box[(word >>> 8) & 255] as number) << 8) |
    (box[word & 255] as number)
  for (let i = 8; i < 16; i += 1) {
    const before = wordOf(i - 1)
    const rotated = (before << 8) | (before >>> 24)
    const mixed = i === 8 ? substitute(rotated) ^ (1 << 24) : i === 12 ? substitute(before) : before
    words.push(wordOf(i - 8) ^ mixed)
  }
  return words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255])
}

export const encodings = ["raw", "hex", "base64", "base64url", "utf16", "roundKeys"] as const
export type Encoding = (typeof encodings)[number]
export type Needle = Readonly<Record<Encoding, Buffer>>

/** What a secret of 32 bytes looks like in each encoding, under the mask. */
export const needleOf = (secret: Uint8Array): Needle => ({
  raw: masked([...secret]),
  hex: masked(hexCodes(secret)),
  base64: masked(base64Codes(secret, alphabets.base64)),
  base64url: masked(base64Codes(secret, alphabets.base64url)),
  utf16: masked(base64Codes(secret, alphabets.base64url).flatMap((code) => [code, 0])),
  roundKeys: masked(roundKey(secret)),
})

/** How often a secret is in memory, by encoding. */
export type Found = Readonly<Record<Encoding, number>>

const chunkBytes = 1 << 22
/** As long as the longest needle, so that one that lies across two chunks is found. */
const overlapBytes = 256

function countIn(chunk: Buffer, needle: Buffer, from: number): number {
  let count = 0
  for (let at = chunk.indexOf(needle); at >= 0; at = chunk.indexOf(needle, at + 1)) {
    // What ends in the part that was read before has been counted.
    if (at + needle.length > from) count += 1
  }
  return count
}

export const canSearch = process.platform === "linux"

/** Reads all that a process can write, and counts. Default: this process. */
export function search<Name extends string>(
  needles: Readonly<Record<Name, Needle>>,
  pid: number | "self" = "self",
): Record<Name, Record<Encoding, number>> {
  const names = Object.keys(needles) as Name[]
  const found = Object.fromEntries(
    names.map((name) => [name, Object.fromEntries(encodings.map((one) => [one, 0]))]),
  ) as Record<Name, Record<Encoding, number>>
  const memory = openSync(`/proc/${pid}/mem`, "r")
  const buffer = Buffer.alloc(chunkBytes + overlapBytes)
  const words = new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4)
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, "latin1").split("\n")) {
      const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
      const end = Number.parseInt(to, 16)
      let kept = 0
      for (let at = Number.parseInt(from, 16); at < end; ) {
        let read = 0
        try {
          read = readSync(memory, buffer, kept, Math.min(chunkBytes, end - at), at)
        } catch {
          break
        }
        if (read === 0) break
        const length = kept + read
        for (let i = kept >> 2; i < (length + 3) >> 2; i += 1) {
          words[i] = maskedWord(words[i] as number)
        }
        const chunk = buffer.subarray(0, length)
        for (const name of names) {
          for (const one of encodings) found[name][one] += countIn(chunk, needles[name][one], kept)
        }
        kept = Math.min(overlapBytes, length) & ~3
        buffer.copyWithin(0, length - kept, length)
        at += read
      }
    }
  } finally {
    buffer.fill(0)
    closeSync(memory)
  }
  return found
}
