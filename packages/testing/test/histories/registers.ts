import type { Model, Operation } from "../../src/histories.js"

/** A register for each name: the simplest thing that a history can be about. */
export interface RegisterCall {
  readonly of: string
  /** Absent in a read. */
  readonly write?: number
  /** Writes only if this is what is there. */
  readonly expect?: number
}

/** What was read, or whether something was written. */
export type RegisterReply = number | boolean

export type RegisterOperation = Operation<RegisterCall, RegisterReply>

type Registers = Readonly<Record<string, number>>

export const registers: Model<Registers, RegisterCall, RegisterReply> = {
  initial: {},
  thingsOf: ({ of }) => [of],
  isRead: ({ write }) => write === undefined,
  textOf: (state) => JSON.stringify(Object.entries(state).sort()),
  after: (state, { of, write, expect }, reply) => {
    const value = state[of] ?? 0
    if (write === undefined) return reply === undefined || reply === value ? state : undefined
    const isWritten = expect === undefined || expect === value
    if (reply !== undefined && reply !== isWritten) return undefined
    return isWritten ? { ...state, [of]: write } : state
  },
}

/** Tries every order that there is, and remembers nothing: plainly right, and slow. */
export function isLinearizable<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  { initial, after, thingsOf }: Model<State, Call, Reply>,
): boolean {
  const canEnd = (state: State, left: readonly Operation<Call, Reply>[]): boolean => {
    if (left.every(({ answer }) => answer === undefined)) return true
    const firstEnd = Math.min(...left.map(({ answer }) => answer?.end ?? Number.POSITIVE_INFINITY))
    return left.some((one, i) => {
      if (one.start > firstEnd) return false
      const next = after(state, one.call, one.answer?.reply)
      return next !== undefined && canEnd(next, left.toSpliced(i, 1))
    })
  }
  return canEnd(
    initial,
    operations.filter(({ call, answer }) => thingsOf(call, answer?.reply).length > 0),
  )
}
