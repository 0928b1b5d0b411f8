import { base64Of, bytesOfBase64 } from "@keywright/core"
import { ProtocolError } from "./protocol-errors.js"

/** As much of a zod schema as says what JSON looks like. */
export interface Schema {
  readonly _zod: { readonly def: Definition }
}

interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, Schema>>
  readonly innerType?: Schema
  readonly element?: Schema
  readonly valueType?: Schema
  readonly out?: Schema
}

/**
 * Translates between the JSON of the AWS JSON 1.1 protocol and the values of a schema: blobs are
 * Base64, timestamps are seconds since 1970, members that the schema does not have are ignored,
 * and `null` is absent. Bounds are not checked here; the engine does that.
 */
export interface JsonCodec {
  /** Throws `SerializationException` for the wrong kind of JSON value. */
  decode(json: unknown): unknown
  /** Writes JSON text. */
  encode(value: unknown): string
}

const scalarTokens: Readonly<Record<string, (json: unknown) => string>> = {
  string: () => "STRING_VALUE",
  number: () => "NUMBER_VALUE",
  bigint: () => "NUMBER_VALUE",
  boolean: (json) => (json === true ? "TRUE_VALUE" : "FALSE_VALUE"),
}

const unserializable = (message: string) => new ProtocolError("SerializationException", message)

/** What AWS says of a value that is of the wrong kind. The value itself may be secret. */
function misplaced(json: unknown, saidOfScalar: (token: string) => string): ProtocolError {
  const token = scalarTokens[typeof json]?.(json)
  if (token !== undefined) return unserializable(saidOfScalar(token))
  return unserializable(
    Array.isArray(json)
      ? "Start of list found where not expected"
      : "Start of structure or map found where not expected.",
  )
}

export const inconvertible = (json: unknown, kind: string) =>
  misplaced(json, (token) => `${token} can not be converted to ${kind}`)

type JsonObject = Readonly<Record<string, unknown>>

/** Also of values that never were JSON. */
const isObject = (json: unknown): json is JsonObject =>
  typeof json === "object" &&
  json !== null &&
  !Array.isArray(json) &&
  !ArrayBuffer.isView(json) &&
  !(json instanceof Date)

/** A scalar that is the same in JSON and in JavaScript. */
const scalar = (type: "string" | "number" | "boolean", kind: string): JsonCodec => ({
  encode: JSON.stringify,
  decode: (json) => {
    if (typeof json !== type) throw inconvertible(json, kind)
    return json
  },
})

export const text = scalar("string", "a String")

export const blob: JsonCodec = {
  encode: (value) => `"${base64Of(value as Uint8Array)}"`,
  decode: (json) => {
    if (typeof json !== "string") throw inconvertible(json, "a Blob")
    const bytes = bytesOfBase64(json)
    if (bytes === undefined) throw unserializable("STRING_VALUE can not be converted to a Blob")
    return bytes
  },
}

const epochMsMax = 8.64e15

export const timestamp: JsonCodec = {
  encode: (value) => String((value as Date).getTime() / 1000),
  decode: (json) => {
    const milliseconds = typeof json === "number" ? Math.round(json * 1000) : Number.NaN
    if (Math.abs(milliseconds) <= epochMsMax) return new Date(milliseconds)
    throw inconvertible(json, "milliseconds since epoch")
  },
}

/**
 * A value in a map of text. The service takes other scalars as text. Of numbers only safe integers
 * are taken: fractions and greater ones are rounded when they are read, and two different
 * encryption contexts must never look alike.
 */
const textOfScalar: JsonCodec = {
  encode: JSON.stringify,
  decode: (json) => {
    const isPlain = Number.isSafeInteger(json) || typeof json === "boolean"
    return isPlain ? String(json) : text.decode(json)
  },
}

const structure = (members: readonly (readonly [string, JsonCodec])[]): JsonCodec => ({
  decode: (json) => {
    if (!isObject(json)) throw misplaced(json, () => "Expected null")
    const value: Record<string, unknown> = {}
    for (const [name, codec] of members) {
      const member = Object.hasOwn(json, name) ? json[name] : undefined
      if (member !== undefined && member !== null) value[name] = codec.decode(member)
    }
    return value
  },
  encode: (value) => {
    let json = ""
    for (const [name, codec] of members) {
      const member = (value as JsonObject)[name]
      if (member !== undefined) json += `${json === "" ? "" : ","}"${name}":${codec.encode(member)}`
    }
    return `{${json}}`
  },
})

