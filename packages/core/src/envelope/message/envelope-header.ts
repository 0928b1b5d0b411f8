import type { EncryptedDataKey } from "./encrypted-data-key.js"
import type { EncryptionContext } from "./encryption-context.js"
import type { HeaderFields } from "./header.js"
import { verificationKeyName } from "./signatures.js"
import type { SuiteName } from "./suites.js"

/** What the caller is told of a message: its header, once it was verified. */
export interface EnvelopeHeader {
  readonly messageVersion: 1 | 2
  readonly suite: SuiteName
  readonly messageId: Uint8Array
  /** All pairs that were authenticated, stored or not; the verification key is left out. */
  readonly context: EncryptionContext
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
  /** Of the plaintext in a frame; `undefined` when the body is not framed. */
  readonly frameBytes: number | undefined
}

/** The pairs without the verification key. */
export const callersContext = (context: EncryptionContext): EncryptionContext =>
  Object.freeze(
    Object.fromEntries(Object.entries(context).filter(([key]) => key !== verificationKeyName)),
  )

/** `context` are all pairs, stored or not. */
export const envelopeHeader = (
  { suite, messageId, encryptedDataKeys, frameBytes }: HeaderFields,
  context: EncryptionContext,
): EnvelopeHeader =>
  Object.freeze({
    messageVersion: suite.messageVersion,
    suite: suite.name,
    messageId,
    context: callersContext(context),
    encryptedDataKeys,
    frameBytes,
  })
