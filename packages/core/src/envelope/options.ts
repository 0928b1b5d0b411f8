import type { BulkCipher, Entropy } from "./cipher/bulk-cipher.js"
import { systemEntropy } from "./cipher/system-entropy.js"
import { defaultCipher } from "./cipher/web-crypto-cipher.js"
import type { KeySource } from "./keys/key-source.js"
import {
  encryptedDataKeysMaxDefault,
  headerBytesMaxDefault,
  heldBytesMaxDefault,
} from "./limits.js"
import type { EncryptionContext } from "./message/encryption-context.js"
import { encryptedDataKeysLargest, frameBytesDefault, frameBytesLargest } from "./message/limits.js"
import { type SuiteName, suiteNamed } from "./message/suites.js"
import type { Expectation } from "./opening/expected-context.js"
import type { SignedPlaintext } from "./opening/outlet.js"
import type { Rewrapping } from "./rewrap.js"
import { reservedPrefix } from "./sealing/encryption-terms.js"
import type { SealingRequest } from "./sealing/start-sealing.js"
import {
  type CommitmentPolicy,
  checkEncrypts,
  commitmentPolicies,
  type Settings,
} from "./settings.js"

export interface EnvelopeOptions {
  /** Where data keys come from: `kmsKeys(client, { keyId })`, `rawAesKeys(…)`, or several. */
  readonly keys: KeySource
  /** `REQUIRE_ENCRYPT_REQUIRE_DECRYPT` unless messages of older libraries are about. */
  readonly commitmentPolicy?: CommitmentPolicy
  /** The algorithm suite of new messages: signed and, where the policy says so, committing. */
  readonly suite?: SuiteName
  /**
   * The keys of pairs that every message is authenticated with and does not store. They must be
   * in the context on encryption, and in the expected context on decryption.
   */
  readonly requiredContext?: readonly string[]
  /** How much plaintext a frame of a new message holds; 4096 bytes, as the specification says. */
  readonly frameBytes?: number
  /** What encrypts: WebCrypto where there is one, else noble. */
  readonly cipher?: BulkCipher
  /** Where message ids, signing keys and raw data keys come from: the operating system. */
  readonly entropy?: Entropy
  /** The longest header that is read; 512 KiB. */
  readonly headerBytesMax?: number
  /** The most encrypted data keys of a message, written or read; 100. */
  readonly encryptedDataKeysMax?: number
  /**
   * How much a stream holds while it decrypts: of a frame, of a body that is not framed, of
   * plaintext that waits for the signature; 64 MiB.
   */
  readonly heldBytesMax?: number
}

export interface EncryptOptions {
  /** Pairs of text that are authenticated, and stored in the clear unless they are required. */
  readonly context?: EncryptionContext
  readonly suite?: SuiteName
  readonly frameBytes?: number
}

export interface DecryptOptions {
  /**
   * The context that the message must have: every pair, and those that it does not store. A
   * message with a pair that is not expected is refused. Without it, no pair is.
   */
  readonly expectContext?: EncryptionContext
  /** `accepted` lets a message hold other pairs than the expected; `refused` unless said. */
  readonly otherContext?: "refused" | "accepted"
}

export interface DecryptStreamOptions extends DecryptOptions {
  /**
   * Plaintext of a signed message, before its signature is verified: `held` in memory, up to
   * `heldBytesMax`; let out `early`, frame by frame, of which the caller undoes everything when
   * the stream fails; or `refused`, as is a signed message then. `held` unless said.
   */
  readonly signedPlaintext?: SignedPlaintext
}

export interface OpenOptions extends DecryptOptions {
  /**
   * `early` reads parts of a signed message although its signature, which covers the whole, is
   * not verified by that; `refused` unless said.
   */
  readonly signedPlaintext?: "early" | "refused"
}

export interface RewrapOptions extends DecryptOptions {
  /** The keys of the new message. */
  readonly to: KeySource
  /**
   * Unless said, the body is kept only where that is safe, which it is in messages of version 1,
   * and where the commitment policy has such messages written; else it is encrypted again. A kept
   * body of version 2, which every committing suite has, stays under its content key, and the new
   * header is authenticated with the IV of the old one: the format leaves no choice. Whoever has
   * seen both messages can then change what the body says without being noticed, unless it is
   * signed and its keys bind the context. Say `kept` only if every copy of the old message is
   * destroyed.
   */
  readonly body?: "kept"
}

