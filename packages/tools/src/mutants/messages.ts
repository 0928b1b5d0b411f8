/*
 * What the process that tries mistakes tells the one that counts them.
 */

/** One mistake, and whether a test noticed it. */
export interface Tried {
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly mutator: string
  readonly original: string
  readonly replacement: string
  /** `unclear` of one that could not be tried, as what does not compile. */
  readonly outcome: "noticed" | "unnoticed" | "unclear"
}

export type MutantMessage =
  | { readonly kind: "planned"; readonly count: number }
  | { readonly kind: "tried"; readonly tried: Tried }
