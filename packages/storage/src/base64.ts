// Every JavaScript runtime has these; the language's own library of types does not.
declare const btoa: (text: string) => string
declare const atob: (text: string) => string

/** So many bytes at a time become arguments of one call. */
const piece = 0x2000

/** Base64 with padding (RFC 4648, section 4). */
export function base64Of(bytes: Uint8Array): string {
  let text = ""
  for (let i = 0; i < bytes.length; i += piece) {
    text += String.fromCharCode(...bytes.subarray(i, i + piece))
  }
  return btoa(text)
}

/** The inverse. Throws where the text is none. */
export function bytesOfBase64(text: string): Uint8Array {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let i = 0; i < characters.length; i += 1) bytes[i] = characters.charCodeAt(i)
  return bytes
}
