import { innerOf, isOptional, membersOf, type Schema, schemaBounds } from "./schema-words.js"

/*
 * The TypeScript of schemas: a type for each structure, with a comment above each member.
 */

/** Structures, by the members that hold them; the names are those of the AWS SDK. */
const structureNames: Readonly<Record<string, string>> = {
  Aliases: "AliasListEntry",
  Constraints: "GrantConstraints",
  CustomKeyStores: "CustomKeyStoresListEntry",
  Grants: "GrantListEntry",
  KeyLastUsage: "KeyLastUsageData",
  KeyMetadata: "KeyMetadata",
  Keys: "KeyListEntry",
  MultiRegionConfiguration: "MultiRegionConfiguration",
  PrimaryKey: "MultiRegionKey",
  Recipient: "RecipientInfo",
  ReplicaKeyMetadata: "KeyMetadata",
  ReplicaKeys: "MultiRegionKey",
  ReplicaTags: "Tag",
  Rotations: "RotationsListEntry",
  Tags: "Tag",
  XksKeyConfiguration: "XksKeyConfigurationType",
  XksProxyAuthenticationCredential: "XksProxyAuthenticationCredentialType",
  XksProxyConfiguration: "XksProxyConfigurationType",
}

/** Closed sets whose member has not the name of what it holds. */
const setNames: Readonly<Record<string, string>> = {
  EncryptionAlgorithms: "EncryptionAlgorithm",
  KeyAgreementAlgorithms: "KeyAgreementAlgorithm",
  MacAlgorithms: "MacAlgorithm",
  Operation: "TrackedOperation",
  Operations: "GrantOperation",
  SigningAlgorithms: "SigningAlgorithm",
}

/** The name of the structure that a member holds one or many of. */
export function structureNameOf(member: string): string {
  const name = structureNames[member]
  if (name === undefined) throw new Error(`the structure of ${member} has no name`)
  return name
}

/** Smaller sets are written where they are used. */
const namedValuesMin = 4

/** As the formatter has it. */
export const lineCharactersMax = 100

/** Text in lines of at most so many characters. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(" ")) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** The lines of a comment, in their width; code is left as it is. */
function bodyOf(lines: readonly string[], width: number): readonly string[] {
  let isCode = false
  return lines.flatMap((line) => {
    const isFence = line.startsWith("```")
    if (isFence) isCode = !isCode
    return isFence || isCode ? [line] : wrapped(line, width)
  })
}

/** A comment for editors: in one line if it fits into one. */
export function comment(lines: readonly string[], indent = ""): string {
  const [only = ""] = lines
  const short = `${indent}/** ${only} */`
  if (lines.length === 1 && short.length <= lineCharactersMax) return short
  const body = bodyOf(lines, lineCharactersMax - indent.length - " * ".length)
  const starred = body.map((line) => `${indent} * ${line}`.trimEnd())
  return [`${indent}/**`, ...starred, `${indent} */`].join("\n")
}

/** A union, in the form that the formatter gives it. */
function unionOf(name: string, values: readonly string[]): string {
  const line = `type ${name} = ${values.join(" | ")}`
  if (line.length <= lineCharactersMax) return line
  return `type ${name} =\n${values.map((value) => `  | ${value}`).join("\n")}`
}

/** What is said of a member, besides its limits. */
export type Say = (owner: string, member: string, isAnswered: boolean) => string

export interface TypePrinter {
  /** Declares a structure and answers its name. Throws when another one has that name. */
  structure(name: string, schema: Schema, isAnswered: boolean): string
  /** Everything that was declared: closed sets first, and nothing before what it is made of. */
  declarations(): readonly string[]
}

export function createTypePrinter(say: Say): TypePrinter {
  const sets = new Map<string, string>()
  const structures = new Map<string, string>()

  function setType(member: string, values: readonly string[]): string {
    const text = values.map((value) => JSON.stringify(value))
    const union = text.join(" | ")
    const known = sets.get(union)
    if (known !== undefined) return known
    const name = setNames[member] ?? member
    if (values.length < namedValuesMin || [...sets.values()].includes(name)) return union
    sets.set(union, name)
    return name
  }

  function listType(member: string, element: Schema, isAnswered: boolean): string {
    const item = typeOf(member, element, isAnswered)
    return item.includes(" ") ? `(${item})[]` : `${item}[]`
  }

  function typeOf(member: string, schema: Schema, isAnswered: boolean): string {
    const { type, entries = {}, element } = schema._zod.def
    if (type === "enum") return setType(member, Object.values(entries))
    if (type === "array" && element) return listType(member, element, isAnswered)
    if (type === "object") return structure(structureNameOf(member), schema, isAnswered)
    const simple = simpleTypes[type]
    if (simple === undefined) throw new Error(`no type for a schema of type ${type}`)
    return simple
  }

  function memberOf(owner: string, member: string, schema: Schema, isAnswered: boolean): string {
    const type = typeOf(member, innerOf(schema), isAnswered)
    const limits = schemaBounds(schema)
    const words = say(owner, member, isAnswered)
    const text = limits === undefined ? words : `${words} ${upperFirst(limits)}.`
    const declared = isOptional(schema) ? `${member}?: ${type} | undefined` : `${member}: ${type}`
    return `${comment([text], "  ")}\n  ${declared}`
  }

  function structure(name: string, schema: Schema, isAnswered: boolean): string {
    const members = membersOf(schema).map(([member, inner]) =>
      memberOf(name, member, inner, isAnswered),
    )
    const text = `type ${name} = {\n${members.join("\n")}\n}`
    const known = structures.get(name)
    if (known !== undefined && known !== text) throw new Error(`${name} is two structures`)
    structures.set(name, text)
    return name
  }

  return {
    structure,
    declarations: () => [
      ...[...sets].map(([union, name]) => unionOf(name, union.split(" | "))),
      ...structures.values(),
    ],
  }
}

const simpleTypes: Readonly<Record<string, string>> = {
  boolean: "boolean",
  custom: "Uint8Array",
  date: "Date",
  number: "number",
  record: "Record<string, string>",
  string: "string",
}

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
