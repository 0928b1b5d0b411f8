import { equalBytes } from "../../vocabulary/bytes.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { BulkKey } from "../cipher/bulk-cipher.js"
import { EnvelopeError } from "../envelope-error.js"
import { askToUnwrap } from "../keys/ask-keys.js"
import { partAad } from "../message/body.js"
import { deriveKeys, openAndWipe } from "../message/derive-keys.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import { type EnvelopeHeader, envelopeHeader } from "../message/envelope-header.js"
import { headerAad, type ParsedHeader } from "../message/header.js"
import { tagBytes } from "../message/limits.js"
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
  readonly verifier: Verifier | undefined
  /** Verified plaintext; throws `EnvelopeError` with `authentication`. */
  openPart(part: Part): Eventually<Uint8Array>
  /** Wipes the keys. */
  close(): void
}

const notGenuine = (): EnvelopeError =>
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
  const key = await openAndWipe(cipher, contentKey)
  try {
    if ((await key.open(iv, headerAad(body, unstored), tag)) !== undefined) return key
    throw notGenuine()
  } catch (error) {
    key.wipe()
    throw error
  }
}

/** A message whose header was verified, with the keys of its content. */
export interface Unlocked {
  readonly context: MessageContext
  /** The receiver wipes both. */
  readonly dataKey: Uint8Array
  readonly key: BulkKey
}

/** Refuses or unwraps, and verifies the header. */
export async function unlock(
  settings: Settings,
  parsed: ParsedHeader,
  expectation: Expectation,
): Promise<Unlocked> {
  const { keys, cipher, policy, requiredContext } = settings
  const { suite, storedContext, encryptedDataKeys } = parsed
  checkDecrypts(policy, suite)
  const context = reconcileContext(storedContext, expectation, requiredContext, suite)
  const request = { suite, context: context.all, encryptedDataKeys, cipher }
  const dataKey = await askToUnwrap(keys, request)
  try {
    return {
      context,
      dataKey,
      key: await verifyHeader(settings, parsed, dataKey, context.unstored),
    }
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}

/** Throws `EnvelopeError` unless the header is genuine and what was expected. */
export async function startOpening(
  settings: Settings,
  parsed: ParsedHeader,
  expectation: Expectation,
): Promise<Opening> {
  const { messageId } = parsed
  const verifier = createVerifier(parsed, settings)
  const { context, dataKey, key } = await unlock(settings, parsed, expectation)
  dataKey.fill(0)
  const genuine = (plaintext: Uint8Array | undefined): Uint8Array => {
    if (plaintext === undefined) throw notGenuine()
    return plaintext
  }
  return {
    header: envelopeHeader(parsed, context.all),
    verifier,
    openPart({ kind, sequence, iv, sealed }) {
      const aad = partAad(messageId, kind, sequence, sealed.length - tagBytes)
      return andThen(key.open(iv, aad, sealed), genuine)
    },
    close: () => key.wipe(),
  }
}
