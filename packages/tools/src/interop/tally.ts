import process from "node:process"

/** What was proved and what failed, each as a count. */
export interface Tally {
  readonly passed: number
  readonly failed: number
}

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const isCi = process.env["CI"] === "true"

/** Says what could not be proved, which in CI is a failure. */
export function notProved(what: string, count: number, output: string): Tally {
  print(`not proved: ${what}, which could not be installed\n${output}`)
  return { passed: 0, failed: isCi ? count : 0 }
}

/** Prints what failed, and counts. */
export function told(name: string, count: number, failures: readonly string[]): Tally {
  for (const failure of failures) print(`FAIL  ${name}: ${failure}`)
  print(`${failures.length === 0 ? "ok  " : "FAIL"}  ${name}: ${count} cases`)
  const failed = Math.min(count, failures.length)
  return { passed: count - failed, failed: failures.length }
}

export const sumOf = (tallies: readonly Tally[]): Tally => ({
  passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
  failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
})
