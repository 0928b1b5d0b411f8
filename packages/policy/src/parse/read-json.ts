import { jsonDepthMax } from "../vocabulary/limits.js"
import type { JsonMember, JsonNode, JsonResult } from "./json-node.js"

/**
 * Reads JSON (RFC 8259) strictly, in one pass, keeping positions and every member of an object,
 * so that duplicates can be reported. Nothing is repaired; nesting is limited.
 */
export function readJson(text: string): JsonResult {
  const cursor: Cursor = { text, at: 0, failure: undefined }
  const node = readValue(cursor, 0)
  if (node !== undefined) {
    skipSpace(cursor)
    if (cursor.at < text.length) fail(cursor, "text follows the end of the document")
  }
  if (node === undefined || cursor.failure !== undefined) {
    return { ok: false, failure: cursor.failure ?? { message: "no value", at: cursor.at } }
  }
  return { ok: true, node }
}

interface Cursor {
  readonly text: string
  at: number
  failure: { message: string; at: number } | undefined
}

const quote = 0x22
const backslash = 0x5c

function fail(cursor: Cursor, message: string): undefined {
  cursor.failure ??= { message, at: cursor.at }
  return undefined
}

function skipSpace(cursor: Cursor): void {
  const { text } = cursor
  let at = cursor.at
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break
    at += 1
  }
  cursor.at = at
}

function readValue(cursor: Cursor, depth: number): JsonNode | undefined {
  skipSpace(cursor)
  if (depth > jsonDepthMax) return fail(cursor, "the document is nested too deeply")
  const at = cursor.at
  switch (cursor.text.charCodeAt(at)) {
    case 0x7b:
      return readObject(cursor, depth)
    case 0x5b:
      return readArray(cursor, depth)
    case quote: {
      const value = readString(cursor)
      return value === undefined ? undefined : { type: "string", at, value }
    }
    case 0x74:
      return readWord(cursor, "true", { type: "boolean", at, value: true })
    case 0x66:
      return readWord(cursor, "false", { type: "boolean", at, value: false })
    case 0x6e:
      return readWord(cursor, "null", { type: "null", at })
    default:
      return readNumber(cursor)
  }
}

function readObject(cursor: Cursor, depth: number): JsonNode | undefined {
  const at = cursor.at
  const members: JsonMember[] = []
  cursor.at += 1
  skipSpace(cursor)
  if (take(cursor, 0x7d)) return { type: "object", at, members }
  for (;;) {
    skipSpace(cursor)
    const nameAt = cursor.at
    if (cursor.text.charCodeAt(nameAt) !== quote) {
      return fail(cursor, "a member name in double quotes is expected")
    }
    const name = readString(cursor)
    if (name === undefined) return undefined
    skipSpace(cursor)
    if (!take(cursor, 0x3a)) return fail(cursor, "`:` is expected after a member name")
    const value = readValue(cursor, depth + 1)
    if (value === undefined) return undefined
    members.push({ name, at: nameAt, value })
    skipSpace(cursor)
    if (take(cursor, 0x7d)) return { type: "object", at, members }
    if (!take(cursor, 0x2c)) return fail(cursor, "`,` or `}` is expected")
  }
}

function readArray(cursor: Cursor, depth: number): JsonNode | undefined {
  const at = cursor.at
  const items: JsonNode[] = []
  cursor.at += 1
  skipSpace(cursor)
  if (take(cursor, 0x5d)) return { type: "array", at, items }
  for (;;) {
    const value = readValue(cursor, depth + 1)
    if (value === undefined) return undefined
    items.push(value)
    skipSpace(cursor)
    if (take(cursor, 0x5d)) return { type: "array", at, items }
    if (!take(cursor, 0x2c)) return fail(cursor, "`,` or `]` is expected")
  }
}

function take(cursor: Cursor, code: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== code) return false
  cursor.at += 1
  return true
}

function readWord(cursor: Cursor, word: string, node: JsonNode): JsonNode | undefined {
  if (!cursor.text.startsWith(word, cursor.at)) return fail(cursor, "a JSON value is expected")
  cursor.at += word.length
  return node
}

function readString(cursor: Cursor): string | undefined {
  const { text } = cursor
  const start = cursor.at + 1
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      cursor.at = at + 1
      return text.slice(start, at)
    }
    if (code === backslash) return readEscaped(cursor, start, at)
    if (code < 0x20) {
      cursor.at = at
      return fail(cursor, "a control character stands inside a string")
    }
  }
  return fail(cursor, "a string has no end")
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
])

function readEscaped(cursor: Cursor, start: number, firstEscape: number): string | undefined {
  const { text } = cursor
  const parts: string[] = [text.slice(start, firstEscape)]
  let at = firstEscape
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      cursor.at = at + 1
      return parts.join("")
    }
    if (code < 0x20) {
      cursor.at = at
      return fail(cursor, "a control character stands inside a string")
    }
    if (code !== backslash) {
      const from = at
      while (at < text.length && isPlain(text.charCodeAt(at))) at += 1
      parts.push(text.slice(from, at))
      continue
    }
    cursor.at = at
    const plain = escapes.get(text.charAt(at + 1))
    if (plain !== undefined) {
      parts.push(plain)
      at += 2
      continue
    }
    const unit = text.charAt(at + 1) === "u" ? readHex(text, at + 2) : undefined
    if (unit === undefined) return fail(cursor, "an unknown escape stands inside a string")
    parts.push(String.fromCharCode(unit))
    at += 6
  }
  cursor.at = start - 1
  return fail(cursor, "a string has no end")
}

const isPlain = (code: number): boolean => code >= 0x20 && code !== quote && code !== backslash

function readHex(text: string, at: number): number | undefined {
  if (at + 4 > text.length) return undefined
  let value = 0
  for (let index = at; index < at + 4; index += 1) {
    const digit = hexDigit(text.charCodeAt(index))
    if (digit === undefined) return undefined
    value = value * 16 + digit
  }
  return value
}

function hexDigit(code: number): number | undefined {
  if (isDigit(code)) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

function readNumber(cursor: Cursor): JsonNode | undefined {
  const { text } = cursor
  const start = cursor.at
  let at = start
  if (text.charCodeAt(at) === 0x2d) at += 1
  const whole = skipDigits(text, at)
  if (whole === at) return fail(cursor, "a JSON value is expected")
  if (text.charCodeAt(at) === 0x30 && whole > at + 1) {
    return fail(cursor, "a number starts with a superfluous zero")
  }
  at = whole
  if (text.charCodeAt(at) === 0x2e) {
    const fraction = skipDigits(text, at + 1)
    if (fraction === at + 1) return fail(cursor, "a digit is expected after the decimal point")
    at = fraction
  }
  if ((text.charCodeAt(at) | 0x20) === 0x65) {
    const sign = text.charCodeAt(at + 1)
    const from = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1
    const exponent = skipDigits(text, from)
    if (exponent === from) return fail(cursor, "a digit is expected in the exponent")
    at = exponent
  }
  cursor.at = at
  return { type: "number", at: start, text: text.slice(start, at) }
}

function skipDigits(text: string, from: number): number {
  let at = from
  while (at < text.length && isDigit(text.charCodeAt(at))) at += 1
  return at
}
