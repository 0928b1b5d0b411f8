import { checkOperations, type Model, type Operation } from "./history.js"
import { partsOf } from "./parts.js"
import { renderVerdict } from "./render.js"
import { type Budget, searchOrder } from "./search.js"
import type { HistoryVerdict } from "./verdict.js"

export interface CheckOptions {
  /**
   * How many calls the search may try to place; 256 characters of a state that is remembered count
   * as one, so that the memory has an end. Default: 2,000,000, which is below a gigabyte.
   */
  readonly stepsMax?: number | undefined
}

const stepsMaxDefault = 2_000_000

/**
 * Whether what several callers saw is what one caller after the other could have seen: every call
 * took effect at one moment between its start and its end. Calls without an answer took effect at
 * some moment after their start, or never. The first part of the history that tells otherwise is
 * the verdict. Throws `TypeError` for operations that end before they start.
 */
export function checkHistory<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  model: Model<State, Call, Reply>,
  { stepsMax = stepsMaxDefault }: CheckOptions = {},
): HistoryVerdict<Call, Reply> {
  if (!(stepsMax > 0)) throw new TypeError("`stepsMax` must be a number of steps")
  checkOperations(operations)
  const budget: Budget = { stepsLeft: stepsMax }
  for (const part of partsOf(operations, model)) {
    const found = searchOrder(part.operations, model, budget)
    const steps = stepsMax - budget.stepsLeft
    if (found.found === "nothing in time") return { verdict: "undecided", steps, ...part }
    if (found.found === "no order") {
      const { order, state, next } = found
      return { verdict: "violated", steps, ...part, order, state, next }
    }
  }
  return { verdict: "linearizable", steps: stepsMax - budget.stepsLeft }
}

/** Throws an `Error` that shows the verdict, unless the history is linearizable. */
export function assertLinearizable<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  model: Model<State, Call, Reply>,
  options: CheckOptions = {},
): void {
  const verdict = checkHistory(operations, model, options)
  if (verdict.verdict !== "linearizable") throw new Error(renderVerdict(verdict))
}
