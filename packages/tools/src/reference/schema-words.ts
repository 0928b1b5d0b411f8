/** As much of a zod schema as is read here. */
export interface Schema {
  readonly _zod: { readonly def: Definition }
  safeParse(value: unknown): { readonly error?: { readonly issues: readonly Bound[] } | undefined }
}

interface Bound {
  readonly code: string
  readonly minimum?: number
  readonly maximum?: number
}

interface CheckDefinition {
  readonly check?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly value?: number
  readonly pattern?: RegExp
}

export interface Definition {
  readonly type: string
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[]
  readonly innerType?: Schema
  readonly element?: Schema
  readonly out?: Schema
  readonly entries?: Readonly<Record<string, string>>
  readonly shape?: Readonly<Record<string, Schema>>
}

const number = new Intl.NumberFormat("en-US")

/** `1 to 4,096 bytes`, `at most 10`, `at least 1 character`; nothing without bounds. */
function range(min: number | undefined, max: number | undefined, unit = ""): string | undefined {
  const text = (value: number): string => number.format(value)
  const counted = (value: number): string => {
    const plural = value === 1 || unit === "" ? unit : `${unit}s`
    return plural === "" ? text(value) : `${text(value)} ${plural}`
  }
  if (min !== undefined && min === max) return counted(min)
  if (min && max !== undefined) return `${text(min)} to ${counted(max)}`
  if (max !== undefined) return `at most ${counted(max)}`
  return min ? `at least ${counted(min)}` : undefined
}

const boundsOf = ({ checks = [] }: Definition): CheckDefinition =>
  Object.assign(
    {},
    ...checks.map(({ _zod }) => {
      const { check, minimum, maximum, value, pattern } = _zod.def
      if (check === "greater_than") return { minimum: value }
      if (check === "less_than") return { maximum: value }
      return {
        ...(minimum === undefined ? {} : { minimum }),
        ...(maximum === undefined ? {} : { maximum }),
        ...(pattern === undefined ? {} : { pattern }),
      }
    }),
  )

const sentence = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined).join(", ")

/** A pattern as the service writes it, safe inside a table. */
const patternWords = (pattern: RegExp | undefined): string | undefined =>
  pattern && `matching \`${pattern.source.replaceAll("|", "\\|").replaceAll("`", "'")}\``

/** What the checks of a blob say, asked by giving it too little and too much. */
function blobBounds(schema: Schema): string | undefined {
  const bound = (lengthBytes: number) =>
    schema.safeParse(new Uint8Array(lengthBytes)).error?.issues[0] ?? { code: "" }
  const { minimum } = bound(0)
  const { maximum } = bound(4_000_000)
  return range(minimum, maximum, "byte")
}

function textBounds(definition: Definition): string | undefined {
  const { minimum, maximum } = boundsOf(definition)
  return range(minimum, maximum, "character")
}

function numberBounds(definition: Definition): string | undefined {
  const { minimum, maximum } = boundsOf(definition)
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return isBounded ? range(minimum, maximum) : undefined
}

function listBounds(definition: Definition): string | undefined {
  const { minimum, maximum } = boundsOf(definition)
  return range(minimum, maximum, "item")
}

const codes = (values: readonly string[]): string => values.map((text) => `\`${text}\``).join(", ")

/** A structure with more members is only listed. */
const describedMembersMax = 5

/** One function for each kind of schema in the catalogue; a kind that is not here is an error. */
const kinds: Readonly<Record<string, (schema: Schema, definition: Definition) => string>> = {
  boolean: () => "boolean",
  date: () => "time",
  custom: (schema) => sentence("blob", blobBounds(schema)),
  string: (_, definition) =>
    sentence("text", textBounds(definition), patternWords(boundsOf(definition).pattern)),
  number: (_, definition) => sentence("integer", numberBounds(definition)),
  enum: (_, { entries = {} }) => codes(Object.values(entries)),
  array: (_, definition) => {
    const item = definition.element === undefined ? "" : schemaWords(definition.element)
    return `${sentence("list", listBounds(definition))} of: ${item}`
  },
  object: (_, { shape = {} }) => {
    const members = Object.entries(shape)
    if (members.length > describedMembersMax) return codes(members.map(([name]) => name))
    return members.map(([name, member]) => `\`${name}\` (${schemaWords(member)})`).join(", ")
  },
  record: () => "map of text to text",
  optional: (_, { innerType }) => (innerType === undefined ? "" : schemaWords(innerType)),
  pipe: (_, { out }) => (out === undefined ? "" : schemaWords(out)),
}

/** What a schema admits, in a few words. Throws for a kind of schema that has no words here. */
export function schemaWords(schema: Schema): string {
  const { def } = schema._zod
  const words = kinds[def.type]
  if (words === undefined) throw new Error(`no words for a schema of type ${def.type}`)
  return words(schema, def)
}

/** What is under `optional`. */
export function innerOf(schema: Schema): Schema {
  const { innerType, out } = schema._zod.def
  const inner = innerType ?? out
  return inner === undefined ? schema : innerOf(inner)
}

const bounds: Readonly<Record<string, (schema: Schema) => string | undefined>> = {
  custom: blobBounds,
  string: ({ _zod: { def } }) => textBounds(def),
  number: ({ _zod: { def } }) => numberBounds(def),
  array: ({ _zod: { def } }) => listBounds(def),
}

/** The limits of a schema with their unit, where it has any: `1 to 4,096 bytes`. */
export function schemaBounds(schema: Schema): string | undefined {
  const inner = innerOf(schema)
  return bounds[inner._zod.def.type]?.(inner)
}

export const isOptional = (schema: Schema): boolean => schema._zod.def.type === "optional"

/** The members of an object schema, in their order. */
export const membersOf = (schema: Schema): readonly (readonly [string, Schema])[] =>
  Object.entries(schema._zod.def.shape ?? {})
