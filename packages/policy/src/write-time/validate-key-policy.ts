import type { GrammarProblem, NormalCondition, NormalStatement } from "../parse/normal-form.js"
import { parseDocument } from "../parse/parse-document.js"
import { placeOf } from "../parse/place.js"
import type { Place } from "../vocabulary/documents.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { keyPolicyBytesMax } from "../vocabulary/limits.js"
import { findCharacterProblem, utf8Length } from "./policy-text.js"

type KeyPolicyErrorName = "MalformedPolicyDocumentException" | "LimitExceededException"

export interface KeyPolicyRefusal extends Partial<Place> {
  readonly ok: false
  readonly error: KeyPolicyErrorName
  readonly message: string
}

export type KeyPolicyValidation = { readonly ok: true } | KeyPolicyRefusal

export interface KeyPolicyValidationOptions {
  /** Says whether an `AWS` principal exists; without it every well-formed one is taken to. */
  readonly principalExists?: ((principal: string) => boolean) | undefined
}

/** AWS's own text for any principal that is malformed or unknown. */
const invalidPrincipalsMessage = "Policy contains a statement with one or more invalid principals."

const principalCodes: ReadonlySet<string> = new Set([
  "invalidPrincipal",
  "partialWildcardPrincipal",
])

/**
 * What CreateKey, PutKeyPolicy and ReplicateKey check before a key policy is stored (KMS Developer
 * Guide, "Key policies"). A value, never an exception.
 */
export function validateKeyPolicy(
  text: string,
  options: KeyPolicyValidationOptions = {},
): KeyPolicyValidation {
  if (utf8Length(text) > keyPolicyBytesMax) {
    const message = `The key policy exceeds the limit of ${keyPolicyBytesMax} bytes.`
    return { ok: false, error: "LimitExceededException", message }
  }
  const { document, problems } = parseDocument(text, "keyPolicy")
  const problem =
    findCharacterProblem(text) ??
    problems[0] ??
    findOverPermissive(document?.statements ?? []) ??
    findUnknownPrincipal(document?.statements ?? [], options)
  if (problem === undefined) return { ok: true }
  return {
    ok: false,
    error: "MalformedPolicyDocumentException",
    message: principalCodes.has(problem.code) ? invalidPrincipalsMessage : sentence(problem),
    ...placeOf(text, problem.at, problem.path),
  }
}

function sentence(problem: GrammarProblem): string {
  return `The key policy is malformed: ${problem.message}.`
}

const singleValuedFamilies = ["kms:encryptioncontext:", "aws:requesttag/"]

/** ForAllValues also holds when the single value is missing, so KMS refuses it. */
function findOverPermissive(statements: readonly NormalStatement[]): GrammarProblem | undefined {
  const isOverPermissive = ({ quantifier, key }: NormalCondition) =>
    quantifier === "ForAllValues" &&
    singleValuedFamilies.some((family) => lowerAscii(key).startsWith(family))
  const condition = statements.flatMap((statement) => statement.conditions).find(isOverPermissive)
  if (condition === undefined) return undefined
  const { at, path, key } = condition
  const message = `OverlyPermissiveCondition, \`ForAllValues\` with the single-valued \`${key}\``
  return { code: "overlyPermissiveCondition", message, at, path }
}

function findUnknownPrincipal(
  statements: readonly NormalStatement[],
  { principalExists }: KeyPolicyValidationOptions,
): GrammarProblem | undefined {
  if (principalExists === undefined) return undefined
  const unknown = statements
    .flatMap((statement) => statement.principal?.entries ?? [])
    .find(({ kind, value }) => kind === "AWS" && value !== "*" && !principalExists(value))
  if (unknown === undefined) return undefined
  const { at, path } = unknown
  return { code: "invalidPrincipal", message: "the principal does not exist", at, path }
}
