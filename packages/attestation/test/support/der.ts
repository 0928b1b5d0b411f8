/** Writes ASN.1 by hand, so that the parser is not tested against itself. */
export type Der = Uint8Array

export const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts))

export const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))

const lengthBytes = (length: number): readonly number[] => {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
}

export function der(tag: number, ...parts: readonly Uint8Array[]): Der {
  const content = concat(...parts)
  return concat(Uint8Array.of(tag, ...lengthBytes(content.length)), content)
}

/** The same with a length that is longer than it need be: BER, but not DER. */
export function longWinded(tag: number, ...parts: readonly Uint8Array[]): Der {
  const content = concat(...parts)
  return concat(Uint8Array.of(tag, 0x83, 0, content.length >> 8, content.length & 0xff), content)
}

export const sequence = (...parts: readonly Uint8Array[]): Der => der(0x30, ...parts)
export const oid = (content: string): Der => der(0x06, hex(content))
export const octets = (...parts: readonly Uint8Array[]): Der => der(0x04, ...parts)
export const bits = (content: Uint8Array, unused = 0): Der =>
  der(0x03, Uint8Array.of(unused), content)
export const text = (value: string): Uint8Array => new TextEncoder().encode(value)
export const yes = (): Der => der(0x01, Uint8Array.of(0xff))
export const small = (value: number): Der => der(0x02, Uint8Array.of(value))

/** `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on. */
export function time(timeMs: number): Der {
  const digits = `${new Date(timeMs).toISOString().replaceAll(/[-:T]|\.\d+Z/g, "")}Z`
  return digits < "2050" ? der(0x17, text(digits.slice(2))) : der(0x18, text(digits))
}
