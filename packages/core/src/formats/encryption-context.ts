import { compareBytes, utf8 } from "../vocabulary/bytes.js"
import { encodeTexts, isAscii, writeUint32 } from "./fields.js"

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

/** `prefix`, and the canonical bytes of the context: {@link canonicalEncryptionContext}. */
export function canonicalContextAfter(
  prefix: Uint8Array,
  context: EncryptionContext | undefined,
): Uint8Array {
  if (context !== undefined && !isEncodableContext(context)) {
    throw new TypeError("`context` must have only keys and values that are well-formed strings")
  }
  const pairs = context === undefined ? [] : sortedPairs(context)
  const counted = new Uint8Array(prefix.length + 4)
  counted.set(prefix)
  writeUint32(counted, prefix.length, pairs.length)
  return encodeTexts(pairs.flat(), counted)
}

const nothing = new Uint8Array(0)

/**
 * The one byte form of an encryption context: the number of pairs, then every key and value after
 * its length, sorted by the UTF-8 bytes of the keys; numbers are 32 bits, big-endian. An absent
 * context equals an empty one, and no two different contexts have the same bytes.
 *
 * Throws `TypeError` for a context that {@link isEncodableContext} refuses.
 */
export const canonicalEncryptionContext = (context: EncryptionContext | undefined): Uint8Array =>
  canonicalContextAfter(nothing, context)
