import { type Members, nameOf, textIn } from "./kms-call.js"
import {
  findKey,
  type KeyStateName,
  type KeyThings,
  type KmsState,
  withKey,
  withoutKey,
} from "./kms-state.js"

/** What one operation means to the model. */
export interface Row {
  /** The names of keys and aliases that it is about, as far as input and reply tell. */
  readonly things: (input: Members, output: Members | undefined) => readonly (string | undefined)[]
  /** The state after a success, or `undefined` where it cannot succeed. */
  readonly succeed: (
    state: KmsState,
    input: Members,
    output: Members | undefined,
  ) => KmsState | undefined
  /** The state after a refusal by name. Default, for other names: it is always possible. */
  readonly refuse: (state: KmsState, input: Members, error: string) => KmsState | undefined
  readonly isRead: boolean
  /** The key whose policy and grants are asked. */
  readonly keyOf: (state: KmsState, input: Members) => KeyThings | undefined
}

/** In which states of a key an operation is admitted, and how the others refuse it. */
export type Admission = Readonly<Record<KeyStateName, string | undefined>>

const invalidState = "KMSInvalidStateException"

/** Source: AWS KMS Developer Guide, "Key states of AWS KMS keys". */
export const admissions = {
  always: { Enabled: undefined, Disabled: undefined, PendingDeletion: undefined },
  use: { Enabled: undefined, Disabled: "DisabledException", PendingDeletion: invalidState },
  change: { Enabled: undefined, Disabled: undefined, PendingDeletion: invalidState },
  cancel: { Enabled: invalidState, Disabled: invalidState, PendingDeletion: undefined },
} as const satisfies Readonly<Record<string, Admission>>

interface KeyRow {
  readonly admits: Admission
  /** Default: it changes nothing. Answers `undefined` where it cannot succeed. */
  readonly change?: (
    key: KeyThings,
    input: Members,
    output: Members | undefined,
  ) => KeyThings | undefined
  /** What the reply tells; the key with what was learned. */
  readonly shows?: (key: KeyThings, output: Members, input: Members) => KeyThings | undefined
  /** Other reasons for a refusal with this name. */
  readonly refusals?: Readonly<Record<string, (key: KeyThings, input: Members) => boolean>>
}

/** The key that a reply names. */
const toldKey = (output: Members | undefined): string | undefined => {
  const told =
    textIn(output, "KeyId") ?? textIn((output?.["KeyMetadata"] ?? {}) as Members, "KeyId")
  return told === undefined ? undefined : nameOf(told)
}

/** A refusal of a key that is not there, or whose state does not admit the operation. */
export function refuseKey(
  state: KmsState,
  name: string,
  admits: Admission,
  error: string,
): KmsState | undefined {
  const found = findKey(state, name)
  if (error === "NotFoundException") {
    if (found === undefined) return state
    // Nobody but the clock knows when the waiting period ends.
    return found.key.state === "PendingDeletion" ? withoutKey(state, found.id) : undefined
  }
  if (found === undefined) return undefined
  return admits[found.key.state] === error ? state : undefined
}

/** An operation about one key, which may be named by an alias or, without a name, by its reply. */
export function keyRow({ admits, change, shows, refusals = {} }: KeyRow): Row {
  const given = (input: Members): string => nameOf(textIn(input, "KeyId") ?? "")
  const learn = (key: KeyThings, input: Members, output: Members | undefined) => {
    const changed = change === undefined ? key : change(key, input, output)
    if (changed === undefined || output === undefined || shows === undefined) return changed
    return shows(changed, output, input)
  }
  return {
    things: (input, output) => [given(input), toldKey(output)],
    isRead: change === undefined,
    keyOf: (state, input) => findKey(state, given(input))?.key,
    succeed: (state, input, output) => {
      const told = toldKey(output)
      const found = findKey(state, given(input) || (told ?? ""))
      if (found === undefined || admits[found.key.state] !== undefined) return undefined
      if (told !== undefined && told !== found.id) return undefined
      const key = learn(found.key, input, output)
      return key === undefined || key === found.key ? key && state : withKey(state, found.id, key)
    },
    refuse: (state, input, error) => {
      const found = findKey(state, given(input))
      if (found !== undefined && refusals[error]?.(found.key, input) === true) return state
      return refuseKey(state, given(input), admits, error)
    },
  }
}
