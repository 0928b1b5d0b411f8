/** All arrays of bytes in a value, however deep. */
export function bytesIn(value: unknown): readonly Uint8Array[] {
  if (ArrayBuffer.isView(value)) return [value as Uint8Array]
  if (typeof value !== "object" || value === null) return []
  return Object.values(value).flatMap(bytesIn)
}
