import type { Link, LinkEvents } from "../links/link.js"
import type { Measure, MeasureState } from "../wire/measures.js"
import type { FullPlan } from "../wire/plan.js"

/** A boundary that was started and knows nothing yet. */
export interface Started {
  readonly openLink: (events: LinkEvents) => Link
  /** What the host finds out about it, once it is ready. */
  readonly measures: () => Promise<Partial<Record<Measure, MeasureState>>>
  /** Waits until what was started for it is no more. */
  readonly gone: () => Promise<void>
}

/** Starts a boundary for a plan, whose secrets it does not touch. */
export type StartBoundary = (plan: FullPlan) => Promise<Started>
