import type { ContextValue } from "@keywright/policy"

/** What a session was given, on top of what the directory knows: as the engine takes it. */
export interface SessionIdentity {
  readonly sessionPolicies?: readonly string[]
  readonly tags?: Readonly<Record<string, string>>
}

/** A caller as the engine takes it: a principal, and what is known of it and of its request. */
export interface VerifiedCaller {
  readonly principal: string
  readonly context: {
    readonly roleArn?: string
    readonly issuerUserArn?: string
    readonly conditionKeys: Readonly<Record<string, ContextValue>>
    readonly session?: SessionIdentity
  }
}
