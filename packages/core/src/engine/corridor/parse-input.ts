import type * as z from "zod/mini"
import { findRow } from "../../operations/catalogue.js"
import type { Allocate } from "../../vocabulary/bytes.js"
import { limits } from "../../vocabulary/limits.js"
import { lowerFirst } from "../../vocabulary/lower-first.js"
import { invalidInput, unknownOperation } from "../../vocabulary/refusals/requests.js"
import type { Request } from "../subjects/inquiry.js"

type Issue = z.core.$ZodIssue

/** What a constraint says of each kind of bound, in the words of AWS. */
const boundWords = {
  string: "length",
  array: "length",
  number: "value",
  int: "value",
} as const

const bound = (issue: { origin: string }, comparison: string, limit: unknown): string => {
  const what = boundWords[issue.origin as keyof typeof boundWords] ?? "value"
  return `Member must have ${what} ${comparison} than or equal to ${limit}`
}

/** The text of a pattern as the AWS model has it. */
const patternText = (pattern: string | undefined): string =>
  (pattern ?? "").replace(/^\/(.*)\/\w*$/s, "$1").replace(/^\^\(\?:(.*)\)\$$/s, "$1")

/** Ours: a message that names more failures than a person reads helps nobody but an attacker. */
const failuresMax = 10

/** How the service words each kind of failed constraint. */
const constraints: { readonly [code: string]: (issue: never) => string } = {
  too_small: (issue: Extract<Issue, { code: "too_small" }>) =>
    bound(issue, "greater", issue.minimum),
  too_big: (issue: Extract<Issue, { code: "too_big" }>) => bound(issue, "less", issue.maximum),
  invalid_format: (issue: Extract<Issue, { code: "invalid_format" }>) =>
    `Member must satisfy regular expression pattern: ${patternText(issue.pattern)}`,
  invalid_value: (issue: Extract<Issue, { code: "invalid_value" }>) =>
    `Member must satisfy enum value set: [${issue.values.join(", ")}]`,
  invalid_type: (issue: Extract<Issue, { code: "invalid_type" }>) =>
    `Member must be of type ${issue.expected}`,
  custom: (issue: Extract<Issue, { code: "custom" }>) =>
    (issue.params?.["constraint"] as string | undefined) ?? "Member must be of type blob",
}

/** `Tags[0].TagKey` is `tags.1.member.tagKey`: lower camel case, list items counted from one. */
const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `${part + 1}.member` : lowerFirst(String(part))))
    .join(".")

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) {
      return undefined
    }
    value = (value as Readonly<Record<PropertyKey, unknown>>)[part]
  }
  return value
}

/** Failures that show the value which failed: those of text and numbers of the right type. */
const showing: readonly string[] = ["too_small", "too_big", "invalid_format", "invalid_value"]

/** Blobs may be secret, also as the wrong type; they and structures are not shown. */
const shown = (issue: Issue, value: unknown): string =>
  showing.includes(issue.code) && (typeof value === "string" || typeof value === "number")
    ? `Value '${shortened(String(value))}'`
    : "Value"

/** What is shown of a value: its beginning, where it is longer than anybody reads. */
const shortened = (text: string): string =>
  text.length <= limits.shownCharactersMax
    ? text
    : `${text.slice(0, limits.shownCharactersMax).toWellFormed()}...`

/** The bounds of JavaScript's integers say nothing that the bounds of the member do not. */
const isOfLanguage = (issue: Issue): boolean =>
  (issue.code === "too_big" && issue.maximum === Number.MAX_SAFE_INTEGER) ||
  (issue.code === "too_small" && issue.minimum === Number.MIN_SAFE_INTEGER)

function failure(issue: Issue, input: unknown): string {
  const value = valueAt(input, issue.path)
  const isMissing = value === undefined || value === null
  const subject = isMissing ? "Value null" : shown(issue, value)
  const word = constraints[issue.code] as ((issue: Issue) => string) | undefined
  const constraint = isMissing
    ? "Member must not be null"
    : (word?.(issue) ?? "Member must be valid")
  return `${subject} at '${pathText(issue.path)}' failed to satisfy constraint: ${constraint}`
}

/** As it is, whatever an object of a class of its own says of itself. */
const lengthOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  "length",
)?.get as (this: Uint8Array) => number

/** A blob as it is now: what the caller does to its bytes afterwards does not reach the call. */
function copied(value: unknown, allocate: Allocate): unknown {
  if (!ArrayBuffer.isView(value) || !(value instanceof Uint8Array)) return value
  const lengthBytes = lengthOf.call(value)
  // What is longer than any blob may be is refused and not copied.
  if (lengthBytes > limits.attestationDocumentBytesMax) return value
  const copy = allocate(lengthBytes)
  copy.set(value)
  return copy
}

const membersOfSchemas = new WeakMap<z.ZodMiniObject, readonly string[]>()

/** The members that a schema has, listed once. */
function membersOf(schema: z.ZodMiniObject): readonly string[] {
  const known = membersOfSchemas.get(schema)
  if (known !== undefined) return known
  const members = Object.keys(schema.shape)
  membersOfSchemas.set(schema, members)
  return members
}

/** Copies the members of the operation that the input itself has: nothing is inherited. */
function copyMembers(
  own: Record<string, unknown>,
  schema: z.ZodMiniObject,
  input: unknown,
  allocate: Allocate,
): void {
  if (typeof input !== "object" || input === null) return
  for (const member of membersOf(schema)) {
    if (Object.hasOwn(input, member)) {
      own[member] = copied((input as Record<string, unknown>)[member], allocate)
    }
  }
}

function attemptToParse<Schema extends z.ZodMiniObject>(
  schema: Schema,
  input: unknown,
  allocate: Allocate,
): { readonly parsed: z.output<Schema> } | { readonly failures: readonly string[] } {
  const own: Record<string, unknown> = {}
  try {
    copyMembers(own, schema, input, allocate)
    const result = schema.safeParse(own)
    if (result.success) return { parsed: result.data }
    const issues = result.error.issues.filter((issue) => !isOfLanguage(issue))
    return { failures: issues.slice(0, failuresMax).map((issue) => failure(issue, own)) }
  } catch {
    // Only an input that runs code of its own while it is read gets here.
    return {
      failures: ["Value at 'input' failed to satisfy constraint: Member must be readable"],
    }
  }
}

/**
 * Parses the input of a call, and copies its blobs: members that the operation does not have are
 * left out. Throws `ValidationException` with every failed constraint, as the service words them.
 */
function parseInput<Schema extends z.ZodMiniObject>(
  schema: Schema,
  input: unknown,
  allocate: Allocate,
): z.output<Schema> {
  const result = attemptToParse(schema, input, allocate)
  if ("parsed" in result) return result.parsed
  const { failures } = result
  const count =
    failures.length === 1 ? "1 validation error" : `${failures.length} validation errors`
  throw invalidInput({ count, failures: failures.join("; ") })
}

/** The operation and the input of a call, understood. Throws where there is none such. */
export function parseRequest(
  operation: string,
  input: unknown,
  allocate: Allocate,
): Pick<Request, "row" | "input"> {
  const row = findRow(operation)
  if (row === undefined) throw unknownOperation()
  return { row, input: parseInput(row.input(), input, allocate) }
}
