// What the measurements share: a clock in µs, medians, one line for each figure.

/** The time that `act` takes for one item, in µs. */
export async function time(items, act) {
  const start = process.hrtime.bigint()
  for (const item of items) await act(item)
  return Number(process.hrtime.bigint() - start) / 1e3 / items.length
}

export function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

export function print(name, figure, unit) {
  const digits = figure < 10 ? 2 : figure < 100 ? 1 : 0
  process.stdout.write(`${name.padEnd(52)}${figure.toFixed(digits).padStart(9)} ${unit}\n`)
}
