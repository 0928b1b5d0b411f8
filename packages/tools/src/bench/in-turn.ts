import process from "node:process"
import { median } from "./figures.js"

/** Two acts, measured in one process. */
export interface InTurn {
  readonly baseUs: number
  readonly otherUs: number
  /** The median of the ratios that each round had by itself. */
  readonly ratio: number
}

const rounds = 9

/** Processor time of one run, with its share of garbage. */
export async function sliceUs(act: () => Promise<unknown>, count: number): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i += 1) await act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** Two acts in turns: the median of the ratios that the rounds had, and the medians of both. */
export async function compare(
  base: () => Promise<unknown>,
  other: () => Promise<unknown>,
  count: number,
): Promise<InTurn> {
  const taken: [number, number][] = []
  for (let round = -2; round < rounds; round += 1) {
    const pair: [number, number] = [await sliceUs(base, count), await sliceUs(other, count)]
    if (round >= 0) taken.push(pair)
  }
  return {
    baseUs: median(taken.map(([us]) => us)),
    otherUs: median(taken.map(([, us]) => us)),
    ratio: median(taken.map(([first, second]) => second / first)),
  }
}
