import { concatBytes, equalBytes } from "../vocabulary/bytes.js"
import { EnvelopeError } from "./envelope-error.js"
import { decryptingStage } from "./envelope-stages.js"
import { askToWrap } from "./keys/ask-keys.js"
import type { KeySource } from "./keys/key-source.js"
import { callersContext, envelopeHeader } from "./message/envelope-header.js"
import { type ParsedHeader, parseWholeHeader, versionTable } from "./message/header.js"
import { ivBytes } from "./message/limits.js"
import { noBytes, readBody } from "./message/read-body.js"
import type { Expectation } from "./opening/expected-context.js"
import { type Unlocked, unlock } from "./opening/start-opening.js"
import { type Encrypted, encryptBytes } from "./sealing/encrypt-bytes.js"
import { newTerms, splitContext } from "./sealing/encryption-terms.js"
import { createSigner, sealHeader } from "./sealing/start-sealing.js"
import type { Settings } from "./settings.js"
import { runStage } from "./streams/run-stage.js"

export interface Rewrapping {
  readonly to: KeySource
  readonly expectation: Expectation
  /** Also where a kept body costs its authenticity: see `RewrapOptions`. */
  readonly keepsBody: boolean
}

/** All of a message, verified, and its context. */
async function decryptAll(settings: Settings, message: Uint8Array, expectation: Expectation) {
  const all = { ...settings, heldBytesMax: message.length }
  const { stage, header } = decryptingStage(all, expectation, "held")
  const parts = await runStage(stage, message)
  return { parts, context: (await header).context }
}

const wipeAll = (parts: readonly Uint8Array[]): void => {
  for (const part of parts) part.fill(0)
}

async function sealAgain(
  settings: Settings,
  message: Uint8Array,
  { suite, frameBytes }: ParsedHeader,
  { to, expectation }: Rewrapping,
): Promise<Encrypted> {
  const { parts, context } = await decryptAll(settings, message, expectation)
  const plaintext = concatBytes(...parts)
  wipeAll(parts)
  const isAllowed = suite.isCommitting === settings.policy.commits
  const request = {
    suite: isAllowed ? suite : settings.suite,
    context,
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
function bodyOf(message: Uint8Array, { suite, frameBytes, lengthBytes }: ParsedHeader): Uint8Array {
  const isSigned = suite.signature !== undefined
  const reading = readBody({ frameBytes, isSigned, contentBytesMax: message.length })
  let offset = lengthBytes
  let step = reading.next()
  let kind = "frame"
  while (!step.done && kind === "frame") {
    if (typeof step.value === "number") {
      const start = offset
      offset += step.value
      step = reading.next(message.subarray(start, offset))
    } else {
      kind = step.value.kind
      if (kind === "frame") step = reading.next(noBytes)
    }
  }
  return message.subarray(lengthBytes, offset)
}

async function wrapAgain(
  settings: Settings,
  parsed: ParsedHeader,
  { context, dataKey, key }: Unlocked,
  to: KeySource,
  body: Uint8Array,
): Promise<Encrypted> {
  const { cipher, entropy, requiredContext, encryptedDataKeysMax } = settings
  const { suite } = parsed
  const callers = callersContext(context.all)
  const terms = newTerms(suite, callers, entropy)
  const asked = { suite, context: callers, terms, plaintextBytes: undefined, cipher, entropy }
  const wrapped = await askToWrap(to, { ...asked, dataKey })
  const isSame = equalBytes(wrapped.dataKey, dataKey)
  wrapped.dataKey.fill(0)
  if (!isSame) throw new EnvelopeError("keys", "the key source wrapped another data key")
  if (wrapped.encryptedDataKeys.length > encryptedDataKeysMax) {
    throw new EnvelopeError(
      "limit",
      `a message may have ${encryptedDataKeysMax} encrypted data keys`,
    )
  }
  const { encryptedDataKeys } = wrapped
  const { stored, unstored } = splitContext(wrapped.terms.context, requiredContext)
  const fields = { ...parsed, storedContext: stored, encryptedDataKeys }
  const iv = new Uint8Array(ivBytes)
  // The tag of the old header was made under the IV of zeros.
  if (versionTable[suite.messageVersion].hasIv) entropy(iv)
  const headerBytes = await sealHeader(key, fields, unstored, iv)
  const signer = createSigner(suite, wrapped.terms, cipher.hash)
  signer?.update(headerBytes)
  signer?.update(body)
  const footer = signer?.finish() ?? noBytes
  wrapped.terms.signingKey?.fill(0)
  return {
    message: concatBytes(headerBytes, body, footer),
    header: envelopeHeader(fields, wrapped.terms.context),
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
  if (isSigned) wipeAll((await decryptAll(settings, message, expectation)).parts)
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
  const isKept = rewrapping.keepsBody || versionTable[parsed.suite.messageVersion].hasIv
  return isKept
    ? keepBody(settings, message, parsed, rewrapping)
    : sealAgain(settings, message, parsed, rewrapping)
}
