import { median } from "./figures.js"

/** Something to be measured; answers at once or later. */
export type Act = () => unknown

export interface Contest {
  /** Medians over the rounds, in µs. */
  readonly firstUs: number
  readonly secondUs: number
  /** The median of the ratios that each round had by itself. */
  readonly ratio: number
}

async function sliceUs(act: Act, sliceMs: number): Promise<number> {
  const start = performance.now()
  let count = 0
  let elapsedMs = 0
  while (elapsedMs < sliceMs) {
    for (let i = 0; i < 20; i += 1) await act()
    count += 20
    elapsedMs = performance.now() - start
  }
  return (elapsedMs * 1000) / count
}

/**
 * Measures two things in turns, so that whatever else the machine does meets both. The order
 * changes from round to round.
 */
export async function contest(
  first: Act,
  second: Act,
  { rounds = 25, sliceMs = 40 } = {},
): Promise<Contest> {
  for (const act of [first, second]) await sliceUs(act, 300)
  const firsts: number[] = []
  const seconds: number[] = []
  const measureFirst = async () => firsts.push(await sliceUs(first, sliceMs))
  const measureSecond = async () => seconds.push(await sliceUs(second, sliceMs))
  for (let round = 0; round < rounds; round += 1) {
    const [one, other] =
      round % 2 === 0 ? [measureFirst, measureSecond] : [measureSecond, measureFirst]
    await one()
    await other()
  }
  return {
    firstUs: median(firsts),
    secondUs: median(seconds),
    ratio: median(firsts.map((value, i) => value / (seconds[i] ?? Number.NaN))),
  }
}
