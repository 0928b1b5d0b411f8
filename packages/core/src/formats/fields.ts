import { type Allocate, allocateBytes, noBytes, utf8 } from "../vocabulary/bytes.js"

/** A 32-bit big-endian integer. */
export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}

export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  (((bytes[offset] as number) << 24) |
    ((bytes[offset + 1] as number) << 16) |
    ((bytes[offset + 2] as number) << 8) |
    (bytes[offset + 3] as number)) >>>
  0

/** Text in UTF-8, or bytes, each after its length; or a count, which stands as it is. */
export type Field = string | Uint8Array | number

/** Writes text where it belongs if all of it is ASCII, as nearly all text here is. */
function writeAscii(target: Uint8Array, offset: number, text: string): boolean {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return false
    target[offset + i] = unit
  }
  return true
}

const asBytes = (field: Field): Field => (typeof field === "string" ? utf8(field) : field)

/**
 * `prefix`, and then every field after its length in 32 bits, so that no two lists of fields of
 * the same kinds have the same bytes. Written in one piece: memory is what this costs.
 */
export function encodeFields(
  fields: readonly Field[],
  prefix: Uint8Array = noBytes,
  allocate: Allocate = allocateBytes,
): Uint8Array {
  let length = prefix.length
  for (const field of fields) length += typeof field === "number" ? 4 : 4 + field.length
  const whole = allocate(length)
  whole.set(prefix)
  let offset = prefix.length
  for (const field of fields) {
    const isCount = typeof field === "number"
    writeUint32(whole, offset, isCount ? field : field.length)
    offset += 4
    if (isCount) continue
    if (typeof field !== "string") whole.set(field, offset)
    else if (!writeAscii(whole, offset, field)) {
      return encodeFields(fields.map(asBytes), prefix, allocate)
    }
    offset += field.length
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
