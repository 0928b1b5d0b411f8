// Every JavaScript runtime has these two; the language's own library of types does not.
declare const TextEncoder: new () => { encode(text: string): Uint8Array }
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

const encoder = new TextEncoder()
// "Ignoring" a byte-order mark means to keep it: text has no other way to be written.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** No bytes at all: there is nothing in them that could change. */
export const noBytes: Uint8Array = new Uint8Array(0)

/** Makes bytes that are zero. Whoever hands one over says how long they last. */
export type Allocate = (lengthBytes: number) => Uint8Array

export const allocateBytes: Allocate = (lengthBytes) => new Uint8Array(lengthBytes)

/** Throws unless `value` is a `Uint8Array` (of that length), naming the parameter. */
export function assertBytes(
  value: unknown,
  name: string,
  lengthBytes?: number,
): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`\`${name}\` must be a Uint8Array`)
  if (lengthBytes !== undefined && value.length !== lengthBytes) {
    throw new RangeError(`\`${name}\` must have ${lengthBytes} bytes, got ${value.length}`)
  }
}

/** A call of the encoder costs more than this many characters. */
const shortCharactersMax = 48

/** Text to UTF-8. Short ASCII, which nearly all of it is, is written in place. */
export function utf8(text: string): Uint8Array {
  if (text.length > shortCharactersMax) return encoder.encode(text)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return encoder.encode(text)
    bytes[i] = unit
  }
  return bytes
}

/** Strict UTF-8 to text, the inverse of {@link utf8}; throws `TypeError` on malformed input. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Bytewise order of unsigned bytes, shorter first on a common prefix. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i += 1) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Constant-time in the length of the inputs, as far as JavaScript goes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

export const wipe = (bytes: Uint8Array): void => void bytes.fill(0)

const codeOfDigit = (digit: number): number => (digit < 10 ? 0x30 : 0x57) + digit

// Text is made in one piece, because text that grew bit by bit is slow to look up.

/** Lower-case hexadecimal of at most a few thousand bytes. */
export function hexOf(bytes: Uint8Array): string {
  const codes = new Array<number>(2 * bytes.length)
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] as number
    codes[2 * i] = codeOfDigit(byte >>> 4)
    codes[2 * i + 1] = codeOfDigit(byte & 0x0f)
  }
  return String.fromCharCode(...codes)
}

/** The text form of the 16 bytes of a UUID. Source: RFC 9562, section 4. */
export function uuidOf(bytes: Uint8Array): string {
  const h = (i: number): number => codeOfDigit((bytes[i] as number) >>> 4)
  const l = (i: number): number => codeOfDigit((bytes[i] as number) & 0x0f)
  // Written out, because every call has an id, and a list of codes is slower than all the digits.
  // biome-ignore format: a line for each group of digits
  return String.fromCharCode(
    h(0), l(0), h(1), l(1), h(2), l(2), h(3), l(3), 0x2d,
    h(4), l(4), h(5), l(5), 0x2d,
    h(6), l(6), h(7), l(7), 0x2d,
    h(8), l(8), h(9), l(9), 0x2d,
    h(10), l(10), h(11), l(11), h(12), l(12), h(13), l(13), h(14), l(14), h(15), l(15),
  )
}

export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  for (let i = 0; i < prefix.length; i += 1) if (bytes[i] !== prefix[i]) return false
  return true
}

/** The value of a lower-case hexadecimal digit, or -1. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}

/** Writes the bytes of a lower-case hexadecimal text; false, half done, when it is none. */
export function writeHex(target: Uint8Array, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 2) {
    const high = digitOf(text.charCodeAt(i))
    const low = digitOf(text.charCodeAt(i + 1))
    if (high < 0 || low < 0) return false
    target[offset + i / 2] = (high << 4) | low
  }
  return true
}

/** Writes the 16 bytes of a UUID in its text form; false, half done, when it is none. */
export const writeUuid = (target: Uint8Array, offset: number, text: string): boolean =>
  text.length === 36 &&
  writeHex(target, offset, text.slice(0, 8)) &&
  writeHex(target, offset + 4, text.slice(9, 13)) &&
  writeHex(target, offset + 6, text.slice(14, 18)) &&
  writeHex(target, offset + 8, text.slice(19, 23)) &&
  writeHex(target, offset + 10, text.slice(24))

/** Bytes of an even-length lower-case hexadecimal text, or `undefined`. */
export function bytesOfHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0) return undefined
  const bytes = new Uint8Array(text.length / 2)
  return writeHex(bytes, 0, text) ? bytes : undefined
}
