import { concatBytes, noBytes } from "../../vocabulary/bytes.js"
import { andThen, type Eventually } from "../../vocabulary/eventually.js"
import type { BulkKey, RunningHash } from "../cipher/bulk-cipher.js"
import { EnvelopeError } from "../envelope-error.js"
import type { DataKeyTerms, WrappedDataKey } from "../keys/key-source.js"
import { deriveKeys, openAndWipe } from "../message/derive-keys.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import { type EnvelopeHeader, envelopeHeader } from "../message/envelope-header.js"
import {
  encodeHeader,
  encodeHeaderBody,
  type HeaderFields,
  headerAad,
  versionTable,
} from "../message/header.js"
import { ivBytes } from "../message/limits.js"
import { uint16 } from "../message/numbers.js"
import { signatureTable, signDigest } from "../message/signatures.js"
import type { AlgorithmSuite } from "../message/suites.js"
import { checkEncrypts, type Settings } from "../settings.js"
import { askUnderNewTerms, checkEncryptionContext, splitContext } from "./encryption-terms.js"

export interface SealingRequest {
  readonly suite: AlgorithmSuite
  readonly context: EncryptionContext
  readonly frameBytes: number
  /** `undefined` of a stream. */
  readonly plaintextBytes: number | undefined
}

/** What signs a message while it is written. */
export interface Signer {
  update(bytes: Uint8Array): void
  /** The footer. */
  finish(): Uint8Array
}

/** A message whose header is made, and whose body is to come. */
export interface Sealing {
  readonly header: EnvelopeHeader
  readonly headerBytes: Uint8Array
  readonly key: BulkKey
  readonly messageId: Uint8Array
  readonly frameBytes: number
  readonly signer: Signer | undefined
  /** Wipes the keys. */
  close(): void
}

/** Signs what it is given; `undefined` in an unsigned suite. */
export function createSigner(
  suite: AlgorithmSuite,
  { signingKey }: DataKeyTerms,
  newHash: (name: "sha256" | "sha384") => RunningHash,
): Signer | undefined {
  const { signature } = suite
  if (signature === undefined) return undefined
  if (signingKey === undefined)
    throw new EnvelopeError("keys", "the key source kept no signing key")
  const hash = newHash(signatureTable[signature].hash)
  return {
    update: (bytes) => hash.update(bytes),
    finish() {
      const signed = signDigest(signature, hash.digest(), signingKey)
      return concatBytes(uint16(signed.length), signed)
    },
  }
}

/** The header over these fields, with its tag. */
export function sealHeader(
  key: BulkKey,
  fields: HeaderFields,
  unstored: EncryptionContext,
  iv: Uint8Array,
): Eventually<Uint8Array> {
  const body = encodeHeaderBody(fields)
  const sealed = key.seal(iv, headerAad(body, unstored), noBytes)
  return andThen(sealed, (tag) => encodeHeader(fields, body, iv, ...tag))
}

/** Throws `EnvelopeError` with `limit`. */
export function checkKeyCount({ encryptedDataKeys }: WrappedDataKey, most: number): void {
  if (encryptedDataKeys.length > most) {
    throw new EnvelopeError("limit", `a message may have ${most} encrypted data keys`)
  }
}

async function sealWith(
  settings: Settings,
  { suite, frameBytes }: SealingRequest,
  { dataKey, encryptedDataKeys, terms }: WrappedDataKey,
): Promise<Sealing> {
  const { cipher, entropy, requiredContext } = settings
  const messageId = entropy(new Uint8Array(versionTable[suite.messageVersion].messageIdBytes))
  const { stored, unstored } = splitContext(terms.context, requiredContext)
  const signer = createSigner(suite, terms, cipher.hash)
  const { contentKey, commitment } = deriveKeys(cipher, suite, messageId, dataKey)
  const fields: HeaderFields = {
    suite,
    messageId,
    storedContext: stored,
    encryptedDataKeys,
    frameBytes,
    commitment,
  }
  const key = await openAndWipe(cipher, contentKey)
  const close = (): void => {
    key.wipe()
    terms.signingKey?.fill(0)
  }
  try {
    const headerBytes = await sealHeader(key, fields, unstored, new Uint8Array(ivBytes))
    signer?.update(headerBytes)
    const header = envelopeHeader(fields, terms.context)
    return { header, headerBytes, key, messageId, frameBytes, signer, close }
  } catch (error) {
    key.wipe()
    throw error
  }
}

/** Asks for a data key, and makes the header of a new message. */
export async function startSealing(settings: Settings, request: SealingRequest): Promise<Sealing> {
  const { suite, context, plaintextBytes } = request
  const { keys, cipher, entropy, policy, requiredContext, encryptedDataKeysMax } = settings
  checkEncrypts(policy, suite)
  checkEncryptionContext(context, requiredContext)
  const asked = { suite, context, dataKey: undefined, plaintextBytes, cipher, entropy }
  const wrapped = await askUnderNewTerms(keys, asked)
  try {
    checkKeyCount(wrapped, encryptedDataKeysMax)
    return await sealWith(settings, request, wrapped)
  } catch (error) {
    wrapped.terms.signingKey?.fill(0)
    throw error
  } finally {
    wrapped.dataKey.fill(0)
  }
}
