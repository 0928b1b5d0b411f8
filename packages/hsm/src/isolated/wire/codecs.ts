import { HsmError } from "@keywright/core/hsm"
import {
  advance,
  pass,
  type Reader,
  readByte,
  readUint32,
  WireError,
  type Writer,
  writeByte,
  writeUint32,
} from "./buffers.js"

/**
 * How values of one shape become bytes. `read` throws `WireError` for bytes that `write` never
 * makes. `write` throws `TypeError` for another shape.
 */
export interface Codec<T> {
  write(to: Writer, value: T): void
  read(from: Reader): T
}

export const nothing: Codec<void> = { write: () => undefined, read: () => undefined }

export const bytes: Codec<Uint8Array> = {
  write(to, value) {
    if (!(value instanceof Uint8Array)) throw new TypeError("bytes must be a `Uint8Array`")
    writeUint32(to, value.length)
    const at = advance(to, value.length)
    to.bytes.set(value, at)
  },
  read(from) {
    const length = readUint32(from)
    const at = pass(from, length)
    return from.views
      ? from.bytes.subarray(at, at + length)
      : Uint8Array.prototype.slice.call(from.bytes, at, at + length)
  },
}

/** Bytes that are for the other side alone: they are wiped here once they are written. */
export const secretBytes: Codec<Uint8Array> = {
  write(to, value) {
    bytes.write(to, value)
    value.fill(0)
  },
  read: (from) => bytes.read(from),
}

const toUtf8 = new TextEncoder()
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The text at a place, if it is ASCII, as nearly all of ours is. */
function asciiAt(source: Uint8Array, at: number, length: number): string | undefined {
  let text = ""
  for (let i = at; i < at + length; i += 1) {
    const code = source[i] as number
    if (code > 0x7f) return undefined
    text += String.fromCharCode(code)
  }
  return text
}

/** In UTF-8. */
export const text: Codec<string> = {
  write(to, value) {
    if (typeof value !== "string" || !value.isWellFormed()) {
      throw new TypeError("a text must be a well-formed string")
    }
    const { length } = value
    const start = to.at
    writeUint32(to, length)
    const at = advance(to, length)
    const target = to.bytes
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i)
      if (code > 0x7f) {
        to.at = start
        bytes.write(to, toUtf8.encode(value))
        return
      }
      target[at + i] = code
    }
  },
  read(from) {
    const length = readUint32(from)
    const at = pass(from, length)
    const ascii = asciiAt(from.bytes, at, length)
    if (ascii !== undefined) return ascii
    try {
      return fromUtf8.decode(from.bytes.subarray(at, at + length))
    } catch {
      throw new WireError("a text is not UTF-8")
    }
  },
}

/** Any number but none: whether it is one that a method takes, is for the HSM to say. */
export const number: Codec<number> = {
  write(to, value) {
    if (typeof value !== "number") throw new TypeError("a number must be a number")
    if (Number.isNaN(value)) throw new RangeError("a number must be one")
    const at = advance(to, 8)
    new DataView(to.bytes.buffer, to.bytes.byteOffset).setFloat64(at, value)
  },
  read(from) {
    const at = pass(from, 8)
    const value = new DataView(from.bytes.buffer, from.bytes.byteOffset).getFloat64(at)
    if (Number.isNaN(value)) throw new WireError("a number is none")
    return value
  },
}

export const flag: Codec<boolean> = {
  write(to, value) {
    if (typeof value !== "boolean") throw new TypeError("a flag must be true or false")
    writeByte(to, Number(value))
  },
  read(from) {
    const value = readByte(from)
    if (value > 1) throw new WireError("a flag is neither true nor false")
    return value === 1
  },
}

/** One of a list of words. An HSM has not what the list has not. */
export function word<Word extends string>(words: readonly Word[]): Codec<Word> {
  const places = new Map<string, number>(words.map((one, i) => [one, i]))
  return {
    write(to, value) {
      const place = places.get(value)
      if (place === undefined) throw new HsmError("unsupported", "the boundary knows no such word")
      writeByte(to, place)
    },
    read(from) {
      const found = words[readByte(from)]
      if (found === undefined) throw new WireError("a word is not one of its list")
      return found
    },
  }
}

