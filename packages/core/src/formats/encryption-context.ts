import { compareBytes, utf8 } from "../vocabulary/bytes.js"
import { encodeFields, type Field, isAscii } from "./fields.js"

/** Pairs of text that are authenticated with a ciphertext and are not part of it. */
export type EncryptionContext = Readonly<Record<string, string>>

const isEncodableText = (value: unknown): value is string =>
  typeof value === "string" && value.isWellFormed()

/**
 * True when every key and value is a well-formed string. A lone surrogate has no UTF-8: encoders
 * put U+FFFD in its place, and two different contexts would have the same bytes.
 */
export const isEncodableContext = (context: EncryptionContext): boolean =>
  Object.entries(context).every((pair) => pair.every(isEncodableText))

/** In the order of the UTF-8 bytes of the keys; the order of code units where that is the same. */
function sortedPairs(context: EncryptionContext): [string, string][] {
  const pairs = Object.entries(context)
  if (pairs.length < 2) return pairs
  if (pairs.every(([key]) => isAscii(key))) {
    return pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  }
  return pairs
    .map((pair) => ({ pair, key: utf8(pair[0]) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ pair }) => pair)
}

/**
 * The context as fields: the number of its pairs, then every key and value, sorted by key. Throws
 * `TypeError` for a context that {@link isEncodableContext} refuses.
 */
export function contextFields(context: EncryptionContext | undefined): readonly Field[] {
  if (context === undefined) return [0]
  if (!isEncodableContext(context)) {
    throw new TypeError("`context` must have only keys and values that are well-formed strings")
  }
  const pairs = sortedPairs(context)
  return [pairs.length, ...pairs.flat()]
}

/**
 * The one byte form of an encryption context: the number of pairs, then every key and value after
 * its length, sorted by the UTF-8 bytes of the keys; numbers are 32 bits, big-endian. An absent
 * context equals an empty one, and no two different contexts have the same bytes.
 *
 * Throws `TypeError` for a context that {@link isEncodableContext} refuses.
 */
export const canonicalEncryptionContext = (context: EncryptionContext | undefined): Uint8Array =>
  encodeFields(contextFields(context))
