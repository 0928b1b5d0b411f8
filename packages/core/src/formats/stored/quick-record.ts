import { bytesOfBase64 } from "../../vocabulary/base64.js"

/*
 * Reads the JSON of a record in one go, exactly as it is written here: members in their order, no
 * white space, no escape that need not be. Parsing it, checking it against a schema and writing it
 * again to compare costs three times as much. What is not read here is left to the schema, which
 * accepts or refuses it by name.
 */

/** A text, and how far it is read. */
export interface Cursor {
  readonly text: string
  at: number
}

/** Reads what stands at the cursor, and moves it behind that; `undefined` where it is not that. */
export type Read = (cursor: Cursor) => unknown

interface Member {
  readonly name: string
  readonly isOptional: boolean
  readonly read: Read
}

export const needed = (name: string, read: Read): Member => ({
  name,
  isOptional: false,
  read,
})
export const optional = (name: string, read: Read): Member => ({
  name,
  isOptional: true,
  read,
})

const quote = 0x22
const backslash = 0x5c
const space = 0x20
const digitZero = 0x30
const comma = 0x2c
const bracketOpen = 0x5b
const bracketClose = 0x5d
const braceClose = 0x7d

/** A part of a longer text would keep all of it in memory, so it is copied. */
const sharedTextMax = 2048

function isNext(cursor: Cursor, unit: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== unit) return false
  cursor.at += 1
  return true
}

/** Text with escapes; `undefined` where one of them need not be. */
function unescaped(quoted: string): string | undefined {
  try {
    const value: string = JSON.parse(quoted)
    return JSON.stringify(value) === quoted ? value : undefined
  } catch {
    return undefined
  }
}

/** Any text. */
export function text(cursor: Cursor): string | undefined {
  const { text: all, at: start } = cursor
  if (all.charCodeAt(start) !== quote) return undefined
  let hasEscapes = false
  let at = start + 1
  for (let unit = all.charCodeAt(at); unit !== quote; unit = all.charCodeAt(at)) {
    // Behind the end there is no unit, which is no number.
    if (!(unit >= space)) return undefined
    if (unit === backslash) {
      hasEscapes = true
      at += 1
    }
    at += 1
  }
  cursor.at = at + 1
  if (hasEscapes) return unescaped(all.slice(start, at + 1))
  if (all.length > sharedTextMax) return JSON.parse(all.slice(start, at + 1))
  return all.slice(start + 1, at)
}

export const textThat =
  (test: (text: string) => boolean): Read =>
  (cursor) => {
    const value = text(cursor)
    return value !== undefined && test(value) ? value : undefined
  }

/** One of some texts that need no escapes. */
export function oneOf(texts: readonly string[]): Read {
  const quoted = texts.map((value) => ({ value, written: JSON.stringify(value) }))
  return (cursor) => {
    for (const { value, written } of quoted) {
      if (!cursor.text.startsWith(written, cursor.at)) continue
      cursor.at += written.length
      return value
    }
    return undefined
  }
}

/** What the one reads, or else the other; the one must not move the cursor when it does not. */
export const either =
  (one: Read, other: Read): Read =>
  (cursor) =>
    one(cursor) ?? other(cursor)

/** Base64, as bytes. */
export function bytes(cursor: Cursor): Uint8Array | undefined {
  const { text: all, at: start } = cursor
  const end = all.indexOf('"', start + 1)
  if (all.charCodeAt(start) !== quote || end < 0) return undefined
  cursor.at = end + 1
  return bytesOfBase64(all, start + 1, end)
}

/** A safe integer from `least` on, which is 0 or 1. */
const integer =
  (least: number): Read =>
  (cursor) => {
    const { text: all, at: start } = cursor
    let at = start
    let value = 0
    for (; ; at += 1) {
      const digit = all.charCodeAt(at) - digitZero
      if (!(digit >= 0 && digit <= 9)) break
      value = value * 10 + digit
    }
    const hasZeroInFront = at - start > 1 && all.charCodeAt(start) === digitZero
    if (at === start || hasZeroInFront || value < least) return undefined
    if (!Number.isSafeInteger(value)) return undefined
    cursor.at = at
    return value
  }

export const count = integer(0)
export const positive = integer(1)

export const listOf =
  (read: Read): Read =>
  (cursor) => {
    if (!isNext(cursor, bracketOpen)) return undefined
    const items: unknown[] = []
    if (isNext(cursor, bracketClose)) return items
    do {
      const item = read(cursor)
      if (item === undefined) return undefined
      items.push(item)
    } while (isNext(cursor, comma))
    return isNext(cursor, bracketClose) ? items : undefined
  }

/** An object with these members and no others, in this order; the first one is needed. */
export function objectOf(members: readonly Member[]): Read {
  const parts = members.map(({ name, isOptional, read }, i) => {
    const label = `${i === 0 ? "{" : ","}${JSON.stringify(name)}:`
    return { name, isOptional, read, label }
  })
  return (cursor) => {
    const object: Record<string, unknown> = {}
    for (const { name, isOptional, read, label } of parts) {
      if (!cursor.text.startsWith(label, cursor.at)) {
        if (isOptional) continue
        return undefined
      }
      cursor.at += label.length
      const value = read(cursor)
      if (value === undefined) return undefined
      object[name] = value
    }
    return isNext(cursor, braceClose) ? object : undefined
  }
}

/** All of a text, read as that. */
export function readAll(all: string, read: Read): unknown {
  const cursor = { text: all, at: 0 }
  const value = read(cursor)
  return cursor.at === all.length ? value : undefined
}
