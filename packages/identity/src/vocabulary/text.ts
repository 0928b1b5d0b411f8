// Every JavaScript runtime has these; the language's own library of types does not.
declare const TextEncoder: { new (): { encode(text: string): Uint8Array } }
declare const TextDecoder: {
  new (label: string, options: { readonly fatal: boolean }): { decode(bytes: Uint8Array): string }
}
const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true })

export const bytesOfText = (text: string): Uint8Array => encoder.encode(text)

/** Throws for bytes that are not UTF-8. */
export const textOfBytes = (bytes: Uint8Array): string => decoder.decode(bytes)

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const values = new Map(Array.from(digits, (digit, value) => [digit, value]))

export function base64Of(bytes: Uint8Array): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3)
    const group = (a << 16) | (b << 8) | c
    const left = bytes.length - i
    text += `${digits[group >> 18]}${digits[(group >> 12) & 63]}`
    text += left > 1 ? digits[(group >> 6) & 63] : "="
    text += left > 2 ? digits[group & 63] : "="
  }
  return text
}

/** The exact inverse; `undefined` for text that {@link base64Of} does not write. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let at = 0
  for (let i = 0; i < text.length; i += 4) {
    let group = 0
    for (const digit of text.slice(i, i + 4)) group = (group << 6) | (values.get(digit) ?? 0)
    // Behind the end nothing is written.
    for (const shift of [16, 8, 0]) {
      bytes[at] = (group >> shift) & 0xff
      at += 1
    }
  }
  return base64Of(bytes) === text ? bytes : undefined
}
