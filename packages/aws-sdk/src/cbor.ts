import { utf8 } from "./body.js"
import { ProtocolError } from "./protocol-errors.js"

/*
 * As much of CBOR as calls and replies are written in. Read strictly: one item and nothing behind
 * it, names that are text and stand there once, no tag but that of a time, no simple value but
 * true, false, null and undefined. Numbers and lengths may be longer than they need to be, and
 * lengths may be indefinite, because clients may write them so.
 *
 * Source: RFC 8949; Smithy 2.0 documentation, "Smithy RPC v2 CBOR protocol".
 */

// Every JavaScript runtime has this; the language's own library of types does not.
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }

/** A mark of the byte order stays where it is: without it, two texts would be one. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Deeper than any input: that of CreateGrant has three levels. */
const depthMax = 16
/** More than any input has: a context of 8 KiB has fewer, and so has everything else. */
const itemsMax = 10_000
const epochMsMax = 8.64e15

const [unsigned, negative, byteString, textString, array, map, tag] = [0, 1, 2, 3, 4, 5, 6]
const epochTag = 1
const [isFalse, isTrue, isNull, isUndefined] = [20, 21, 22, 23]
const [half, single, double] = [25, 26, 27]
const indefinite = 31

const unreadable = () => new ProtocolError("SerializationException")

/** Members by their names: nothing is inherited, so no name means anything else. */
type Members = Record<string, unknown>

interface Input {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
  items: number
}

/** Counts what costs more than the byte that it takes. */
function count(input: Input): void {
  input.items += 1
  if (input.items > itemsMax) throw unreadable()
}

/** Moves on, and answers where it was. Throws where less is left. */
function skip(input: Input, length: number): number {
  const { at } = input
  if (length > input.bytes.length - at) throw unreadable()
  input.at = at + length
  return at
}

/** Source: RFC 8949, appendix D. */
function halfOf(bits: number): number {
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * mantissa * 2 ** -24
  return sign * (1024 + mantissa) * 2 ** (exponent - 25)
}

/** What follows the first byte: a number of 0, 1, 2, 4 or 8 bytes. */
function readArgument(input: Input, minor: number): bigint | number {
  const { view } = input
  if (minor < 24) return minor
  if (minor === 24) return view.getUint8(skip(input, 1))
  if (minor === 25) return view.getUint16(skip(input, 2))
  if (minor === 26) return view.getUint32(skip(input, 4))
  if (minor !== 27) throw unreadable()
  const long = view.getBigUint64(skip(input, 8))
  return long <= Number.MAX_SAFE_INTEGER ? Number(long) : long
}

/** A length of what follows; `undefined` for one that only its end tells. */
function readLength(input: Input, minor: number): number | undefined {
  if (minor === indefinite) return undefined
  const length = readArgument(input, minor)
  // An item takes a byte at least, so that no length makes room for what is not there.
  if (typeof length === "bigint" || length > input.bytes.length - input.at) throw unreadable()
  return length
}

/** Takes the end of what has no length, where it is. */
function takesBreak(input: Input): boolean {
  const at = skip(input, 1)
  if (input.bytes[at] === 0xff) return true
  input.at = at
  return false
}

/** What is joined of pieces, each with a length, where its own is not told. */
function readBytes(input: Input, major: number, minor: number): Uint8Array {
  const length = readLength(input, minor)
  if (length !== undefined) {
    const at = skip(input, length)
    return input.bytes.slice(at, at + length)
  }
  const pieces: Uint8Array[] = []
  while (!takesBreak(input)) {
    const first = input.bytes[skip(input, 1)] as number
    if (first >> 5 !== major || (first & 31) === indefinite) throw unreadable()
    count(input)
    pieces.push(readBytes(input, major, first & 31))
    // Every piece of a text is a text.
    if (major === textString) readUtf8(pieces.at(-1) as Uint8Array)
  }
  return joined(pieces)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function readUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw unreadable()
  }
}

/** Reads `length` things, or until the end where it is not told. */
function readEach(input: Input, length: number | undefined, read: () => void): void {
  if (length === undefined) while (!takesBreak(input)) read()
  else for (let i = 0; i < length; i += 1) read()
}

function readArray(input: Input, minor: number, depth: number): unknown[] {
  const items: unknown[] = []
  readEach(input, readLength(input, minor), () => items.push(readItem(input, depth + 1)))
  return items
}

