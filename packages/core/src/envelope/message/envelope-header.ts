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

/** The pairs without the verification key, which stay as they are. */
export function callersContext(context: EncryptionContext): EncryptionContext {
  if (Object.isFrozen(context) && !Object.hasOwn(context, verificationKeyName)) return context
  const pairs = Object.entries(context).filter(([key]) => key !== verificationKeyName)
  return Object.freeze(Object.fromEntries(pairs))
}

/** What is handed out is the caller's to change, and a message may be in work. */
const copyOfKey = ({ providerId, providerInfo, ciphertext }: EncryptedDataKey): EncryptedDataKey =>
  Object.freeze({
    providerId,
    providerInfo: providerInfo.slice(),
    ciphertext: ciphertext.slice(),
  })

/** `context` are all pairs, stored or not. */
export const envelopeHeader = (
  { suite, messageId, encryptedDataKeys, frameBytes }: HeaderFields,
  context: EncryptionContext,
): EnvelopeHeader =>
  Object.freeze({
    messageVersion: suite.messageVersion,
    suite: suite.name,
    messageId: messageId.slice(),
    context: callersContext(context),
    encryptedDataKeys: Object.freeze(encryptedDataKeys.map(copyOfKey)),
    frameBytes,
  })
