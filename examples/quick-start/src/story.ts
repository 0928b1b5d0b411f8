import { createHash } from "node:crypto"

/*
 * How the quick start speaks: one line for each thing that happened.
 */

const columnWidth = 30

/** Prints a heading. */
export const chapter = (title: string): void => {
  process.stdout.write(`\n${title}\n`)
}

/** Prints one line: what, and what came of it. */
const line = (what: string, result: string): void => {
  process.stdout.write(`  ${what.padEnd(columnWidth)} ${result}\n`)
}

/** Runs one step and prints it with its time. */
export async function step<Value>(
  what: string,
  work: () => Promise<Value>,
  describe: (value: Value) => string,
): Promise<Value> {
  const start = performance.now()
  const value = await work()
  line(what, `${describe(value)} (${(performance.now() - start).toFixed(1)} ms)`)
  return value
}

/** Runs a step that must be refused, and prints how. Throws when it is not. */
export async function refused(what: string, work: () => Promise<unknown>): Promise<void> {
  let error: unknown
  try {
    await work()
  } catch (thrown) {
    error = thrown
  }
  if (!(error instanceof Error)) throw new Error(`not refused: ${what}`)
  line(what, [error.name, shortened(error.message)].filter((text) => text !== "").join(": "))
}

/** A refusal by policy without who, what and where, which the line has said already. */
const shortened = (text: string): string => text.replace(/^User: .* on resource: \S+ /, "")

export const bytes = (value: Uint8Array): string => `${value.length.toLocaleString("en")} bytes`

/** Enough of a hash to see that two files are one. */
export const fingerprint = (value: Uint8Array): string =>
  createHash("sha256").update(value).digest("hex").slice(0, 16)