function readMap(input: Input, minor: number, depth: number): Members {
  const members: Members = Object.create(null)
  readEach(input, readLength(input, minor), () => {
    const first = input.bytes[skip(input, 1)] as number
    if (first >> 5 !== textString) throw unreadable()
    const name = readUtf8(readBytes(input, textString, first & 31))
    if (name in members) throw unreadable()
    members[name] = readItem(input, depth + 1)
  })
  return members
}

function readTime(input: Input, minor: number, depth: number): Date {
  const seconds = readArgument(input, minor) === epochTag ? readItem(input, depth + 1) : undefined
  const milliseconds = typeof seconds === "number" ? Math.round(seconds * 1000) : Number.NaN
  if (!(Math.abs(milliseconds) <= epochMsMax)) throw unreadable()
  return new Date(milliseconds)
}

function readSimple(input: Input, minor: number): unknown {
  const { view } = input
  if (minor === isFalse || minor === isTrue) return minor === isTrue
  if (minor === isNull || minor === isUndefined) return null
  if (minor === half) return halfOf(view.getUint16(skip(input, 2)))
  if (minor === single) return view.getFloat32(skip(input, 4))
  if (minor === double) return view.getFloat64(skip(input, 8))
  throw unreadable()
}

function readItem(input: Input, depth: number): unknown {
  if (depth > depthMax) throw unreadable()
  count(input)
  const first = input.bytes[skip(input, 1)] as number
  const [major, minor] = [first >> 5, first & 31]
  if (major === unsigned) return readArgument(input, minor)
  if (major === negative) {
    const argument = readArgument(input, minor)
    return typeof argument === "number" ? -1 - argument : -1n - argument
  }
  if (major === byteString) return readBytes(input, major, minor)
  if (major === textString) return readUtf8(readBytes(input, major, minor))
  if (major === array) return readArray(input, minor, depth)
  if (major === map) return readMap(input, minor, depth)
  if (major === tag) return readTime(input, minor, depth)
  return readSimple(input, minor)
}

/**
 * The one item that these bytes are: maps as objects that inherit nothing, times as `Date`, whole
 * numbers beyond 2^53 as `bigint`, null and undefined as `null`. Throws `SerializationException`
 * for anything else.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  const { buffer, byteOffset, byteLength } = bytes
  const input: Input = {
    // What `slice` answers of a Buffer is no copy.
    bytes: new Uint8Array(buffer, byteOffset, byteLength),
    view: new DataView(buffer, byteOffset, byteLength),
    at: 0,
    items: 0,
  }
  const item = readItem(input, 0)
  if (input.at !== byteLength) throw unreadable()
  return item
}

/** The first byte of an item, and its argument in as few bytes as it needs. */
function headOf(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument)
  const size = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8
  const head = new Uint8Array(1 + size)
  head[0] = (major << 5) | (24 + Math.log2(size))
  for (let i = size, rest = argument; i > 0; i -= 1, rest = Math.floor(rest / 256)) {
    head[i] = rest % 256
  }
  return head
}

function numberOf(value: number): Uint8Array {
  if (Number.isSafeInteger(value)) {
    return value >= 0 ? headOf(unsigned, value) : headOf(negative, -1 - value)
  }
  const bytes = new Uint8Array(9)
  bytes[0] = (7 << 5) | double
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}

const booleanOf = (value: boolean) => Uint8Array.of((7 << 5) | (value ? isTrue : isFalse))

function write(value: unknown, pieces: Uint8Array[]): void {
  if (typeof value === "string") {
    const bytes = utf8(value)
    pieces.push(headOf(textString, bytes.length), bytes)
  } else if (typeof value === "number") pieces.push(numberOf(value))
  else if (typeof value === "boolean") pieces.push(booleanOf(value))
  else if (value instanceof Uint8Array) pieces.push(headOf(byteString, value.length), value)
  else if (value instanceof Date) {
    pieces.push(headOf(tag, epochTag), numberOf(value.getTime() / 1000))
  } else if (Array.isArray(value)) {
    pieces.push(headOf(array, value.length))
    for (const item of value) write(item, pieces)
  } else if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    pieces.push(headOf(map, members.length))
    for (const [name, member] of members) {
      write(name, pieces)
      write(member, pieces)
    }
  } else throw new TypeError(`There is no CBOR for a ${typeof value}`)
}

/** Writes texts, numbers, truth, bytes, times, lists and structures; what is absent is left out. */
export function encodeCbor(value: unknown): Uint8Array {
  const pieces: Uint8Array[] = []
  write(value, pieces)
  return joined(pieces)
}
