import { createHash } from "node:crypto"

/** A share in its parts. */
export interface Share {
  /** So many shares make the key. */
  readonly threshold: number
  /** What all shares of one splitting have in common, 24 bytes. */
  readonly set: Uint8Array
  /** The share itself: its values at a point, and the point. */
  readonly point: Uint8Array
}

export const setBytes = 24
const pointBytes = 33
const checkBytes = 4
const bodyBytes = 1 + setBytes + pointBytes
const shareBytes = bodyBytes + checkBytes
const textCharacters = Math.ceil((shareBytes * 8) / 5)
const prefix = "KWS1"
/** Ours: a share with its dashes has 129 characters, and people put blanks between. */
const textCharactersMax = 300

/** Digits that people do not take for each other. Source: Douglas Crockford, "Base 32". */
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

function textOf(bytes: Uint8Array): string {
  let text = ""
  let value = 0
  let bits = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += digits[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + digits[(value << (5 - bits)) & 31]
}

function bytesOf(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(new ArrayBuffer(shareBytes))
  let value = 0
  let bits = 0
  let at = 0
  for (const character of text) {
    const digit = digits.indexOf(character)
    if (digit < 0) return undefined
    value = (value << 5) | digit
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at] = value >>> bits
      at += 1
      value &= (1 << bits) - 1
    }
  }
  return value === 0 ? bytes : undefined
}

/** Finds a slip of the hand; it is no proof of anything. */
const checkOf = (body: Uint8Array): Uint8Array =>
  new Uint8Array(createHash("sha256").update("keywright share 1\0").update(body).digest()).subarray(
    0,
    checkBytes,
  )

/**
 * Version 1 of a share for people: "KWS1" and 100 digits of base 32 in groups of four. In them the
 * threshold, the set, the share, and four bytes that find a slip of the hand.
 */
export function encodeShare({ threshold, set, point }: Share): string {
  const bytes = new Uint8Array(new ArrayBuffer(shareBytes))
  bytes[0] = threshold
  bytes.set(set, 1)
  bytes.set(point, 1 + setBytes)
  bytes.set(checkOf(bytes.subarray(0, bodyBytes)), bodyBytes)
  const groups = textOf(bytes).match(/.{1,4}/g) ?? []
  bytes.fill(0)
  return [prefix, ...groups].join("-")
}

/**
 * The share of a text, however it is spaced and in whatever case; `undefined` when it is none. Its
 * bytes are the caller's to wipe.
 */
export function parseShare(text: string): Share | undefined {
  if (typeof text !== "string" || text.length > textCharactersMax) return undefined
  const plain = text.toUpperCase().replaceAll(/[-\s]/g, "")
  if (!plain.startsWith(prefix) || plain.length !== prefix.length + textCharacters) return undefined
  const typed = plain.slice(prefix.length).replaceAll("O", "0").replaceAll(/[IL]/g, "1")
  const bytes = bytesOf(typed)
  if (bytes === undefined) return undefined
  const check = checkOf(bytes.subarray(0, bodyBytes))
  const threshold = bytes[0] as number
  if (threshold < 2 || !check.every((byte, i) => byte === bytes[bodyBytes + i])) {
    bytes.fill(0)
    return undefined
  }
  return {
    threshold,
    set: bytes.slice(1, 1 + setBytes),
    point: bytes.subarray(1 + setBytes, bodyBytes),
  }
}
