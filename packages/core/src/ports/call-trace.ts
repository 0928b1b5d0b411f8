import type { Decision } from "@keywright/policy"

/** A key that a call was about. */
export interface TracedKey {
  readonly arn: string
  readonly keySpec: string
}

/**
 * What is told of one call, complete when it is over. Nothing of what was encrypted, signed or
 * authenticated is in it: no plaintext, no ciphertext, no value of an encryption context.
 */
export interface TracedCall {
  readonly operation: string
  readonly region: string
  /** Who called: an ARN, or the name of a service. */
  readonly principal: string
  requestId?: string | undefined
  keys: readonly TracedKey[]
  /** The key materials that were used. */
  keyMaterialIds: readonly string[]
  /** Why it was allowed or refused, one for each permission that it needed. */
  decisions: readonly Decision[]
  /** How often the last attempt asked the storage: not at all where everything was remembered. */
  storeReads: number
  /** The name of the error that the caller got. */
  errorName?: string | undefined
}

/** What is told of one sweep that came to an answer. */
export interface TracedSweep {
  readonly region: string
  /** By how much the oldest key that was due was late; 0 when none was due. */
  readonly lateMs: number
  /** Whether it came to the end of what was due. */
  readonly isComplete: boolean
}

/**
 * Follows calls from their beginning to their end, to measure them and to put them into a trace,
 * and hears of sweeps. It changes nothing: a call that it does not run is made all the same, and
 * what it throws is lost.
 */
export interface CallTrace {
  /** Whether anybody wants to hear of a call of this operation; asked at every call. */
  follows(operation: string): boolean
  /**
   * Runs the call, at once, so that what it does belongs to a trace. The promise of `act` tells
   * when the call is over, and answers nothing; it rejects with the `KmsError` of a refusal.
   */
  run(call: TracedCall, act: () => Promise<void>): unknown
  /** Told when a sweep is over. */
  swept(sweep: TracedSweep): void
}
