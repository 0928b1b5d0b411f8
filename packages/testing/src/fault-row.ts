import type { OperationName } from "@keywright/core"
import type { Duration } from "./clock.js"

/** What can go wrong, on the way to an engine and behind it. */
export const faultNames = [
  "throttle",
  "latency",
  "timeout",
  "region-down",
  "reply-lost",
  "hsm-down",
  "key-store-disconnected",
  "write-torn",
  "stale-read",
  "corrupted-blob",
] as const
export type FaultName = (typeof faultNames)[number]

/**
 * A fault that is to happen. Everything that is given must fit a call; what is not given fits
 * every call.
 */
export interface FaultRow {
  readonly fault: FaultName
  /** An operation by its AWS name, or several. */
  readonly operation?: OperationName | readonly OperationName[]
  /**
   * A key by key id, key ARN, alias name or alias ARN, however the call names it. An alias name
   * is one of the caller's account.
   */
  readonly key?: string
  readonly region?: string
  /** The caller, as it was named to `client` or `sdk`. */
  readonly caller?: string
  /** How many calls that fit are spared first. Default 0. */
  readonly after?: number
  /** How many calls it strikes. Default: all. */
  readonly count?: number
  /** How likely it strikes a call that fits, from 0 to 1. By the seed, where there is one. */
  readonly probability?: number
  /** Of `latency`: how far the clock of the kit moves while the call is under way. */
  readonly latency?: Duration
}

/** A planned fault, and what became of it. */
export interface PlannedFault {
  readonly row: FaultRow
  /** How many calls it has struck. */
  readonly struck: number
}

/**
 * The faults of a kit. They lie below the retries of the AWS SDK, so the unmodified client meets
 * them as it would meet them from AWS.
 */
export interface Faults {
  /**
   * Adds to what is planned. Of several rows that fit a call, the first one strikes. Throws
   * `TypeError` for a row that makes no sense; none of the rows is planned then.
   */
  plan(rows: readonly FaultRow[]): void
  /** Nothing is planned any more. A fault that struck no call is still told of at `close`. */
  clear(): void
  /** All that was ever planned, the oldest first. */
  planned(): readonly PlannedFault[]
}
