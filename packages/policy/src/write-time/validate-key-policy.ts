import { compileParsed } from "../compile/compile-document.js"
import type {
  GrammarProblem,
  NormalCondition,
  NormalDocument,
  NormalList,
  NormalStatement,
} from "../parse/normal-form.js"
import { parseDocument } from "../parse/parse-document.js"
import { missingElements } from "../parse/parse-statement.js"
import { placeOf } from "../parse/place.js"
import type { Place } from "../vocabulary/documents.js"
import { lowerAscii } from "../vocabulary/fold.js"
import { keyPolicyBytesMax } from "../vocabulary/limits.js"
import type { CompiledDocument } from "../vocabulary/opaque.js"
import { splitArn } from "../vocabulary/principal-arn.js"
import { findCharacterProblem, utf8Length } from "./policy-text.js"

type KeyPolicyErrorName = "MalformedPolicyDocumentException" | "LimitExceededException"

export interface KeyPolicyRefusal extends Partial<Place> {
  readonly ok: false
  readonly error: KeyPolicyErrorName
  readonly message: string
}

export type KeyPolicyValidation =
  | {
      readonly ok: true
      /** The policy, ready to be asked. */
      readonly document: CompiledDocument
    }
  | KeyPolicyRefusal

export interface KeyPolicyValidationOptions {
  /** The partition of the key, such as `aws`: no principal of another one is valid in it. */
  readonly partition?: string | undefined
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
 * What CreateKey, PutKeyPolicy and ReplicateKey check before a key policy is stored. A value, never
 * an exception.
 *
 * Source: AWS KMS Developer Guide, "Key policies".
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
  const problem = findCharacterProblem(text) ?? problems[0] ?? findProblem(document, options)
  if (problem === undefined && document !== undefined) {
    return { ok: true, document: compileParsed(document, "keyPolicy", text) }
  }
  const { code = "syntax", at = -1, path = "" } = problem ?? {}
  return {
    ok: false,
    error: "MalformedPolicyDocumentException",
    message: principalCodes.has(code) ? invalidPrincipalsMessage : sentence(problem),
    ...placeOf(text, at, path),
  }
}

/** What the language has, and yet no key policy that is written now. */
function findProblem(
  document: NormalDocument | undefined,
  options: KeyPolicyValidationOptions,
): GrammarProblem | undefined {
  const statements = document?.statements ?? []
  return (
    statements.map(findIncomplete).find((problem) => problem !== undefined) ??
    findOverPermissive(statements) ??
    findInvalidPrincipal(statements, options)
  )
}

/**
 * A statement that does nothing. Policies that were stored before are asked as ever.
 *
 * Source: AWS's notice that key policy statements need both elements from 18 August 2025 on.
 */
function findIncomplete(statement: NormalStatement): GrammarProblem | undefined {
  const { action, resource } = statement
  const isEmpty = (list: NormalList | undefined) => list?.values.length === 0
  const [missing] = missingElements({
    ...statement,
    action: isEmpty(action) ? undefined : action,
    resource: isEmpty(resource) ? undefined : resource,
  })
  return missing
}

const sentence = (problem: GrammarProblem | undefined) =>
  `The key policy is malformed: ${problem?.message ?? "it cannot be read"}.`

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

function findInvalidPrincipal(
  statements: readonly NormalStatement[],
  { partition, principalExists = () => true }: KeyPolicyValidationOptions,
): GrammarProblem | undefined {
  const principals = statements.flatMap(({ principal }) => principal ?? [])
  const isForeign = (value: string) =>
    partition !== undefined && (splitArn(value)?.partition ?? partition) !== partition
  const invalid =
    principals.find(({ hasEmptyList }) => hasEmptyList) ??
    principals
      .flatMap(({ entries }) => entries)
      .find(
        ({ kind, value }) =>
          isForeign(value) || (kind === "AWS" && value !== "*" && !principalExists(value)),
      )
  if (invalid === undefined) return undefined
  const { at, path } = invalid
  return { code: "invalidPrincipal", message: "a principal does not exist", at, path }
}
