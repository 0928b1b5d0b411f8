import { bundleOf } from "../compile/bundle.js"
import { compileDocument } from "../compile/compile-document.js"
import { decideSituation } from "../decide/decide.js"
import { matchKeyPolicy } from "../decide/open-door.js"
import { situationOf } from "../decide/situation.js"
import { explain } from "../explain/explain.js"
import type { Explanation } from "../explain/explanation.js"
import type { Policies, PolicyDocument, PolicyRequest } from "../vocabulary/types.js"

export interface LockoutInput {
  /** The new key policy. */
  readonly keyPolicy: PolicyDocument
  /** The caller's other policies; their `keyPolicy` is replaced. */
  readonly policies: Omit<Policies, "keyPolicy">
  /** The caller, asking to call PutKeyPolicy on the key; the action is filled in. */
  readonly request: Omit<PolicyRequest, "action">
}

export type LockoutCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly because: Explanation }

/**
 * Whether the caller could still call PutKeyPolicy under the new key policy (KMS Developer Guide,
 * "Key policy lockout safety check"). A policy that delegates PutKeyPolicy to the account of the
 * caller passes for every principal of the account, as the default key policy must.
 */
export function checkLockout({ keyPolicy, policies, request }: LockoutInput): LockoutCheck {
  const bundle = bundleOf({ ...policies, keyPolicy }, {}, compileDocument)
  const question: PolicyRequest = { ...request, action: "kms:PutKeyPolicy" }
  const situation = situationOf(bundle, question)
  const decision = decideSituation(situation)
  const delegates =
    decision.effect === "implicitDeny" &&
    decision.reason !== "brokenDocument" &&
    situation.sameAccount &&
    matchKeyPolicy(situation).delegation !== undefined
  if (decision.effect === "allow" || delegates) return { ok: true }
  return { ok: false, because: explain(bundle, question) }
}
