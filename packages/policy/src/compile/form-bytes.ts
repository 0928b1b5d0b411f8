import type { Language } from "../operators/operator.js"
import type { NormalCondition, NormalDocument, NormalStatement } from "../parse/normal-form.js"

/*
 * What a compiled document takes of the heap, from above. Measured on V8 with documents of many
 * small parts, which are the worst: a test fills a compiler with each of them.
 */

const documentBytes = 1_200
const statementBytes = 1_600
const conditionBytes = 700
/** A name in a set, with its text. */
const nameBytes = 160
/** A pattern without wildcards, and each wildcard in it. */
const patternBytes = 420
const wildcardBytes = 180

/** One value of a condition, by what it stands for. */
const valueBytes: { readonly [language in Language]: number } = {
  text: nameBytes,
  glob: patternBytes,
  arn: 6 * patternBytes,
  boolean: nameBytes,
  number: 420,
  date: 120,
  address: 700,
  bytes: nameBytes,
  none: patternBytes,
}

/** One character of text in two bytes. */
const textBytes = (text: string) => 2 * text.length

export const brokenBytes = (text: string): number => documentBytes + textBytes(text)

export function formBytes({ statements }: NormalDocument, text: string): number {
  let bytes = documentBytes + textBytes(text)
  for (const statement of statements) bytes += bytesOfStatement(statement)
  return bytes
}

function bytesOfStatement({ action, resource, principal, conditions }: NormalStatement): number {
  let bytes = statementBytes + nameBytes * (principal?.entries.length ?? 0)
  for (const { value } of action?.values ?? []) bytes += bytesOfPattern(value)
  for (const { value } of resource?.values ?? []) bytes += 2 * bytesOfPattern(value)
  for (const condition of conditions) bytes += bytesOfCondition(condition)
  return bytes
}

function bytesOfCondition({ key, values, row }: NormalCondition): number {
  let bytes = conditionBytes + textBytes(key)
  for (const { value } of values) {
    bytes += valueBytes[row.language] + wildcardBytes * marksIn(value) + textBytes(value)
  }
  return bytes
}

const bytesOfPattern = (value: string) =>
  patternBytes + wildcardBytes * marksIn(value) + textBytes(value)

/** Wildcards, variables and the colons at which ARNs are cut. */
function marksIn(value: string): number {
  let marks = 0
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at)
    if (code === 0x2a || code === 0x3f || code === 0x24) marks += 1
  }
  return marks
}
