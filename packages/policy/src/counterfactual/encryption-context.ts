import { listOf, readerOf } from "../decide/read-context.js"
import { lowerAscii } from "../vocabulary/fold.js"
import type { ContextValue, PolicyRequest } from "../vocabulary/types.js"

type Pairs = Readonly<Record<string, string>>

const pairFamily = "kms:encryptioncontext:"
export const pairNamesKey = "kms:encryptioncontextkeys"

export const isPairKey = (lowerCasedKey: string): boolean => lowerCasedKey.startsWith(pairFamily)

/** Another encryption context: in a real request the condition keys about it change with it. */
export function withPairs(request: PolicyRequest, pairs: Pairs): PolicyRequest {
  const read = readerOf(request.context)
  const names = Object.keys(pairs)
  const valueFor = (key: string): ContextValue | undefined => {
    const values = names
      .filter((name) => lowerAscii(pairFamily + name) === key)
      .map((name) => pairs[name] ?? "")
    return values.length > 1 ? values : values[0]
  }
  const context = (key: string) => {
    if (key === pairNamesKey) return names.length === 0 ? undefined : names
    return isPairKey(key) ? valueFor(key) : read(key)
  }
  return { ...request, encryptionContext: pairs, context }
}

/** One pair sent or left out, by its condition key as written. */
export function withPair(
  request: PolicyRequest,
  key: string,
  value: ContextValue | undefined,
): PolicyRequest {
  const read = readerOf(request.context)
  const changed = lowerAscii(key)
  const isOther = (name: string) => lowerAscii(pairFamily + name) !== changed
  const pairs = Object.entries(request.encryptionContext ?? {}).filter(([name]) => isOther(name))
  const names = listOf(read(pairNamesKey) ?? [])
    .map(String)
    .filter(isOther)
  if (value !== undefined) {
    const name = key.slice(pairFamily.length)
    pairs.push([name, String(value)])
    names.push(name)
  }
  const context = (asked: string) => {
    if (asked === pairNamesKey) return names.length === 0 ? undefined : names
    return asked === changed ? value : read(asked)
  }
  return { ...request, encryptionContext: Object.fromEntries(pairs), context }
}

/** A context of these names, with the values that are sent already. */
export function pairsNamed(request: PolicyRequest, names: readonly string[]): Pairs {
  const sent = new Map(Object.entries(request.encryptionContext ?? {}))
  return Object.fromEntries(names.map((name) => [name, sent.get(name) ?? "value"]))
}
