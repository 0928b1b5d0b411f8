import { type AnyRow, catalogue, errorTable, type OperationName } from "@keywright/core"
import { commonErrors } from "@keywright/core/testing"
import { readExamples } from "./examples.js"
import { code, codeList } from "./markdown.js"
import { wordsOf } from "./member-words.js"
import { errorsOf } from "./operation-errors.js"
import { actionsOf, awsPageOf } from "./operations-page.js"
import { readPurposes } from "./purposes.js"
import {
  comment,
  createTypePrinter,
  lineCharactersMax,
  structureNameOf,
  type TypePrinter,
} from "./schema-types.js"
import { innerOf, isOptional, membersOf, type Schema, schemaBounds } from "./schema-words.js"

/*
 * The interface of a client, printed from the catalogue, so that an editor tells what a method is
 * for, what it takes, and how it is refused. Comments are in declarations alone: what a program
 * loads has none of them.
 */

interface Operation {
  readonly name: OperationName
  readonly row: AnyRow
  readonly input: Schema
  readonly reply: Schema
}

const operations: readonly Operation[] = Object.entries(catalogue)
  .map(([name, row]) => [name as OperationName, row as AnyRow] as const)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, row]) => ({
    name,
    row,
    input: row.input() as unknown as Schema,
    reply: row.reply() as unknown as Schema,
  }))

const isEmpty = (schema: Schema): boolean => membersOf(schema).length === 0
const mayBeLeftOut = ({ input }: Operation): boolean =>
  membersOf(input).every(([, member]) => isOptional(member))

const inputType = ({ name }: Operation): string => `${name}Input`
const replyType = ({ name, reply }: Operation): string =>
  isEmpty(reply) ? "Record<never, never>" : `${name}Reply`
const sealedType = ({ name, row: { recipient } }: Operation): string =>
  `SealedReply<${name}Reply, "${recipient}">`

/** The type of what a list has many of; of an operation that answers in pages. */
function itemType({ reply }: Operation): string | undefined {
  const members = membersOf(reply)
  if (!members.some(([name]) => name === "NextMarker")) return undefined
  const [name, list] = members.find(([, member]) => elementOf(member) !== undefined) ?? []
  if (name === undefined || list === undefined) return undefined
  return elementOf(list)?._zod.def.type === "object" ? structureNameOf(name) : "string"
}

const elementOf = (schema: Schema): Schema | undefined => innerOf(schema)._zod.def.element

const members = (all: readonly (readonly [string, Schema])[]): string =>
  all
    .map(([name, member]) => {
      const limits = schemaBounds(member)
      return limits === undefined ? code(name) : `${code(name)} (${limits})`
    })
    .join(", ")

/** What an input takes, or a reply answers, in a line. */
function membersLine(verb: string, schema: Schema, otherwise: string): string {
  const all = membersOf(schema)
  const needed = members(all.filter(([, member]) => !isOptional(member)))
  const open = members(all.filter(([, member]) => isOptional(member)))
  if (needed === "") return open === "" ? `${verb} nothing.` : `${verb}, ${otherwise}: ${open}.`
  return open === "" ? `${verb} ${needed}.` : `${verb} ${needed}; ${otherwise}: ${open}.`
}

/** What is said of operations where they are written. */
interface Said {
  readonly purposeOf: ReturnType<typeof readPurposes>
  readonly exampleOf: ReturnType<typeof readExamples>
}

function methodComment({ name, row, input, reply }: Operation, said: Said): readonly string[] {
  return [
    ...said.purposeOf(name).flatMap((paragraph) => [paragraph, ""]),
    membersLine("Takes", input, "if wanted"),
    "",
    membersLine("Answers", reply, "depending on the call"),
    "",
    `Needs the permission ${codeList(actionsOf(row))}.`,
    "",
    `@throws {KmsError} ${codeList(errorsOf(name))}.`,
    `@see ${awsPageOf(name)}`,
    "@example",
    "```ts",
    ...said.exampleOf(name),
    "```",
  ]
}

const methodName = ({ name }: Operation): string => name.charAt(0).toLowerCase() + name.slice(1)

/** A type and its arguments, in the form of the formatter. */
function applied(type: string, given: readonly string[], before: string): string {
  const short = `${type}<${given.join(", ")}>`
  if (before.length + short.length <= lineCharactersMax) return short
  return `${type}<\n${given.map((one) => `    ${one}`).join(",\n")}\n  >`
}

