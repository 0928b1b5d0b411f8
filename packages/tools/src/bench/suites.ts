import { existsSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import type { Figures, Goal } from "./figures.js"

const program = join(root, "packages/hsm/bench/suite-bench.mjs")

/** One comparison: the first is what the others are measured against. */
interface Comparison {
  readonly title: string
  readonly results: readonly {
    readonly name: string
    readonly us: number
    readonly ratio: number
  }[]
}

type Promised = Pick<Goal, "goal" | "atLeast">
const opened: Promised = { goal: 1.3 }

/** What is promised of a comparison, by its title. */
const goals: Readonly<Record<string, Promised>> = {
  "sign with ECC_NIST_P256": opened,
  "sign with ECC_NIST_P256, kept open": opened,
  "sign with RSA_2048": opened,
  "sign with RSA_2048, kept open": opened,
  "data key of 32 bytes, by suite": { goal: 3, atLeast: true },
  "sign with RSA_2048, kept open, by suite": { goal: 20, atLeast: true },
}

function rowsOf({ title, results }: Comparison): readonly (readonly string[])[] {
  const [base, ...others] = results
  if (base === undefined) throw new Error(`${title} compares nothing`)
  const cell = (name: string, us: number) => `${name} ${us.toFixed(1)} µs`
  return others.map(({ name, us, ratio }) => [
    title,
    cell(base.name, base.us),
    cell(name, us),
    ratio.toFixed(2),
  ])
}

/** What the software HSM costs over the bare cryptography, and what OpenSSL gains. */
export async function measureSuites(): Promise<Figures | undefined> {
  if (!existsSync(program)) return undefined
  const { ok, stdout, output } = await runNode([program, "--json"])
  if (!ok) throw new Error(output)
  const comparisons: Comparison[] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
  return {
    title: "Suites",
    about:
      "The software HSM by itself: against `node:crypto` doing the same on bytes of the same " +
      "lengths (for a signature: importing the key in the quickest form that can be wiped, and " +
      "signing), and the suite in TypeScript against the one on OpenSSL. Key material is opened " +
      "for each operation, but where it says that keys are kept open, on both sides. Both sides " +
      "of a ratio run in turn in one process; processor time, medians of 15 rounds of 40 ms.",
    head: ["what", "first", "second", "ratio"],
    rows: comparisons.flatMap(rowsOf),
    goals: comparisons.flatMap(({ title, results }) => {
      const promised = goals[title]
      const is = results.at(-1)?.ratio ?? Number.NaN
      return promised === undefined ? [] : [{ name: title, is, unit: " ×", ...promised }]
    }),
  }
}
