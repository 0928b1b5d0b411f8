import { type Members, nameOf, textIn } from "./kms-call.js"
import { findKey, type KmsState, withEntry, withoutEntries } from "./kms-state.js"
import { admissions, type Row, refuseKey } from "./rows.js"

const aliasIn = (input: Members): string => nameOf(textIn(input, "AliasName") ?? "")
const targetIn = (input: Members): string => nameOf(textIn(input, "TargetKeyId") ?? "")

/** An alias that gets a target: a new one, or one that has another. */
export const aliasRow = (kind: "new" | "known"): Row => {
  const isThere = (state: KmsState, input: Members) => state.aliases[aliasIn(input)] !== undefined
  return {
    things: (input) => [aliasIn(input), targetIn(input)],
    isRead: false,
    keyOf: (state, input) => findKey(state, targetIn(input))?.key,
    succeed: (state, input) => {
      const found = findKey(state, targetIn(input))
      const isAdmitted = found !== undefined && found.key.state !== "PendingDeletion"
      if (!isAdmitted || isThere(state, input) !== (kind === "known")) return undefined
      return { ...state, aliases: withEntry(state.aliases, aliasIn(input), found.id) }
    },
    refuse: (state, input, error) => {
      if (error === "AlreadyExistsException") {
        return kind === "new" && isThere(state, input) ? state : undefined
      }
      const isMissing = kind === "known" && !isThere(state, input)
      if (error === "NotFoundException" && isMissing) return state
      return refuseKey(state, targetIn(input), admissions.change, error)
    },
  }
}

export const deleteAlias: Row = {
  things: (input) => [aliasIn(input)],
  isRead: false,
  keyOf: (state, input) => findKey(state, aliasIn(input))?.key,
  succeed: (state, input) => {
    if (state.aliases[aliasIn(input)] === undefined) return undefined
    return { ...state, aliases: withoutEntries(state.aliases, (name) => name === aliasIn(input)) }
  },
  refuse: (state, input, error) =>
    error === "NotFoundException"
      ? refuseKey(state, aliasIn(input), admissions.always, error)
      : undefined,
}

/** ListAliases of one key: all of its aliases, and no others. */
export const listAliases: Row = {
  things: (input) => [nameOf(textIn(input, "KeyId") ?? "")],
  isRead: true,
  keyOf: (state, input) => findKey(state, nameOf(textIn(input, "KeyId") ?? ""))?.key,
  succeed: (state, input, output) => {
    const found = findKey(state, nameOf(textIn(input, "KeyId") ?? ""))
    if (found === undefined) return undefined
    const list = output?.["Aliases"]
    if (!Array.isArray(list)) return state
    const told = list.map((one: Members) => textIn(one, "AliasName") ?? "").sort()
    const own = Object.keys(state.aliases).filter((name) => state.aliases[name] === found.id)
    if (output?.["Truncated"] === true || input["Marker"] !== undefined) {
      return told.every((name) => own.includes(name)) ? state : undefined
    }
    return told.join() === own.sort().join() ? state : undefined
  },
  refuse: (state, input, error) =>
    refuseKey(state, nameOf(textIn(input, "KeyId") ?? ""), admissions.always, error),
}
