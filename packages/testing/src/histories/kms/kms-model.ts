import type { Model } from "../history.js"
import type { KmsCall, KmsReply, Members } from "./kms-call.js"
import { emptyState, type KeyThings, type KmsState } from "./kms-state.js"
import { operations } from "./operations.js"
import type { Row } from "./rows.js"

export interface KmsModelOptions {
  /**
   * Whether the policy and the grants of a key allow a call; `undefined` where that is not known.
   * What is known to be allowed may not be refused, and the other way round. Default: nothing is
   * known.
   */
  readonly allows?: ((key: KeyThings, call: KmsCall) => boolean | undefined) | undefined
}

/** Refusals that say something of the key; others depend on what the model does not know. */
const telling: ReadonlySet<string> = new Set([
  "AlreadyExistsException",
  "DisabledException",
  "KMSInvalidStateException",
  "NotFoundException",
])

function rowOf({ operation }: KmsCall): Row {
  const row = Object.hasOwn(operations, operation) ? operations[operation] : undefined
  if (row !== undefined) return row
  throw new TypeError(`the model of histories does not know ${operation}`)
}

const isDryRun = ({ input }: KmsCall): boolean => input["DryRun"] === true

/**
 * Keys as callers see them: their states, descriptions, tags, policies, grants and key materials,
 * and the aliases that point to them. A key begins with the CreateKey that made it, which must be
 * in the history; calls about others are refused by the model. It throws `TypeError` for
 * operations that change keys in ways that it does not know, such as imports.
 */
export function kmsModel({ allows }: KmsModelOptions = {}): Model<KmsState, KmsCall, KmsReply> {
  const allowed = (state: KmsState, call: KmsCall): boolean | undefined => {
    const key = rowOf(call).keyOf(state, call.input)
    return key === undefined ? undefined : allows?.(key, call)
  }
  const refused = (state: KmsState, call: KmsCall, error: string): KmsState | undefined => {
    if (error === "AccessDeniedException") {
      return allowed(state, call) === true ? undefined : state
    }
    return telling.has(error) ? rowOf(call).refuse(state, call.input, error) : state
  }
  const succeeded = (state: KmsState, call: KmsCall, output: Members | undefined) => {
    if (allowed(state, call) === false) return undefined
    return rowOf(call).succeed(state, call.input, output)
  }
  return {
    initial: emptyState,
    isRead: (call, reply) =>
      rowOf(call).isRead || isDryRun(call) || (reply !== undefined && "error" in reply),
    textOf: (state) => JSON.stringify(state),
    thingsOf: (call, reply) => {
      if (isDryRun(call)) return []
      const output = reply !== undefined && "output" in reply ? reply.output : undefined
      return rowOf(call)
        .things(call.input, output)
        .flatMap((name) => name || [])
    },
    after: (state, call, reply) => {
      if (reply === undefined) return succeeded(state, call, undefined) ?? state
      return "error" in reply
        ? refused(state, call, reply.error)
        : succeeded(state, call, reply.output)
    },
  }
}
