import { concatBytes, utf8, uuidOf, writeUuid } from "../../../vocabulary/bytes.js"
import { EnvelopeError } from "../../envelope-error.js"
import { type EncryptionContext, encodeContext } from "../../message/encryption-context.js"
import { callersContext } from "../../message/envelope-header.js"
import { readText } from "../../message/text.js"
import { deriveInCounterMode } from "../counter-mode.js"
import type { KeySource } from "../key-source.js"
import {
  ivBytes,
  openDataKey,
  openInEitherOrder,
  sealDataKey,
  tagBytes,
  wrapLocally,
} from "../local-wrapping.js"
import { type CacheCounters, createOnceCache, entriesUsual } from "../once-cache.js"
import { firstUnwrapped } from "../refusals.js"
import type { BranchKey, BranchKeyStore } from "./branch-key-store.js"

export interface BranchKeysOptions {
  readonly store: BranchKeyStore
  /** The id of the branch key, or how to choose one by the encryption context. */
  readonly branchKeyId: string | ((context: EncryptionContext) => string | Promise<string>)
  /** Milliseconds since the epoch, or since anything else: `Date.now`. */
  readonly clock: () => number
  /** How long a branch key is held in memory, in milliseconds. */
  readonly ageMsMax: number
  /** How many versions of branch keys are held. Default: 1,000. */
  readonly entriesMax?: number | undefined
}

/** A source with branch keys in its memory. */
export interface BranchKeys extends KeySource {
  counters(): CacheCounters
  /** Wipes the branch keys that are held. */
  clear(): void
}

/** Source: framework/aws-kms/aws-kms-hierarchical-keyring.md. */
const providerId = "aws-kms-hierarchy"
const label = utf8(providerId)
const [saltBytes, versionBytes, wrappingKeyBytes] = [16, 16, 32]
const prefixBytes = saltBytes + ivBytes + versionBytes

const aadOf = (branchKeyId: string, version: Uint8Array, pairs: Uint8Array): Uint8Array =>
  concatBytes(label, utf8(branchKeyId), version, pairs)

function bytesOfVersion(version: string): Uint8Array {
  const bytes = new Uint8Array(versionBytes)
  if (writeUuid(bytes, 0, version)) return bytes
  throw new EnvelopeError("keys", "the version of a branch key is no UUID")
}

/**
 * Data keys wrapped under branch keys, which are wrapped under a KMS key and held in memory for a
 * while: the KMS and the table are asked once for many messages, and every tenant can have a key
 * of its own. The AWS libraries call this the hierarchical keyring.
 *
 * Source: awslabs/aws-encryption-sdk-specification,
 * framework/aws-kms/aws-kms-hierarchical-keyring.md.
 */
export function branchKeys(options: BranchKeysOptions): BranchKeys {
  const { store, branchKeyId: chosen, clock, ageMsMax, entriesMax = entriesUsual } = options
  if (!(ageMsMax > 0)) throw new RangeError("`ageMsMax` must be above zero")
  if (typeof clock !== "function") throw new TypeError("`clock` must be a function: Date.now")
  const wipe = ({ key }: BranchKey) => key.fill(0)
  const cache = createOnceCache<BranchKey>({ clock, ageMsMax, entriesMax, wipe })

  async function idFor(context: EncryptionContext): Promise<string> {
    const id = typeof chosen === "string" ? chosen : await chosen(context)
    if (typeof id === "string" && id !== "") return id
    throw new EnvelopeError("context", "there is no branch key for this encryption context")
  }

  /** Derives the key that wraps one data key, while the branch key stays where it is. */
  const derive =
    (salt: Uint8Array) =>
    ({ version, key }: BranchKey) => ({
      version,
      wrappingKey: deriveInCounterMode("sha256", key, label, salt, wrappingKeyBytes),
    })

  const wrappingKeyOf = async (id: string, version: string | undefined, salt: Uint8Array) => {
    // Ids may contain anything, versions may not: the two cannot be mistaken for each other.
    const held = `${version ?? ""} ${id}`
    const load = () => (version === undefined ? store.active(id) : store.version(id, version))
    const derived = await cache.get(held, load, derive(salt))
    return derived as NonNullable<typeof derived>
  }

  return Object.freeze<BranchKeys>({
    async wrap(request) {
      const { cipher, entropy } = request
      const id = await idFor(request.context)
      return wrapLocally(request, async (dataKey, context) => {
        const salt = entropy(new Uint8Array(saltBytes))
        const iv = entropy(new Uint8Array(ivBytes))
        const { version, wrappingKey } = await wrappingKeyOf(id, undefined, salt)
        const versionOf = bytesOfVersion(version)
        const aad = aadOf(id, versionOf, encodeContext(context))
        const sealed = await sealDataKey(cipher, wrappingKey, iv, aad, dataKey)
        wrappingKey.fill(0)
        const ciphertext = concatBytes(salt, iv, versionOf, sealed)
        return { providerId, providerInfo: utf8(id), ciphertext }
      })
    },
    async unwrap({ suite, context, encryptedDataKeys, cipher }) {
      const length = prefixBytes + suite.keyBytes + tagBytes
      const candidates = encryptedDataKeys.filter(
        (one) => one.providerId === providerId && one.ciphertext.length === length,
      )
      if (candidates.length === 0) return undefined
      const id = await idFor(callersContext(context))
      const own = candidates.filter(({ providerInfo }) => readText(providerInfo) === id)
      return firstUnwrapped(own, suite.keyBytes, async ({ ciphertext }) => {
        const salt = ciphertext.subarray(0, saltBytes)
        const iv = ciphertext.subarray(saltBytes, saltBytes + ivBytes)
        const version = ciphertext.subarray(saltBytes + ivBytes, prefixBytes)
        const { wrappingKey } = await wrappingKeyOf(id, uuidOf(version), salt)
        const sealed = ciphertext.subarray(prefixBytes)
        const dataKey = await openInEitherOrder(context, (pairs) =>
          openDataKey(cipher, wrappingKey, iv, aadOf(id, version, pairs), sealed),
        )
        wrappingKey.fill(0)
        return dataKey
      })
    },
    counters: cache.counters,
    clear: cache.clear,
  })
}
