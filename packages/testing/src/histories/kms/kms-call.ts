import type { Operation } from "../history.js"

/** One call of the API, as a history has it. */
export interface KmsCall {
  /** The AWS name, for example `DisableKey`. */
  readonly operation: string
  /** Who asked, by ARN; for models that know who may do what. */
  readonly caller?: string | undefined
  readonly input: Members
}

/** The reply by its AWS members, or the name of the refusal. */
export type KmsReply = { readonly output: Members } | { readonly error: string }

export type KmsOperation = Operation<KmsCall, KmsReply>

/** Members of an input or an output, by their AWS names. */
export type Members = Readonly<Record<string, unknown>>

/**
 * Refusals that KMS decides upon before it does anything. After any other error, nobody knows
 * whether the call has taken effect.
 *
 * Source: AWS KMS API Reference, the errors of its operations and the common errors.
 */
export const certainRefusals: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "AlreadyExistsException",
  "DisabledException",
  "InvalidArnException",
  "InvalidCiphertextException",
  "InvalidGrantIdException",
  "InvalidKeyUsageException",
  "IncorrectKeyException",
  "KMSInvalidStateException",
  "LimitExceededException",
  "MalformedPolicyDocumentException",
  "NotFoundException",
  "TagException",
  "ThrottlingException",
  "UnsupportedOperationException",
  "ValidationException",
])

/** A member that is a string; anything else is as if it were not there. */
export function textIn(members: Members | undefined, name: string): string | undefined {
  const value = members?.[name]
  return typeof value === "string" ? value : undefined
}

/** The key id, or the alias, of what names a key: an id, an ARN, an alias or its ARN. */
export const nameOf = (named: string): string => named.replace(/^arn:.*?:(?:key\/|(?=alias\/))/, "")
