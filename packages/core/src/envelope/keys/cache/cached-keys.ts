import { concatBytes, hexOf } from "../../../vocabulary/bytes.js"
import type { BulkCipher } from "../../cipher/bulk-cipher.js"
import { encodeEncryptedDataKeys } from "../../message/encrypted-data-key.js"
import { encodeContext } from "../../message/encryption-context.js"
import { askToWrap } from "../ask-keys.js"
import type { KeySource, UnwrapRequest, WrappedDataKey, WrapRequest } from "../key-source.js"
import { type CacheCounters, createOnceCache, entriesUsual } from "../once-cache.js"
import { copyOf } from "../own-bytes.js"

export interface CachedKeysOptions {
  /** Milliseconds since the epoch, or since anything else: `Date.now`. */
  readonly clock: () => number
  /** How long a data key may be used, in milliseconds. */
  readonly ageMsMax: number
  /** How many messages one data key may encrypt. Default: {@link messagesLargest}. */
  readonly messagesMax?: number | undefined
  /**
   * How many bytes one data key may encrypt. Default: as many as there are. With a limit, a stream
   * whose length nobody knows beforehand gets a data key of its own.
   */
  readonly bytesMax?: number | undefined
  /** How many data keys are held, to encrypt and to decrypt each. Default: 1,000. */
  readonly entriesMax?: number | undefined
}

/** A source with a memory. */
export interface CachedKeys extends KeySource {
  counters(): { readonly wrap: CacheCounters; readonly unwrap: CacheCounters }
  /** Wipes the data keys that are held. */
  clear(): void
}

/** Source: framework/caching-cmm.md, "Limit Messages". */
export const messagesLargest = 2 ** 32

interface HeldToWrap {
  readonly wrapped: WrappedDataKey
  messages: number
  bytes: number
}

function checkLimit(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`\`${name}\` must be a positive whole number`)
}

/** What is longer is told apart by its hash. */
const identityBytesMax = 256

function hashOf({ hash }: BulkCipher, bytes: Uint8Array): string {
  const running = hash("sha256")
  running.update(bytes)
  return hexOf(running.digest())
}

/** What tells entries apart: everything that a source could answer by. */
function identityOf({ suite, cipher }: WrapRequest | UnwrapRequest, bytes: Uint8Array): string {
  if (bytes.length > identityBytesMax) return `${suite.id} hash ${hashOf(cipher, bytes)}`
  // Spread out, the bytes would be iterated one by one, which takes eight times as long.
  return `${suite.id} bytes ${Reflect.apply(String.fromCharCode, undefined, bytes)}`
}

const wrapIdentity = (request: WrapRequest): string =>
  identityOf(request, encodeContext(request.context))

/** Encrypted data keys say themselves where they end. */
const unwrapIdentity = (request: UnwrapRequest): string =>
  identityOf(
    request,
    concatBytes(encodeEncryptedDataKeys(request.encryptedDataKeys), encodeContext(request.context)),
  )

const copyOfWrapped = ({ dataKey, terms, encryptedDataKeys }: WrappedDataKey): WrappedDataKey => ({
  dataKey: copyOf(dataKey),
  encryptedDataKeys,
  terms: { context: terms.context, signingKey: terms.signingKey && copyOf(terms.signingKey) },
})

/** What a data key of a suite without derivation encrypts is under that key itself: one message. */
const isShareable = ({ suite }: WrapRequest | UnwrapRequest): boolean =>
  suite.derivation !== undefined

/**
 * A source that remembers data keys: many messages of one suite and one encryption context are
 * encrypted under one data key, until it has reached a limit, and a data key that was unwrapped
 * is not unwrapped again. However many callers need the same data key at once, the source behind
 * is called once; when that fails, it fails for all who waited, and the next one calls again.
 *
 * A key that was disabled or forbidden works here until its data keys have reached their age: the
 * age is how long you can wait for a revocation.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/caching-cmm.md.
 *
 * @example
 * ```ts
 * const keys = cachedKeys(kmsKeys(client, { keyId }), { clock: Date.now, ageMsMax: 300_000 })
 * ```
 */
export function cachedKeys(source: KeySource, options: CachedKeysOptions): CachedKeys {
  const { clock } = options
  if (typeof clock !== "function") throw new TypeError("`clock` must be a function: Date.now")
  const ageMsMax = checkLimit(options.ageMsMax, "ageMsMax")
  const entriesMax = checkLimit(options.entriesMax ?? entriesUsual, "entriesMax")
  const messagesMax = checkLimit(options.messagesMax ?? messagesLargest, "messagesMax")
  const bytesMax = checkLimit(options.bytesMax ?? Number.MAX_SAFE_INTEGER, "bytesMax")
  const isLimited = options.bytesMax !== undefined
  const shared = { clock, ageMsMax, entriesMax }
  const toWrap = createOnceCache<HeldToWrap>({
    ...shared,
    wipe({ wrapped }) {
      wrapped.dataKey.fill(0)
      wrapped.terms.signingKey?.fill(0)
    },
  })
  const toUnwrap = createOnceCache<Uint8Array>({ ...shared, wipe: (dataKey) => dataKey.fill(0) })

  async function wrap(request: WrapRequest): Promise<WrappedDataKey> {
    const bytes = request.plaintextBytes ?? (isLimited ? Number.POSITIVE_INFINITY : 0)
    if (!isShareable(request) || request.dataKey !== undefined || bytes > bytesMax) {
      return source.wrap(request)
    }
    const taken = await toWrap.get(
      wrapIdentity(request),
      async () => ({ wrapped: await askToWrap(source, request), messages: 0, bytes: 0 }),
      (held) => {
        if (held.messages >= messagesMax || held.bytes + bytes > bytesMax) return undefined
        held.messages += 1
        held.bytes += bytes
        return copyOfWrapped(held.wrapped)
      },
    )
    return taken as WrappedDataKey
  }

  async function unwrap(request: UnwrapRequest): Promise<Uint8Array | undefined> {
    if (!isShareable(request)) return source.unwrap(request)
    return toUnwrap.get(unwrapIdentity(request), () => source.unwrap(request), copyOf)
  }

  return Object.freeze<CachedKeys>({
    wrap,
    unwrap,
    counters: () => ({ wrap: toWrap.counters(), unwrap: toUnwrap.counters() }),
    clear() {
      toWrap.clear()
      toUnwrap.clear()
    },
  })
}
