import { bundleOf } from "../compile/bundle.js"
import { compileDocument } from "../compile/compile-document.js"
import { decideSituation } from "../decide/decide.js"
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
 * Whether the caller could still call PutKeyPolicy under the new key policy: the whole decision
 * counts. Where the policy only delegates to the account, the caller must have the permission by
 * policies of their own.
 *
 * Source: AWS KMS Developer Guide, "Key policy lockout safety check".
 */
export function checkLockout({ keyPolicy, policies, request }: LockoutInput): LockoutCheck {
  const bundle = bundleOf({ ...policies, keyPolicy }, {}, compileDocument)
  const question: PolicyRequest = { ...request, action: "kms:PutKeyPolicy" }
  if (decideSituation(situationOf(bundle, question)).effect === "allow") return { ok: true }
  return { ok: false, because: explain(bundle, question) }
}
