import type { Read } from "../operators/tokens.js"
import { foldsTo, lowerAscii } from "../vocabulary/fold.js"
import type {
  ContextRecord,
  ContextScalar,
  ContextValue,
  RequestContext,
} from "../vocabulary/types.js"

/** Contexts up to this size are searched name by name; larger ones are folded into a map. */
const searchedNamesMax = 24

/**
 * One way to read both forms of a context. Names ignore letter case and may be any own name,
 * `__proto__` included; two that differ only in letter case make one multivalued key.
 * Throws `TypeError` when a value that is read is no string, number, boolean or list of them.
 */
export function readerOf(context: RequestContext): Read {
  if (typeof context === "function") return (key) => checked(key, context(key))
  if (typeof context !== "object" || context === null) {
    throw new TypeError("`context` must be a record or a lookup function")
  }
  const names = Object.keys(context)
  if (names.length <= searchedNamesMax)
    return (key, spelling) => search(context, names, key, spelling)
  let folded: Map<string, ContextValue> | undefined
  return (key) => {
    folded ??= fold(context)
    return folded.get(key)
  }
}

function search(
  context: ContextRecord,
  names: readonly string[],
  key: string,
  spelling: string | undefined,
): ContextValue | undefined {
  let found: ContextValue | undefined
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] ?? ""
    if (name.length !== key.length || (name !== spelling && !foldsTo(name, key))) continue
    const value = checked(name, context[name])
    found = found === undefined ? value : join(found, value)
  }
  return found
}

const join = (before: ContextValue, value: ContextValue | undefined): ContextValue =>
  value === undefined ? before : [...listOf(before), ...listOf(value)]

function fold(context: ContextRecord): Map<string, ContextValue> {
  const folded = new Map<string, ContextValue>()
  for (const name of Object.keys(context)) {
    const value = checked(name, context[name])
    if (value === undefined) continue
    const key = lowerAscii(name)
    const before = folded.get(key)
    folded.set(key, before === undefined ? value : join(before, value))
  }
  return folded
}

export const listOf = (value: ContextValue): readonly ContextScalar[] =>
  typeof value === "object" ? value : [value]

function checked(name: string, value: ContextValue | undefined): ContextValue | undefined {
  if (typeof value === "string") return value
  if (value === undefined || isScalar(value)) return value
  if (Array.isArray(value) && value.every(isScalar)) return value
  throw new TypeError(`context key \`${name}\` must be a string, number, boolean or list of them`)
}

const isScalar = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || typeof value === "number"