function checkCount(value: number, name: string, largest: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= largest) return value
  throw new RangeError(`\`${name}\` must be a whole number from 1 to ${largest}`)
}

function checkKeys(keys: KeySource, name: string): KeySource {
  if (typeof keys?.wrap === "function" && typeof keys.unwrap === "function") return keys
  throw new TypeError(`\`${name}\` must be a key source`)
}

function checkRequired(keys: readonly string[]): readonly string[] {
  for (const key of keys) {
    if (typeof key === "string" && key.isWellFormed() && !key.startsWith(reservedPrefix)) continue
    throw new TypeError("`requiredContext` must be keys of a context")
  }
  return Object.freeze([...new Set(keys)])
}

/** Throws `TypeError` or `RangeError` for options that no envelope can have. */
export function readSettings(options: EnvelopeOptions): Settings {
  const {
    keys,
    commitmentPolicy = "REQUIRE_ENCRYPT_REQUIRE_DECRYPT",
    requiredContext = [],
    frameBytes = frameBytesDefault,
    cipher = defaultCipher(),
    entropy = systemEntropy(),
    headerBytesMax = headerBytesMaxDefault,
    encryptedDataKeysMax = encryptedDataKeysMaxDefault,
    heldBytesMax = heldBytesMaxDefault,
  } = options
  if (!Object.hasOwn(commitmentPolicies, commitmentPolicy)) {
    throw new TypeError("`commitmentPolicy` must be the name of a policy")
  }
  const policy = commitmentPolicies[commitmentPolicy]
  const suite = suiteNamed(options.suite ?? policy.suite)
  checkEncrypts(policy, suite)
  const { MAX_SAFE_INTEGER: any } = Number
  return Object.freeze<Settings>({
    keys: checkKeys(keys, "keys"),
    cipher,
    entropy,
    policy,
    suite,
    requiredContext: checkRequired(requiredContext),
    frameBytes: checkCount(frameBytes, "frameBytes", frameBytesLargest),
    headerBytesMax: checkCount(headerBytesMax, "headerBytesMax", any),
    encryptedDataKeysMax: checkCount(
      encryptedDataKeysMax,
      "encryptedDataKeysMax",
      encryptedDataKeysLargest,
    ),
    heldBytesMax: checkCount(heldBytesMax, "heldBytesMax", any),
  })
}

const nothing: EncryptionContext = Object.freeze({})

/** A copy: what the caller changes later is not what was checked. */
function readContext(context: EncryptionContext | undefined, name: string): EncryptionContext {
  if (context === undefined) return nothing
  // A Map, as everything else whose pairs are no properties, would pass for an empty context.
  if (Object.prototype.toString.call(context) !== "[object Object]") {
    throw new TypeError(`\`${name}\` must be an object of strings`)
  }
  return Object.freeze({ ...context })
}

export const readSealingRequest = (
  settings: Settings,
  { context, suite, frameBytes }: EncryptOptions,
  plaintextBytes: number | undefined,
): SealingRequest => ({
  suite: suite === undefined ? settings.suite : suiteNamed(suite),
  context: readContext(context, "context"),
  frameBytes: checkCount(frameBytes ?? settings.frameBytes, "frameBytes", frameBytesLargest),
  plaintextBytes,
})

export function readExpectation(options: DecryptOptions): Expectation {
  const { expectContext, otherContext = "refused" } = options
  if (otherContext !== "refused" && otherContext !== "accepted") {
    throw new TypeError("`otherContext` must be `refused` or `accepted`")
  }
  return {
    context: readContext(expectContext, "expectContext"),
    acceptsOthers: otherContext === "accepted",
  }
}

export function readRewrapping(options: RewrapOptions): Rewrapping {
  const { to, body } = options
  if (body !== undefined && body !== "kept") throw new TypeError("`body` must be `kept`")
  return {
    to: checkKeys(to, "to"),
    expectation: readExpectation(options),
    keepsBody: body === "kept",
  }
}

const choices: readonly SignedPlaintext[] = ["held", "early", "refused"]

export function readSignedPlaintext({ signedPlaintext = "held" }: DecryptStreamOptions) {
  if (choices.includes(signedPlaintext)) return signedPlaintext
  throw new TypeError("`signedPlaintext` must be `held`, `early` or `refused`")
}
