import type { CompileValues } from "./operator.js"

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/** The bytes of base64 (RFC 4648, section 4, padded) as a string of character codes 0–255. */
export function decodeBase64(text: string): string | undefined {
  if (text.length % 4 !== 0) return undefined
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  const end = text.length - padding
  const bytes: string[] = []
  let bits = 0
  let bitCount = 0
  for (let at = 0; at < end; at += 1) {
    const value = alphabet.indexOf(text.charAt(at))
    if (value < 0) return undefined
    bits = ((bits << 6) | value) & 0xffff
    bitCount += 6
    if (bitCount >= 8) {
      bitCount -= 8
      bytes.push(String.fromCharCode((bits >>> bitCount) & 0xff))
    }
  }
  return bytes.join("")
}

/** BinaryEquals: both sides are base64 and compared byte by byte. */
export const compileBinary: CompileValues = (values) => {
  const wanted = new Set(values.map(decodeBase64).filter((value) => value !== undefined))
  return (text) => {
    const actual = decodeBase64(text)
    return actual !== undefined && wanted.has(actual)
  }
}
