import { concatBytes, equalBytes } from "../../vocabulary/bytes.js"
import type { BulkKey } from "../cipher/bulk-cipher.js"
import { EnvelopeError } from "../envelope-error.js"
import { askToUnwrap } from "../keys/ask-keys.js"
import { partAad } from "../message/body.js"
import { deriveKeys } from "../message/derive-keys.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import { encodeContext } from "../message/encryption-context.js"
import { type EnvelopeHeader, envelopeHeader } from "../message/envelope-header.js"
import type { ParsedHeader } from "../message/header.js"
import type { Part } from "../message/read-body.js"
import {
  readVerificationKey,
  signatureTable,
  verificationKeyName,
  verifyDigest,
} from "../message/signatures.js"
import { checkDecrypts, type Settings } from "../settings.js"
import { type Expectation, type MessageContext, reconcileContext } from "./expected-context.js"

/** What verifies a signed message while it is read. */
export interface Verifier {
  update(bytes: Uint8Array): void
  /** Throws `EnvelopeError` with `authentication` unless the signature is genuine. */
  finish(signature: Uint8Array): void
}

/** A message whose header was verified, and whose body is to come. */
export interface Opening {
  readonly header: EnvelopeHeader
  readonly context: MessageContext
  readonly verifier: Verifier | undefined
  /** Verified plaintext; throws `EnvelopeError` with `authentication`. */
  openPart(part: Part): Uint8Array | Promise<Uint8Array>
  /** Wipes the keys. */
  close(): void
}

export const notGenuine = (): EnvelopeError =>
  new EnvelopeError("authentication", "the message is not genuine")

function createVerifier(
  { suite, storedContext }: ParsedHeader,
  { cipher }: Settings,
): Verifier | undefined {
  const { signature: scheme } = suite
  if (scheme === undefined) return undefined
  const key = readVerificationKey(scheme, storedContext[verificationKeyName] ?? "")
  if (key === undefined) {
    throw new EnvelopeError("malformed", "the verification key cannot be read")
  }
  const hash = cipher.hash(signatureTable[scheme].hash)
  return {
    update: (bytes) => hash.update(bytes),
    finish(signature) {
      if (!verifyDigest(scheme, hash.digest(), signature, key)) throw notGenuine()
    },
  }
}

/** The content key of a message, when its header is genuine. */
async function verifyHeader(
  { cipher }: Settings,
  { suite, messageId, commitment, body, iv, tag }: ParsedHeader,
  dataKey: Uint8Array,
  unstored: EncryptionContext,
): Promise<BulkKey> {
  const derived = deriveKeys(cipher, suite, messageId, dataKey)
  const { contentKey } = derived
  if (!equalBytes(derived.commitment, commitment)) {
    contentKey.fill(0)
    throw new EnvelopeError("commitment", "the message was not made with its data key")
  }
  const key = await cipher.key(contentKey)
  contentKey.fill(0)
  const aad = concatBytes(body, encodeContext(unstored))
  if ((await key.open(iv, aad, tag)) !== undefined) return key
  key.wipe()
  throw notGenuine()
}

/** Refuses or unwraps, and verifies the header. */
export async function startOpening(
  settings: Settings,
  parsed: ParsedHeader,
  expectation: Expectation,
): Promise<Opening> {
  const { keys, cipher, policy, requiredContext } = settings
  const { suite, storedContext, encryptedDataKeys, messageId } = parsed
  checkDecrypts(policy, suite)
  const context = reconcileContext(storedContext, expectation, requiredContext, suite)
  const verifier = createVerifier(parsed, settings)
  const request = { suite, context: context.all, encryptedDataKeys, cipher }
  const dataKey = await askToUnwrap(keys, request)
  let key: BulkKey
  try {
    key = await verifyHeader(settings, parsed, dataKey, context.unstored)
  } finally {
    dataKey.fill(0)
  }
  const genuine = (plaintext: Uint8Array | undefined): Uint8Array => {
    if (plaintext === undefined) throw notGenuine()
    return plaintext
  }
  return {
    header: envelopeHeader(parsed, context.all),
    context,
    verifier,
    openPart({ kind, sequence, iv, sealed }) {
      const aad = partAad(messageId, kind, sequence, sealed.length - 16)
      const opened = key.open(iv, aad, sealed)
      return opened instanceof Promise ? opened.then(genuine) : genuine(opened)
    },
    close: () => key.wipe(),
  }
}
