import type { CompiledPolicies, Decision, PolicyRequest } from "@keywright/policy"

/** One permission that a call needed, as it was put to policies, and how they decided. */
export interface DecidedQuestion {
  /** That of the call; absent where another region asks on behalf of a call of its own. */
  readonly requestId?: string | undefined
  readonly operation: string
  readonly request: PolicyRequest
  readonly decision: Decision
  /** The policies that were asked, but for the grants on the key. */
  readonly policies: CompiledPolicies
  /** The same with the grants on the key, which a call reads only where nothing else decides. */
  readonly withGrants: () => Promise<CompiledPolicies>
}

/**
 * Sees every question as soon as it is decided, before the call goes on: to explain a decision
 * later, or to tell which statements ever decide. It changes nothing; one that throws makes the
 * call fail with `KMSInternalException`. A call that starts again, because another host was
 * faster, asks again.
 */
export type DecisionSink = (question: DecidedQuestion) => void
