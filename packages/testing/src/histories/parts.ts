import type { Model, Operation } from "./history.js"

/** Operations that must be looked at together. */
export interface Part<Call, Reply> {
  /** What they are about. */
  readonly things: readonly string[]
  readonly operations: readonly Operation<Call, Reply>[]
}

/** Names that are tied together, each to one that stands for all. */
function createTies() {
  const parents = new Map<string, string>()
  const rootOf = (name: string): string => {
    let root = name
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up
    // Next time the way is short.
    for (let at = name; at !== root; ) {
      const up = parents.get(at) ?? root
      parents.set(at, root)
      at = up
    }
    return root
  }
  return {
    rootOf,
    tie: (one: string, other: string): void => {
      const [from, to] = [rootOf(one), rootOf(other)]
      if (from !== to) parents.set(from, to)
    },
  }
}

/**
 * Cuts a history into parts that share nothing. A history is linearizable if each of its parts is.
 *
 * Source: M. P. Herlihy and J. M. Wing, "Linearizability: A Correctness Condition for Concurrent
 * Objects", 1990, theorem 1, "locality".
 */
export function partsOf<State, Call, Reply>(
  operations: readonly Operation<Call, Reply>[],
  model: Model<State, Call, Reply>,
): readonly Part<Call, Reply>[] {
  const ties = createTies()
  const about = operations.map(({ call, answer }) => model.thingsOf(call, answer?.reply))
  for (const [first, ...others] of about) {
    for (const other of others) if (first !== undefined) ties.tie(first, other)
  }
  const parts = new Map<string, { things: Set<string>; operations: Operation<Call, Reply>[] }>()
  for (const [i, operation] of operations.entries()) {
    const [first, ...others] = about[i] ?? []
    if (first === undefined) continue
    const root = ties.rootOf(first)
    const part = parts.get(root) ?? { things: new Set(), operations: [] }
    parts.set(root, part)
    for (const thing of [first, ...others]) part.things.add(thing)
    part.operations.push(operation)
  }
  return [...parts.values()].map(({ things, operations: own }) => ({
    things: [...things],
    operations: own,
  }))
}
