const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** Lower-case hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  let text = ""
  for (const byte of bytes) text += hexDigits[byte]
  return text
}

/** For public bytes only: leaves at the first difference. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

/** Throws unless `value` is a `Uint8Array` of at most so many bytes, naming the parameter. */
export function assertBytes(
  value: unknown,
  name: string,
  lengthBytesMax: number,
): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`\`${name}\` must be a Uint8Array`)
  if (value.length > lengthBytesMax) {
    throw new RangeError(`\`${name}\` must have at most ${lengthBytesMax} bytes`)
  }
}