/** What is done with items that are nothing: JSON keeps them, and a client writes none. */
type TakeItem = (item: unknown) => boolean

export const isThere = (item: unknown): boolean => item !== null && item !== undefined

const list = (element: JsonCodec, takes: TakeItem): JsonCodec => ({
  decode: (json) => {
    if (!Array.isArray(json)) throw misplaced(json, () => "Expected list or null")
    const items: readonly unknown[] = json.filter(takes)
    return items.map((item) => (isThere(item) ? element.decode(item) : undefined))
  },
  encode: (value) =>
    `[${(value as readonly unknown[]).map((item) => element.encode(item)).join()}]`,
})

/** `Object.fromEntries` makes `__proto__` a member like any other. */
const map = (element: JsonCodec, takes: TakeItem): JsonCodec => ({
  decode: (json) => {
    if (!isObject(json)) throw misplaced(json, () => "Expected map or null")
    const members = Object.entries(json).filter(([, item]) => takes(item))
    return Object.fromEntries(
      members.map(([name, item]) => [name, isThere(item) ? element.decode(item) : undefined]),
    )
  },
  encode: (value) => {
    const members = Object.entries(value as JsonObject)
    const json = members.map(([name, item]) => `${JSON.stringify(name)}:${element.encode(item)}`)
    return `{${json.join()}}`
  },
})

function part(definition: Definition, name: "innerType" | "element" | "valueType" | "out"): Schema {
  const schema = definition[name]
  if (schema === undefined) throw new TypeError(`A ${definition.type} must have \`${name}\``)
  return schema
}

/** In what JSON and other forms of the same values differ. */
export interface Dialect {
  readonly number: JsonCodec
  readonly boolean: JsonCodec
  readonly blob: JsonCodec
  readonly timestamp: JsonCodec
  /** A value in a map of text. */
  readonly mapText: JsonCodec
  readonly takesItem: TakeItem
}

export type CodecOf = (schema: Schema) => JsonCodec

/** How each kind of schema is written. */
const kinds: Readonly<
  Record<string, (definition: Definition, codecOf: CodecOf, dialect: Dialect) => JsonCodec>
> = {
  string: () => text,
  enum: () => text,
  number: (_definition, _codecOf, dialect) => dialect.number,
  boolean: (_definition, _codecOf, dialect) => dialect.boolean,
  date: (_definition, _codecOf, dialect) => dialect.timestamp,
  custom: (_definition, _codecOf, dialect) => dialect.blob,
  optional: (definition, codecOf) => codecOf(part(definition, "innerType")),
  pipe: (definition, codecOf) => codecOf(part(definition, "out")),
  array: (definition, codecOf, { takesItem }) =>
    list(codecOf(part(definition, "element")), takesItem),
  record: (definition, codecOf, { mapText, takesItem }) => {
    const element = codecOf(part(definition, "valueType"))
    return map(element === text ? mapText : element, takesItem)
  },
  object: ({ shape = {} }, codecOf) =>
    structure(Object.entries(shape).map(([name, member]) => [name, codecOf(member)])),
}

export function codecsOf(dialect: Dialect): CodecOf {
  const codecOf: CodecOf = ({ _zod: { def } }) => {
    const kind = Object.hasOwn(kinds, def.type) ? kinds[def.type] : undefined
    if (kind === undefined) throw new TypeError(`There is no JSON for a schema of type ${def.type}`)
    return kind(def, codecOf, dialect)
  }
  return codecOf
}

export const ofJson: Dialect = {
  number: scalar("number", "an Integer"),
  boolean: scalar("boolean", "a Boolean"),
  blob,
  timestamp,
  mapText: textOfScalar,
  takesItem: () => true,
}

/** Derives a codec from a schema. Throws `TypeError` for a kind of schema that JSON cannot say. */
export const jsonCodecOf: CodecOf = codecsOf(ofJson)
