import type { Expectation, Put, Range } from "@keywright/storage"

/*
 * What this host has decided and not yet written. Calls that decide in turn read it before they
 * read what is stored, so that a commit can carry the writes of many of them.
 */

/** An entry as a write will leave it. */
export interface PendingEntry {
  readonly key: string
  /** `undefined`: it will be gone. */
  readonly value: Uint8Array | undefined
  /** Of the write: whether it was written. */
  readonly written: Promise<boolean>
  /** The same as a record, once somebody has asked for it. */
  record?: unknown
}

/** The pending entries of a host. */
export interface Pending {
  find(key: string): PendingEntry | undefined
  /** Those under a prefix and after a key. */
  within(range: Pick<Range, "prefix" | "after">): readonly PendingEntry[]
}

/** Keys that come or go in an account. How many it has then is known when that is written. */
export interface Tally {
  readonly account: string
  readonly more: number
  /** The write does not happen when the account has more then. */
  readonly max: number | undefined
}

/** A write that was decided: what it relies on, and what it makes of it. */
export interface DecidedWrite {
  /** What was read of the storage, and must still be so. */
  readonly expect: readonly Expectation[]
  /** What was read of what is pending, and must still be so. */
  readonly relied: ReadonlyMap<string, PendingEntry>
  readonly put: readonly Put[]
  readonly remove: readonly string[]
  readonly tallies: readonly Tally[]
  /** Called when other calls can read what was decided, and when they never will. */
  readonly decided?: (() => void) | undefined
}
