import { concatBytes, noBytes } from "../vocabulary/bytes.js"
import type { BulkKey } from "./cipher/bulk-cipher.js"
import type { KeySource, WrappedDataKey } from "./keys/key-source.js"
import { callersContext, envelopeHeader } from "./message/envelope-header.js"
import { type ParsedHeader, parseWholeHeader, versionTable } from "./message/header.js"
import { ivBytes } from "./message/limits.js"
import { readWholeBody } from "./message/read-body.js"
import type { AlgorithmSuite } from "./message/suites.js"
import { decryptBytes, shapeOf } from "./opening/decrypt-bytes.js"
import type { Expectation } from "./opening/expected-context.js"
import { type Unlocked, unlock } from "./opening/start-opening.js"
import { type Encrypted, encryptBytes } from "./sealing/encrypt-bytes.js"
import { askUnderNewTerms, splitContext } from "./sealing/encryption-terms.js"
import { checkKeyCount, createSigner, sealHeader } from "./sealing/start-sealing.js"
import { checkEncrypts, type Settings } from "./settings.js"

export interface Rewrapping {
  readonly to: KeySource
  readonly expectation: Expectation
  /** Also where a kept body costs its authenticity: see `RewrapOptions`. */
  readonly keepsBody: boolean
}

const wipeAll = (parts: readonly Uint8Array[]): void => {
  for (const part of parts) part.fill(0)
}

/** Whether the policy would have the suite in a new message, which a rewrapped one is. */
const isAllowed = ({ policy }: Settings, { isCommitting }: AlgorithmSuite): boolean =>
  isCommitting === policy.commits

/** Whether a new header has an IV of its own. */
const isSafeToKeep = ({ messageVersion }: AlgorithmSuite): boolean =>
  versionTable[messageVersion].hasIv

async function sealAgain(
  settings: Settings,
  message: Uint8Array,
  { suite, frameBytes }: ParsedHeader,
  { to, expectation }: Rewrapping,
): Promise<Encrypted> {
  const { parts, header } = await decryptBytes(settings, message, expectation)
  const plaintext = concatBytes(...parts)
  wipeAll(parts)
  const request = {
    suite: isAllowed(settings, suite) ? suite : settings.suite,
    context: header.context,
    frameBytes: frameBytes ?? settings.frameBytes,
    plaintextBytes: plaintext.length,
  }
  try {
    return await encryptBytes({ ...settings, keys: to }, request, plaintext)
  } finally {
    plaintext.fill(0)
  }
}

/** The body of a message that was verified, without the footer. */
function bodyOf(message: Uint8Array, parsed: ParsedHeader): Uint8Array {
  const { lengthBytes } = parsed
  let bodyEnd = lengthBytes
  for (const { read, end } of readWholeBody(message, lengthBytes, shapeOf(parsed, message))) {
    if (read.kind !== "footer") bodyEnd = end
  }
  return message.subarray(lengthBytes, bodyEnd)
}

async function wrapAgain(
  settings: Settings,
  parsed: ParsedHeader,
  { context, dataKey, key }: Unlocked,
  to: KeySource,
  body: Uint8Array,
): Promise<Encrypted> {
  const { cipher, entropy, encryptedDataKeysMax } = settings
  const { suite } = parsed
  const callers = callersContext(context.all)
  const asked = { suite, context: callers, plaintextBytes: undefined, cipher, entropy }
  const wrapped = await askUnderNewTerms(to, { ...asked, dataKey })
  wrapped.dataKey.fill(0)
  try {
    checkKeyCount(wrapped, encryptedDataKeysMax)
    return await writeAgain(settings, parsed, key, wrapped, body)
  } finally {
    wrapped.terms.signingKey?.fill(0)
  }
}

/** A new header before a body that stays. */
async function writeAgain(
  { cipher, entropy, requiredContext }: Settings,
  parsed: ParsedHeader,
  key: BulkKey,
  { encryptedDataKeys, terms }: WrappedDataKey,
  body: Uint8Array,
): Promise<Encrypted> {
  const { suite } = parsed
  const { stored, unstored } = splitContext(terms.context, requiredContext)
  const fields = { ...parsed, storedContext: stored, encryptedDataKeys }
  const iv = new Uint8Array(ivBytes)
  // The tag of the old header was made under the IV of zeros.
  if (isSafeToKeep(suite)) entropy(iv)
  const headerBytes = await sealHeader(key, fields, unstored, iv)
  const signer = createSigner(suite, terms, cipher.hash)
  signer?.update(headerBytes)
  signer?.update(body)
  const footer = signer?.finish() ?? noBytes
  return {
    message: concatBytes(headerBytes, body, footer),
    header: envelopeHeader(fields, terms.context),
  }
}

async function keepBody(
  settings: Settings,
  message: Uint8Array,
  parsed: ParsedHeader,
  { to, expectation }: Rewrapping,
): Promise<Encrypted> {
  const isSigned = parsed.suite.signature !== undefined
  // Nobody signs what was not verified before.
  if (isSigned) wipeAll((await decryptBytes(settings, message, expectation)).parts)
  const unlocked = await unlock(settings, parsed, expectation)
  try {
    const body = isSigned ? bodyOf(message, parsed) : message.subarray(parsed.lengthBytes)
    return await wrapAgain(settings, parsed, unlocked, to, body)
  } finally {
    unlocked.dataKey.fill(0)
    unlocked.key.wipe()
  }
}

/**
 * The same plaintext under other keys. The body is kept where the header can be authenticated anew
 * without using an IV twice, and else encrypted again.
 */
export async function rewrapMessage(
  settings: Settings,
  message: Uint8Array,
  rewrapping: Rewrapping,
): Promise<Encrypted> {
  const parsed = parseWholeHeader(message, settings)
  const { suite } = parsed
  if (rewrapping.keepsBody) checkEncrypts(settings.policy, suite)
  const isKept = rewrapping.keepsBody || (isAllowed(settings, suite) && isSafeToKeep(suite))
  return isKept
    ? keepBody(settings, message, parsed, rewrapping)
    : sealAgain(settings, message, parsed, rewrapping)
}
