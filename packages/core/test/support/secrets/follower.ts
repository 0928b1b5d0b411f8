import type { Needle } from "./seen-memory.js"

/** How a step goes wrong: it breaks, or says that what it got is not genuine. */
export type Failure = "throws" | "refuses"

/** Steps are counted from 1. */
export interface FailingStep {
  readonly step: number
  readonly failure: Failure
}

/** What a test controls of whoever follows secrets. */
export interface Following {
  readonly needles: readonly Needle[]
  /** Follows one more secret. */
  know(name: string, bytes: Uint8Array): void
  /** The steps that are made from now on are counted, and one of them fails. */
  count(failing?: FailingStep): void
  /** In which ways the steps could fail that were counted. */
  failures(): readonly FailingStep[]
}

/** Remembers secrets by a piece of each, and lets one step fail. */
export interface Follower extends Following {
  /** Does nothing when it is the step that fails. `refusal` says that nothing is genuine. */
  step<T>(act: () => T, refusal?: { readonly is: T }): T
}

/** So many bytes of a secret are looked for: fewer may be somewhere by chance. */
export const needleBytes = 16

export function createFollower(): Follower {
  const needles: Needle[] = []
  let steps: (readonly Failure[])[] = []
  let failing: FailingStep | undefined
  return {
    needles,
    know(name, bytes) {
      // Whoever looks at memory does not see this: it shares no pool with what others make.
      const copy = Buffer.alloc(bytes.length)
      copy.set(bytes)
      for (const at of [0, bytes.length - needleBytes]) {
        const from = Math.max(0, at)
        const piece = copy.subarray(from, from + needleBytes)
        const isTelling = piece.length >= 8 && piece.some((byte) => byte !== piece[0])
        if (isTelling) needles.push({ name, bytes: piece })
      }
    },
    step(act, refusal) {
      steps.push(refusal === undefined ? ["throws"] : ["throws", "refuses"])
      if (failing?.step !== steps.length) return act()
      if (failing.failure === "throws" || refusal === undefined) throw new Error("planted")
      return refusal.is
    },
    count(next) {
      steps = []
      failing = next
    },
    failures: () => steps.flatMap((ways, i) => ways.map((failure) => ({ step: i + 1, failure }))),
  }
}
