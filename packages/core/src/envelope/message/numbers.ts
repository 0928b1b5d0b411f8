/*
 * The big-endian numbers of the message format.
 */

export const uint16 = (value: number): Uint8Array => Uint8Array.of(value >>> 8, value)

export const uint32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

export const readUint16 = (bytes: Uint8Array, offset: number): number =>
  ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)

export const readUint32 = (bytes: Uint8Array, offset: number): number =>
  readUint16(bytes, offset) * 0x1_0000 + readUint16(bytes, offset + 2)

/** Of 64 bits; exact below 2^53, and above it still larger than any limit here. */
export const readUint64 = (bytes: Uint8Array, offset: number): number =>
  readUint32(bytes, offset) * 0x1_0000_0000 + readUint32(bytes, offset + 4)

export function writeUint16(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 8
  target[offset + 1] = value
}

/** Bytes behind their length of 16 bits; returns where they end. */
export function writeField(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  writeUint16(target, offset, bytes.length)
  target.set(bytes, offset + 2)
  return offset + 2 + bytes.length
}

export function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}

export function writeUint64(target: Uint8Array, offset: number, value: number): void {
  writeUint32(target, offset, Math.floor(value / 0x1_0000_0000))
  writeUint32(target, offset + 4, value)
}
