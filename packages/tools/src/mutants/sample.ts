import { createHash } from "node:crypto"

/*
 * Some mistakes of many, drawn by lot: what they say of all of them is said with its bounds.
 */

/** How many are tried, and what decides which: the same seed draws the same mistakes. */
export interface Draw {
  readonly size: number
  readonly seed: string
}

const lotOf = (seed: string, name: string): string =>
  createHash("sha256").update(`${seed} ${name}`).digest("hex")

/** By the name of each alone, so that most are drawn again when others come or go. */
export const drawn = <T>(things: readonly T[], { size, seed }: Draw, nameOf: (one: T) => string) =>
  things
    .map((thing) => ({ thing, lot: lotOf(seed, nameOf(thing)) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, size)
    .map(({ thing }) => thing)

/** The normal distribution has 95 % of itself within so many deviations. */
const deviations = 1.959964

/**
 * Between which parts of a hundred the share of all lies, with a confidence of 95 %, when so many
 * of a sample were counted: the interval of Wilson. Source: E. B. Wilson, "Probable inference, the
 * law of succession, and statistical inference", 1927.
 */
export function boundsOf(counted: number, size: number): readonly [number, number] {
  if (size === 0) return [0, 100]
  const share = counted / size
  const square = deviations ** 2 / size
  const middle = share + square / 2
  const margin = Math.sqrt(square * (share * (1 - share) + square / 4))
  const percentAt = (offset: number) => (100 * (middle + offset)) / (1 + square)
  return [percentAt(-margin), percentAt(margin)]
}
