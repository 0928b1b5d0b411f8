const rounds = 7

/** The least time of several: what the machine does besides makes a round longer, never shorter. */
async function leastMs(act: () => unknown): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round += 1) {
    const beganMs = performance.now()
    await act()
    leastMs = Math.min(leastMs, performance.now() - beganMs)
  }
  return leastMs
}

/** What is twice as much work for each of four times as many: beyond it, work is not linear. */
export const linearMax = 8

/** How often it is measured again: what is not linear never looks it, and noise does not last. */
const series = 3

/** How many times as long something takes with an input that is four times as large. */
export async function growthOf<Input>(
  make: (size: number) => Input,
  act: (input: Input) => unknown,
  size: number,
): Promise<number> {
  const [small, large] = [make(size), make(4 * size)]
  await act(small)
  await act(large)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < series && least >= linearMax; round += 1) {
    const smallMs = await leastMs(() => act(small))
    least = Math.min(least, (await leastMs(() => act(large))) / smallMs)
  }
  return least
}
