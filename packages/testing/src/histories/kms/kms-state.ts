/*
 * What calls about keys that belong together can see, as plain data.
 */

export type KeyStateName = "Enabled" | "Disabled" | "PendingDeletion"

export interface KeyThings {
  readonly state: KeyStateName
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
  /** As AWS compares it, by what it says. Absent: the default, which nobody has read. */
  readonly policy: string | undefined
  /** What each grant allows to whom, by its id. */
  readonly grants: Readonly<Record<string, string>>
  /** Grants of calls without an answer, whose ids nobody knows. */
  readonly unnamedGrants: readonly string[]
  /**
   * The ids of the key materials, the current one last; "" for one that nobody has named. Absent
   * for keys whose materials have no ids.
   */
  readonly materials: readonly string[] | undefined
}

export interface KmsState {
  /** `"gone"` is a key whose waiting period is over. */
  readonly keys: Readonly<Record<string, KeyThings | "gone">>
  /** The key that each alias points to. */
  readonly aliases: Readonly<Record<string, string>>
}

/** Aliases first: they are short, and whoever reads a state sees them before it is cut. */
export const emptyState: KmsState = { aliases: {}, keys: {} }

type Table<Value> = Readonly<Record<string, Value>>

export const withEntry = <Value>(table: Table<Value>, name: string, value: Value): Table<Value> =>
  // In one order, whatever the order of the calls was: equal states have equal texts.
  Object.fromEntries(
    Object.entries({ ...table, [name]: value }).sort(([a], [b]) => (a < b ? -1 : 1)),
  )

export const withoutEntries = <Value>(
  table: Table<Value>,
  goes: (name: string, value: Value) => boolean,
): Table<Value> =>
  Object.fromEntries(Object.entries(table).filter(([name, value]) => !goes(name, value)))

export const withKey = (state: KmsState, id: string, key: KeyThings | "gone"): KmsState => ({
  ...state,
  keys: withEntry(state.keys, id, key),
})

/** The key by id or alias; `undefined` when there is none. */
export function findKey(
  state: KmsState,
  name: string,
): { readonly id: string; readonly key: KeyThings } | undefined {
  const id = name.startsWith("alias/") ? state.aliases[name] : name
  const key = id === undefined ? undefined : state.keys[id]
  return id === undefined || key === undefined || key === "gone" ? undefined : { id, key }
}

/** A key whose waiting period has ended takes its aliases along. */
export function withoutKey(state: KmsState, id: string): KmsState {
  const aliases = withoutEntries(state.aliases, (_, target) => target === id)
  return { ...withKey(state, id, "gone"), aliases }
}
