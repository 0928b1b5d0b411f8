import { EnvelopeError } from "../envelope-error.js"
import { askToWrap } from "../keys/ask-keys.js"
import type { DataKeyTerms, KeySource, WrappedDataKey, WrapRequest } from "../keys/key-source.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import { newSigningPair, verificationKeyName } from "../message/signatures.js"

/** Keys that begin so belong to the format. Source: client-apis/encrypt.md. */
export const reservedPrefix = "aws-crypto-"

/**
 * Throws `EnvelopeError` with `context` for a pair that a caller may not set, and for a required
 * one that is missing.
 */
export function checkEncryptionContext(
  context: EncryptionContext,
  requiredContext: readonly string[],
): void {
  for (const key of Object.keys(context)) {
    if (key.startsWith(reservedPrefix)) {
      throw new EnvelopeError("context", `keys of a context may not begin with ${reservedPrefix}`)
    }
  }
  for (const key of requiredContext) {
    if (Object.hasOwn(context, key)) continue
    throw new EnvelopeError("context", `the encryption context lacks the required key ${key}`)
  }
}

/** Asks a source to wrap under the terms of a new message, made when it first asks for them. */
export async function askUnderNewTerms(
  keys: KeySource,
  request: Omit<WrapRequest, "terms">,
): Promise<WrappedDataKey> {
  const { suite, context, entropy } = request
  let made: DataKeyTerms | undefined
  const make = (): DataKeyTerms => {
    if (suite.signature === undefined) return { context, signingKey: undefined }
    const { signingKey, verificationKey } = newSigningPair(suite.signature, entropy)
    return { context: { ...context, [verificationKeyName]: verificationKey }, signingKey }
  }
  const terms = (): DataKeyTerms => {
    made ??= make()
    return made
  }
  try {
    return await askToWrap(keys, { ...request, terms })
  } catch (error) {
    made?.signingKey?.fill(0)
    throw error
  }
}

const nothing: EncryptionContext = Object.freeze({})

/** Splits the pairs into those that are stored and those that are only authenticated. */
export function splitContext(
  context: EncryptionContext,
  requiredContext: readonly string[],
): { readonly stored: EncryptionContext; readonly unstored: EncryptionContext } {
  if (requiredContext.length === 0) return { stored: context, unstored: nothing }
  const isRequired = ([key]: [string, string]): boolean => requiredContext.includes(key)
  const pairs = Object.entries(context)
  return {
    stored: Object.fromEntries(pairs.filter((pair) => !isRequired(pair))),
    unstored: Object.fromEntries(pairs.filter(isRequired)),
  }
}
