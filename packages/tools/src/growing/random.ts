/** Numbers from 0 to 1, the same ones for the same seed. */
export type Random = () => number

/** Good enough to draw requests from; no secret depends on it (Mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A number that looks drawn, and is the same for the same two numbers. */
export function hashOf(one: number, other: number): number {
  let mixed = Math.imul(one ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(other + 1, 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The shares of the first, second, … of so many things, each used less than the one before. */
export function zipfShares(count: number, exponent: number): Float64Array {
  const shares = Float64Array.from({ length: count }, (_, i) => (i + 1) ** -exponent)
  const sum = shares.reduce((total, share) => total + share, 0)
  return shares.map((share) => share / sum)
}

/** The shares of things summed up, one after the other: the last is all of them. */
export function sumsOf(shares: Float64Array): Float64Array {
  let sum = 0
  return shares.map((share) => {
    sum += share
    return sum
  })
}

/** Draws one of several things by the sums of their shares. */
export function drawBySums(sums: Float64Array, random: Random): number {
  const drawn = random() * (sums.at(-1) ?? 0)
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] as number) > drawn) high = middle
    else low = middle + 1
  }
  return low
}
