import { compareBytes, utf8 } from "../../vocabulary/bytes.js"
import { encodeFields, type Field, isAscii } from "../fields.js"

/** Pairs of text that are authenticated with a ciphertext and are not part of it. */
export type EncryptionContext = Readonly<Record<string, string>>

const isEncodableText = (value: unknown): value is string =>
  typeof value === "string" && value.isWellFormed()

/**
 * True when every key and value is a well-formed string. A lone surrogate has no UTF-8: encoders
 * put U+FFFD in its place, and two different contexts would have the same bytes.
 */
export const isEncodableContext = (context: EncryptionContext): boolean =>
  Object.keys(context).every((key) => isEncodableText(key) && isEncodableText(context[key]))

/** More keys than this are rare, and worth a call of the sort of the language. */
const fewKeys = 8

/** Sorts by code units. */
function sort(keys: string[]): readonly string[] {
  if (keys.length > fewKeys) return keys.sort()
  for (let i = 1; i < keys.length; i += 1) {
    const key = keys[i] as string
    let place = i
    for (; place > 0 && (keys[place - 1] as string) > key; place -= 1) {
      keys[place] = keys[place - 1] as string
    }
    keys[place] = key
  }
  return keys
}

/** In the order of their UTF-8 bytes; the order of code units where that is the same. */
function sortedKeys(context: EncryptionContext): readonly string[] {
  const keys = Object.keys(context)
  if (keys.length < 2) return keys
  if (keys.every(isAscii)) return sort(keys)
  return keys
    .map((key) => ({ key, bytes: utf8(key) }))
    .sort((a, b) => compareBytes(a.bytes, b.bytes))
    .map(({ key }) => key)
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
  const keys = sortedKeys(context)
  const fields: Field[] = [keys.length]
  for (const key of keys) fields.push(key, context[key] as string)
  return fields
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
