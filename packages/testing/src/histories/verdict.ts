import type { Part } from "./parts.js"
import type { Dead } from "./search.js"

/** What a history comes to. */
export type HistoryVerdict<Call, Reply> =
  | { readonly verdict: "linearizable"; readonly steps: number }
  /** The steps did not suffice. It is no pass. */
  | ({ readonly verdict: "undecided"; readonly steps: number } & Part<Call, Reply>)
  /** There is no order of the calls about these things that explains their replies. */
  | ({ readonly verdict: "violated"; readonly steps: number } & Part<Call, Reply> &
      Dead<Call, Reply>)
