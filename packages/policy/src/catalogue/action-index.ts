import { lowerAscii } from "../vocabulary/fold.js"
import { type ActionRow, actions, keyPropertyConditionKeys } from "./actions.js"
import { findConditionKey, isFamily } from "./condition-keys.js"

/** One catalogue action as the evaluator sees it: two 32-bit halves of a bit set. */
export interface ActionEntry {
  readonly row: ActionRow
  readonly lower: string
  readonly low: number
  readonly high: number
  /** The condition keys that its requests can carry, lower-cased; families as they end. */
  readonly keys: ReadonlySet<string>
}

const entries: readonly ActionEntry[] = actions.map((row, id) => ({
  row,
  lower: row.name.toLowerCase(),
  low: id < 32 ? (1 << id) | 0 : 0,
  high: id < 32 ? 0 : (1 << (id - 32)) | 0,
  keys: new Set(
    [...row.conditionKeys, ...(row.resource === "*" ? [] : keyPropertyConditionKeys)].map(
      lowerAscii,
    ),
  ),
}))

export const actionEntries = entries

/** By lower-cased name, and by the spelling of the catalogue to save the fold. */
const byName: ReadonlyMap<string, ActionEntry> = new Map(
  entries.flatMap((entry) => [[entry.lower, entry] as const, [entry.row.name, entry] as const]),
)

export const findAction = (name: string): ActionEntry | undefined =>
  byName.get(name) ?? byName.get(lowerAscii(name))

/**
 * Whether a request for an action can carry a condition key, which is named in lower case: so
 * ListKeys has no `kms:CallerAccount`. Keys of AWS as a whole come with every request, and what
 * is not in the catalogue is not ruled out. Requests on an alias carry no key of KMS at all; that
 * is for the one who asks to know.
 */
export function carriesConditionKey(action: string, lowerCasedKey: string): boolean {
  const entry = findAction(action)
  if (entry === undefined || entry.keys.has(lowerCasedKey)) return true
  const known = findConditionKey(lowerCasedKey)
  if (known?.name.startsWith(prefix) !== true) return true
  return isFamily(known.name) && entry.keys.has(lowerAscii(known.name))
}

/** The entries whose name can start as a lower-cased pattern does: `kms:d*` looks at the D's. */
export function entriesLike(pattern: string): readonly ActionEntry[] {
  if (!pattern.startsWith(prefix)) return entries
  return byInitial.get(pattern.charAt(prefix.length)) ?? entries
}

const prefix = "kms:"
/** The pattern that every entry matches. */
export const wholeCatalogue = `${prefix}*`
const initials = [..."abcdefghijklmnopqrstuvwxyz"]
const byInitial: ReadonlyMap<string, readonly ActionEntry[]> = new Map(
  initials.map((initial) => [
    initial,
    entries.filter(({ lower }) => lower.startsWith(prefix + initial)),
  ]),
)
