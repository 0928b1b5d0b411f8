import * as z from "zod/mini"
import { base64Of } from "../../vocabulary/base64.js"
import { textOf, utf8 } from "../../vocabulary/bytes.js"
import { count, needed, objectOf, type Read, readAll } from "./quick-record.js"

/*
 * How records become bytes: JSON under a version, with a strict shape, and an exact inverse.
 */

/** A record that storage gave back and that is not one: refused by name, never guessed at. */
export class RecordError extends Error {
  override readonly name = "RecordError"
  /** The storage key of the record. */
  readonly record: string

  constructor(record: string, message: string, options?: { readonly cause: unknown }) {
    super(message, options)
    this.record = record
  }
}

/** How one kind of record becomes bytes and comes back. */
export interface RecordFormat<Value> {
  readonly kind: string
  /** The storage key under which the record stands. */
  keyOf(value: Value): string
  encode(value: Value): Uint8Array
  /** Throws {@link RecordError}, also for a record that belongs under another key. */
  decode(bytes: Uint8Array, key: string): Value
}

/** A moment, or a length of time. */
export const ms = () => z.int().check(z.minimum(0))

/** The same value with Base64 in the place of bytes. What holds none is not copied. */
function withBase64(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Uint8Array) return base64Of(value)
  let copy: Record<string, unknown> | unknown[] | undefined
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name]
    const plain = withBase64(member)
    if (plain === member) continue
    copy ??= Array.isArray(value) ? [...value] : { ...value }
    ;(copy as Record<string, unknown>)[name] = plain
  }
  return copy ?? value
}

/** JSON in which bytes are Base64. A replacer of `JSON.stringify` would cost four times as much. */
const jsonOf = (value: unknown): string => JSON.stringify(withBase64(value))

/** Whether two values that mean the same have their members in the same order. */
function hasSameOrder(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return true
  const names = Object.keys(a)
  const others = Object.keys(b)
  for (let i = 0; i < names.length; i += 1) {
    const name = names[i] as string
    if (others[i] !== name) return false
    const [one, other] = [a[name as keyof typeof a], b[name as keyof typeof b]]
    if (!hasSameOrder(one, other)) return false
  }
  return names.length === others.length
}

/** A copy with its members in an order; what has other members stays as it is. */
export function inOrder<Value extends object>(
  value: Value,
  members: readonly { readonly name: string }[],
): Value {
  const given = value as Readonly<Record<string, unknown>>
  const copy: Record<string, unknown> = {}
  let missing = Object.keys(given).length
  for (const { name } of members) {
    if (!Object.hasOwn(given, name)) continue
    copy[name] = given[name]
    missing -= 1
  }
  return missing === 0 ? (copy as Value) : value
}

const version = 1

/** What a stored record looks like, built when it is first asked for. */
type StoredShape<Value> = () => z.ZodMiniType<{ v: number; value: Value }>

/** The version stands first, so that a record of another one is told apart before it is read. */
export function stored<Value>(shape: () => z.ZodMiniType<Value>): StoredShape<Value> {
  let schema: ReturnType<StoredShape<Value>> | undefined
  return () => {
    schema ??= z.strictObject({ v: z.literal(version), value: shape() })
    return schema
  }
}

/** How a record of a kind that is read often takes less room and time. */
interface Short<Value> {
  /** Reads what passes the schema, too, and as the same. */
  readonly quick: Read
  /** What is written in the place of the value, in order; the schema gives the value back. */
  readonly asWritten: (value: Value) => unknown
}

export const recordFormat = <Value>(
  kind: string,
  keyOf: (value: Value) => string,
  shape: () => z.ZodMiniType<Value>,
  short?: Short<Value>,
): RecordFormat<Value> => storedFormat(kind, keyOf, stored(shape), short)

export function storedFormat<Value>(
  kind: string,
  keyOf: (value: Value) => string,
  schema: StoredShape<Value>,
  short?: Short<Value>,
): RecordFormat<Value> {
  const quickRecord = short && objectOf([needed("v", count), needed("value", short.quick)])

  const written = (value: Value): string =>
    jsonOf({ v: version, value: short ? short.asWritten(value) : value })
  const refused = (key: string, why: string) =>
    new RecordError(key, `the ${kind} record \`${key}\` ${why}`)

  function parse(text: string, key: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw refused(key, "is not JSON")
    }
  }

  function read(text: string, key: string) {
    const parsed = parse(text, key)
    const result = schema().safeParse(parsed)
    if (!result.success) {
      const place = result.error.issues[0]?.path.join(".") ?? ""
      throw refused(key, `does not parse at \`${place}\``)
    }
    const { value } = result.data
    if (keyOf(value) !== key) throw refused(key, "belongs elsewhere")
    return { value, parsed, isInOrder: hasSameOrder(parsed, result.data) }
  }

  /** A record that is as it is written and belongs there, if it is one that can be read quickly. */
  function readQuickly(text: string, key: string): Value | undefined {
    const record = quickRecord && readAll(text, quickRecord)
    if (record === undefined) return undefined
    const { v, value } = record as {
      readonly v: number
      readonly value: Value
    }
    return v === version && keyOf(value) === key ? value : undefined
  }

  return {
    kind,
    keyOf,
    // A record that could not come back must not leave; what came back has its members in the
    // order of the schema, so equal records have equal bytes.
    encode(record) {
      const text = written(record)
      if (readQuickly(text, keyOf(record)) !== undefined) return utf8(text)
      const { value, isInOrder } = read(text, keyOf(record))
      return utf8(isInOrder ? text : written(value))
    },
    decode(bytes, key) {
      let text: string
      try {
        text = textOf(bytes)
      } catch {
        throw refused(key, "is not JSON")
      }
      const quickly = readQuickly(text, key)
      if (quickly !== undefined) return quickly
      const { value, parsed, isInOrder } = read(text, key)
      // White space, a member twice, another order: nobody here writes such a record.
      if (isInOrder && JSON.stringify(parsed) === text) return value
      throw refused(key, "is not as it would be written")
    },
  }
}