export const optional = <T>(codec: Codec<T>): Codec<T | undefined> => ({
  write(to, value) {
    flag.write(to, value !== undefined)
    if (value !== undefined) codec.write(to, value)
  },
  read: (from) => (flag.read(from) ? codec.read(from) : undefined),
})

export const list = <T>(codec: Codec<T>): Codec<readonly T[]> => ({
  write(to, values) {
    if (!Array.isArray(values)) throw new TypeError("a list must be an array")
    writeUint32(to, values.length)
    for (const value of values) codec.write(to, value)
  },
  read(from) {
    const count = readUint32(from)
    // No element takes less than a byte: a count says how much there is, not how much to allocate.
    if (count > from.end - from.at) throw new WireError("a list ends before it is over")
    const values: T[] = []
    for (let i = 0; i < count; i += 1) values.push(codec.read(from))
    return values
  },
})

type Members<T> = { readonly [Name in keyof T]-?: Codec<T[Name]> }

/** Members in their order, and no others. */
export function record<T extends object>(members: Members<T>): Codec<T> {
  const all = Object.entries(members) as [string & keyof T, Codec<unknown>][]
  return {
    write(to, value) {
      if (typeof value !== "object" || value === null) throw new TypeError("expected an object")
      for (const [name, codec] of all) codec.write(to, value[name])
    },
    read(from) {
      const value: Record<string, unknown> = {}
      for (const [name, codec] of all) value[name] = codec.read(from)
      return value as T
    },
  }
}

/** The members of both. */
export const joined = <A extends object, B extends object>(
  one: Codec<A>,
  other: Codec<B>,
): Codec<A & B> => ({
  write(to, value) {
    one.write(to, value)
    other.write(to, value)
  },
  read(from) {
    const first = one.read(from)
    return Object.assign(first, other.read(from))
  },
})

/** One member out of several, which names what the value is. */
export function oneMember<T extends object>(
  members: {
    readonly [Name in T extends unknown ? keyof T : never]: Codec<
      Extract<T, Record<Name, unknown>>[Name]
    >
  },
): Codec<T> {
  const all = Object.entries(members) as [string & keyof T, Codec<unknown>][]
  return {
    write(to, value) {
      const place = all.findIndex(([name]) => value[name] !== undefined)
      const [name, codec] = all[place] ?? []
      if (name === undefined || codec === undefined) throw new TypeError("a member is missing")
      writeByte(to, place)
      codec.write(to, value[name])
    },
    read(from) {
      const [name, codec] = all[readByte(from)] ?? []
      if (name === undefined || codec === undefined) throw new WireError("a member is unknown")
      return { [name]: codec.read(from) } as T
    },
  }
}

/** A value whose member `tag` names its kind, and with it what else it has. */
export function tagged<Tag extends string, T extends { readonly [Name in Tag]: string }>(
  tag: Tag,
  kinds: { readonly [Kind in T[Tag]]: Codec<Omit<Extract<T, Record<Tag, Kind>>, Tag>> },
): Codec<T> {
  const names = Object.keys(kinds) as T[Tag][]
  const kind = word(names)
  const codecOf = (name: T[Tag]) => kinds[name] as unknown as Codec<object>
  return {
    write(to, value) {
      kind.write(to, value[tag])
      codecOf(value[tag]).write(to, value)
    },
    read(from) {
      const name = kind.read(from)
      return { [tag]: name, ...codecOf(name).read(from) } as unknown as T
    },
  }
}

/** The arguments of a method. Those that are missing are `undefined`, as in a call. */
export function tuple<T extends readonly unknown[]>(
  ...codecs: { readonly [Place in keyof T]: Codec<T[Place]> }
): Codec<T> {
  const all = codecs as readonly Codec<unknown>[]
  return {
    write(to, values) {
      for (const [i, codec] of all.entries()) codec.write(to, values[i])
    },
    read: (from) => all.map((codec) => codec.read(from)) as unknown as T,
  }
}
