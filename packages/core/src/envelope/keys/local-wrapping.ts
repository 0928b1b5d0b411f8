import { concatBytes, equalBytes } from "../../vocabulary/bytes.js"
import type { BulkCipher, BulkKey } from "../cipher/bulk-cipher.js"
import type { EncryptedDataKey } from "../message/encrypted-data-key.js"
import {
  type EncryptionContext,
  encodeContext,
  encodeContextByLocale,
} from "../message/encryption-context.js"
import type { WrappedDataKey, WrapRequest } from "./key-source.js"
import { copyOf } from "./own-bytes.js"

/** Source: framework/algorithm-suites.md: what every wrapping under AES-GCM uses. */
export const [ivBytes, tagBytes] = [12, 16]

/** The data key of the request, or a new one, with its one wrapped form. */
export async function wrapLocally(
  { suite, dataKey: given, terms, entropy }: WrapRequest,
  wrapOne: (dataKey: Uint8Array, context: EncryptionContext) => Promise<EncryptedDataKey>,
): Promise<WrappedDataKey> {
  const dataKey = given === undefined ? entropy(new Uint8Array(suite.keyBytes)) : copyOf(given)
  try {
    const { context } = terms()
    return { dataKey, encryptedDataKeys: [await wrapOne(dataKey, context)], terms: terms() }
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}

async function withKey<Result>(
  cipher: BulkCipher,
  bytes: Uint8Array,
  use: (key: BulkKey) => Result | Promise<Result>,
): Promise<Result> {
  const key = await cipher.key(bytes)
  try {
    return await use(key)
  } finally {
    key.wipe()
  }
}

/**
 * Opens what is wrapped under the pairs of a context, in whichever order they were authenticated.
 * `undefined` when it is not genuine.
 */
export async function openInEitherOrder(
  context: EncryptionContext,
  open: (pairs: Uint8Array) => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const pairs = encodeContext(context)
  const opened = await open(pairs)
  if (opened !== undefined) return opened
  const otherwise = encodeContextByLocale(context)
  return equalBytes(pairs, otherwise) ? undefined : open(otherwise)
}

/** AES-GCM of one data key: the ciphertext and the tag. */
export const sealDataKey = (
  cipher: BulkCipher,
  wrappingKey: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  dataKey: Uint8Array,
): Promise<Uint8Array> =>
  withKey(cipher, wrappingKey, async (key) => concatBytes(...(await key.seal(iv, aad, dataKey))))

/** The inverse; `undefined` when it is not genuine. */
export const openDataKey = (
  cipher: BulkCipher,
  wrappingKey: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array | undefined> =>
  withKey(cipher, wrappingKey, (key) => key.open(iv, aad, sealed))
