import { EnvelopeError } from "../envelope-error.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import { verificationKeyName } from "../message/signatures.js"
import type { AlgorithmSuite } from "../message/suites.js"

/** What a caller knows of the context of a message before it is opened. */
export interface Expectation {
  readonly context: EncryptionContext
  /** Whether the message may hold pairs that are not expected. */
  readonly acceptsOthers: boolean
}

export interface MessageContext {
  /** All pairs, stored or not, with the verification key: what the data key is bound to. */
  readonly all: EncryptionContext
  /** The pairs that only the header's tag authenticates. */
  readonly unstored: EncryptionContext
}

const nothing: EncryptionContext = Object.freeze({})

const unexpected = (): EnvelopeError =>
  new EnvelopeError("context", "the encryption context is not the one that was expected")

/** The verification key of a message that is signed, and of no other. */
function checkVerificationKey(stored: EncryptionContext, suite: AlgorithmSuite): void {
  const isThere = Object.hasOwn(stored, verificationKeyName)
  if (isThere === (suite.signature !== undefined)) return
  throw new EnvelopeError(
    "malformed",
    "the header has a verification key and no suite for it, or none",
  )
}

/**
 * Holds the pairs of a message against those that were expected, before any key is asked for.
 * Throws `EnvelopeError` with `context`.
 */
export function reconcileContext(
  stored: EncryptionContext,
  { context, acceptsOthers }: Expectation,
  requiredContext: readonly string[],
  suite: AlgorithmSuite,
): MessageContext {
  checkVerificationKey(stored, suite)
  for (const key of requiredContext) {
    if (Object.hasOwn(context, key)) continue
    throw new EnvelopeError("context", `the expected context lacks the required key ${key}`)
  }
  const unstored: [string, string][] = []
  for (const [key, value] of Object.entries(context)) {
    if (key === verificationKeyName) throw unexpected()
    if (Object.hasOwn(stored, key)) {
      if (stored[key] !== value) throw unexpected()
    } else if (requiredContext.includes(key)) unstored.push([key, value])
    else throw unexpected()
  }
  const isExpected = (key: string): boolean =>
    key === verificationKeyName || Object.hasOwn(context, key)
  if (!acceptsOthers && !Object.keys(stored).every(isExpected)) throw unexpected()
  if (unstored.length === 0) return { all: stored, unstored: nothing }
  return {
    all: Object.freeze(Object.fromEntries([...Object.entries(stored), ...unstored])),
    unstored: Object.freeze(Object.fromEntries(unstored)),
  }
}
