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
  /** How many there are, and how many of them are tried. */
  | { readonly kind: "planned"; readonly all: number; readonly count: number }
  | { readonly kind: "tried"; readonly tried: Tried }
