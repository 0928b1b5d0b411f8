const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const values = new Int8Array(128).fill(-1)
for (let i = 0; i < 64; i += 1) values[alphabet.charCodeAt(i)] = i

/** Standard Base64 with padding (RFC 4648, section 4). */
export function base64Of(bytes: Uint8Array): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text +=
      alphabet.charAt(group >> 18) +
      alphabet.charAt((group >> 12) & 63) +
      (i + 1 < bytes.length ? alphabet.charAt((group >> 6) & 63) : "=") +
      (i + 2 < bytes.length ? alphabet.charAt(group & 63) : "=")
  }
  return text
}

/**
 * The bytes of canonical standard Base64, or `undefined`: padding is required, and so are zero
 * bits where a last character has bits to spare, so no two texts name the same bytes.
 */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  const digits = text.length - padding
  let accumulator = 0
  let offset = 0
  for (let i = 0; i < digits; i += 1) {
    const value = values[text.charCodeAt(i)] ?? -1
    if (value < 0) return undefined
    accumulator = ((accumulator << 6) | value) & 0xffffff
    if (i % 4 === 3) {
      bytes[offset] = accumulator >> 16
      bytes[offset + 1] = accumulator >> 8
      bytes[offset + 2] = accumulator
      offset += 3
    }
  }
  if (padding === 2) {
    if ((accumulator & 15) !== 0) return undefined
    bytes[offset] = accumulator >> 4
  } else if (padding === 1) {
    if ((accumulator & 3) !== 0) return undefined
    bytes[offset] = accumulator >> 10
    bytes[offset + 1] = accumulator >> 2
  }
  return bytes
}