const promise = (reply: string): string =>
  reply.startsWith("Record") ? "Promise<ReplyMetadata>" : `Promise<${reply} & ReplyMetadata>`

/** A way to call a method; in the form of the formatter, which breaks what is long. */
function signature(input: string, mark: ":" | " =>", reply: string, before: string): string {
  const short = `(${input})${mark} ${promise(reply)}`
  if (before.length + short.length <= lineCharactersMax) return short
  const indent = /^ */.exec(before)?.[0] ?? ""
  return `(\n${indent}  ${input},\n${indent})${mark} ${promise(reply)}`
}

/** The ways to call a method that answers a recipient otherwise. */
function sealingWays(operation: Operation): readonly (readonly [string, string])[] {
  const [input, reply] = [inputType(operation), replyType(operation)]
  const sealed = `${operation.name}SealedReply`
  const open = mayBeLeftOut(operation) ? "input?" : "input"
  return [
    [`${open}: ${input} & { readonly Recipient?: undefined }`, reply],
    [`input: ${input} & { readonly Recipient: object }`, sealed],
    [`input: ${input}`, `(${reply} | ${sealed})`],
  ]
}

/** A method that can be called in several ways, with the comment on the first of them. */
function overloaded(head: string, lines: readonly string[], ways: ReturnType<typeof sealingWays>) {
  const indent = "    "
  const texts = ways.map(([input, reply]) => indent + signature(input, ":", reply, indent))
  return [`${head}{`, comment(lines, indent), ...texts, "  }"].join("\n")
}

function method(operation: Operation, said: Said): string {
  const head = `  readonly ${methodName(operation)}: `
  const lines = methodComment(operation, said)
  const [input, reply] = [inputType(operation), replyType(operation)]
  if (operation.row.recipient !== undefined) {
    return overloaded(head, lines, sealingWays(operation))
  }
  const item = itemType(operation)
  if (item === undefined && mayBeLeftOut(operation)) {
    return overloaded(head, lines, [
      ["", reply],
      [`input: ${input}`, reply],
    ])
  }
  const type =
    item === undefined
      ? signature(`input: ${input}`, " =>", reply, head)
      : applied("ListMethod", [input, reply, item], head)
  return `${comment(lines, "  ")}\n${head}${type}`
}

function callEntry(operation: Operation): string {
  const sealed =
    operation.row.recipient === undefined ? [] : [`sealed: ${operation.name}SealedReply`]
  const entries = [`input: ${inputType(operation)}`, `reply: ${replyType(operation)}`, ...sealed]
  return `  ${operation.name}: {\n${entries.map((entry) => `    ${entry}`).join("\n")}\n  }`
}

/** The types of one operation's input and reply. */
function declareTypes(printer: TypePrinter, operation: Operation): void {
  printer.structure(inputType(operation), operation.input, false)
  if (!isEmpty(operation.reply)) printer.structure(replyType(operation), operation.reply, true)
}

const sealedTypes = (): readonly string[] =>
  operations
    .filter(({ row }) => row.recipient !== undefined)
    .map((operation) => `type ${operation.name}SealedReply = ${sealedType(operation)}`)

const head = `/*
 * Printed from the catalogue by \`npm run reference\`; do not edit.
 */

import type { ListMethod, ReplyMetadata, SealedReply } from "./client-methods.js"`

const clientComment = (): readonly string[] => [
  "The client of one caller, with a method for each operation.",
  "",
  "Each method says by which errors its call is refused. Any call may besides be refused by these:",
  "",
  ...commonErrors.map((name) => `@throws {KmsError} ${code(name)}: ${errorTable[name].meaning}.`),
  "@see https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html",
]

/** `packages/core/src/client-interface.ts`. */
export function clientInterface(): string {
  const printer = createTypePrinter(wordsOf)
  for (const operation of operations) declareTypes(printer, operation)
  const calls = `export interface Calls {\n${operations.map(callEntry).join("\n")}\n}`
  const said = { purposeOf: readPurposes(), exampleOf: readExamples() }
  const methods = operations.map((operation) => method(operation, said)).join("\n\n")
  return [
    head,
    ...printer.declarations(),
    ...sealedTypes(),
    `${comment(["What the operations take and answer, by their names."])}\n${calls}`,
    `${comment(clientComment())}\nexport interface KmsClient {\n${methods}\n}`,
  ]
    .join("\n\n")
    .concat("\n")
}
