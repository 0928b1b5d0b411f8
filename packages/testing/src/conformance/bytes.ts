import { bytesOfBase64 } from "@keywright/core"

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))

export const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")

export const bytesOfHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** A member of a JSON Web Key. */
export function bytesOfBase64Url(text = ""): Uint8Array {
  const padded = text
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .padEnd(text.length + (-text.length & 3), "=")
  const bytes = bytesOfBase64(padded)
  if (bytes === undefined) throw new TypeError("not base64url")
  return bytes
}
