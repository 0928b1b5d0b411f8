import { concatBytes, utf8 } from "../vocabulary/bytes.js"

/** A 32-bit big-endian integer. */
export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}

const readUint32 = (bytes: Uint8Array, offset: number): number =>
  (((bytes[offset] as number) << 24) |
    ((bytes[offset + 1] as number) << 16) |
    ((bytes[offset + 2] as number) << 8) |
    (bytes[offset + 3] as number)) >>>
  0

/** Every field after its length in 32 bits, so that no two lists of fields have the same bytes. */
export function encodeFields(fields: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(fields.reduce((length, field) => length + 4 + field.length, 0))
  let offset = 0
  for (const field of fields) {
    writeUint32(whole, offset, field.length)
    whole.set(field, offset + 4)
    offset += 4 + field.length
  }
  return whole
}

/** The exact inverse of {@link encodeFields} for that many fields, or `undefined`. */
export function decodeFields(bytes: Uint8Array, count: number): Uint8Array[] | undefined {
  const fields: Uint8Array[] = []
  let offset = 0
  for (let i = 0; i < count; i += 1) {
    if (bytes.length - offset < 4) return undefined
    const end = offset + 4 + readUint32(bytes, offset)
    if (end > bytes.length) return undefined
    fields.push(bytes.subarray(offset + 4, end))
    offset = end
  }
  return offset === bytes.length ? fields : undefined
}

/** True when every character is below U+0080, so that UTF-16 and UTF-8 have the same lengths. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

const nothing = new Uint8Array(0)

/**
 * {@link encodeFields} of texts in UTF-8, behind `prefix`. Texts that are all ASCII, which nearly
 * all are, are written in place: an encoder costs more than the few bytes that it makes.
 */
export function encodeTexts(texts: readonly string[], prefix: Uint8Array = nothing): Uint8Array {
  let length = prefix.length
  for (const text of texts) length += 4 + text.length
  const whole = new Uint8Array(length)
  whole.set(prefix)
  let offset = prefix.length
  for (const text of texts) {
    writeUint32(whole, offset, text.length)
    offset += 4
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) return concatBytes(prefix, encodeFields(texts.map(utf8)))
      whole[offset + i] = code
    }
    offset += text.length
  }
  return whole
}
