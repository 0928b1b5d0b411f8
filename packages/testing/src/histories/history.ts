/*
 * What several callers did at the same time, as they saw it.
 */

/** One call, and what its caller knows of it. */
export interface Operation<Call, Reply> {
  readonly call: Call
  /** When it was asked. Any number will do that grows with time, of one clock for all callers. */
  readonly start: number
  /** Absent when none came: then it may take effect at any later time, or never. */
  readonly answer: Answered<Reply> | undefined
}

export interface Answered<Reply> {
  /** When the caller had it: not before the start. An equal number is the same time. */
  readonly end: number
  readonly reply: Reply
}

/** What calls do to a state, and which replies they may have: the promise that is checked. */
export interface Model<State, Call, Reply> {
  readonly initial: State
  /**
   * The things that a call is about, by names: those that it reads, and those that it writes. Calls
   * that share none, also not through others, are checked apart. One about nothing is not checked.
   */
  thingsOf(call: Call, reply: Reply | undefined): readonly string[]
  /**
   * The state after a call with that reply, or `undefined` where it cannot have it. Without a
   * reply: the state after the call if it has done all that it can do, or the same state.
   */
  after(state: State, call: Call, reply: Reply | undefined): State | undefined
  /** Whether a call with that reply, or any call like it, does nothing to any state. */
  isRead(call: Call, reply: Reply | undefined): boolean
  /** Equal for states that are equal, and for no others. */
  textOf(state: State): string
}

/** Throws `TypeError` for operations that end before they start. */
export function checkOperations(operations: readonly Operation<unknown, unknown>[]): void {
  for (const { start, answer } of operations) {
    if (Number.isFinite(start) && (answer === undefined || answer.end >= start)) continue
    throw new TypeError("an operation of the history does not end at or after its start")
  }
}
