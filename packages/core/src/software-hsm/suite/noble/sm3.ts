/*
 * The hash of SM2, which the noble libraries lack. What is hashed here is as long as a message of
 * KMS, so it is hashed in one piece.
 */

const blockBytes = 64
/** A bit that ends the message, and its length in bits. */
const paddingBytesMin = 9

/** Source: GB/T 32905-2016, 4.1. */
const initial = Object.freeze([
  0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e,
])

const rotate = (word: number, bits: number): number =>
  (word << (bits & 31)) | (word >>> (-bits & 31))
const parity = (x: number, y: number, z: number): number => x ^ y ^ z
const majority = (x: number, y: number, z: number): number => (x & y) | (x & z) | (y & z)
const choice = (x: number, y: number, z: number): number => (x & y) | (~x & z)
const spread = (x: number, first: number, second: number): number =>
  x ^ rotate(x, first) ^ rotate(x, second)

/** What differs between the first 16 rounds and those after them. Source: 4.2, 4.3. */
const early = { constant: 0x79cc4519, mixA: parity, mixE: parity }
const late = { constant: 0x7a879d8a, mixA: majority, mixE: choice }

/** Source: 5.3.2. */
function expand(words: Int32Array, block: DataView): void {
  const at = (i: number): number => words[i] as number
  for (let i = 0; i < 16; i += 1) words[i] = block.getInt32(4 * i)
  for (let i = 16; i < 68; i += 1) {
    const mixed = spread(at(i - 16) ^ at(i - 9) ^ rotate(at(i - 3), 15), 15, 23)
    words[i] = mixed ^ rotate(at(i - 13), 7) ^ at(i - 6)
  }
}

/** Source: 5.3.3. */
function compress(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i += 1) {
    const { constant, mixA, mixE } = i < 16 ? early : late
    const word = words[i] as number
    const turned = rotate(a, 12)
    const sum = rotate((turned + e + rotate(constant, i)) | 0, 7)
    const nextA = (mixA(a, b, c) + d + (sum ^ turned) + (word ^ (words[i + 4] as number))) | 0
    const nextE = (mixE(e, f, g) + h + sum + word) | 0
    d = c
    c = rotate(b, 9)
    b = a
    a = nextA
    h = g
    g = rotate(f, 19)
    f = e
    e = spread(nextE, 9, 17)
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) {
    state[i] = (state[i] as number) ^ word
  }
}

/** The digest of parts one behind another: 32 bytes. Source: GB/T 32905-2016. */
export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  const messageBytes = parts.reduce((sum, { length }) => sum + length, 0)
  const blocks = Math.ceil((messageBytes + paddingBytesMin) / blockBytes)
  const padded = new Uint8Array(blocks * blockBytes)
  let offset = 0
  for (const part of parts) {
    padded.set(part, offset)
    offset += part.length
  }
  padded[messageBytes] = 0x80
  new DataView(padded.buffer).setBigUint64(padded.length - 8, 8n * BigInt(messageBytes))
  const state = Int32Array.from(initial)
  const words = new Int32Array(68)
  for (let i = 0; i < blocks; i += 1) {
    expand(words, new DataView(padded.buffer, i * blockBytes, blockBytes))
    compress(state, words)
  }
  const digest = new Uint8Array(32)
  const view = new DataView(digest.buffer)
  for (const [i, word] of state.entries()) view.setInt32(4 * i, word)
  padded.fill(0)
  words.fill(0)
  state.fill(0)
  return digest
}
