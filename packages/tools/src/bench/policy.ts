import { existsSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"

const program = join(root, "packages/policy/bench/policy-bench.mjs")

/** `decide, 99th percentile       1.2 µs` is a name and a figure. */
const rowOf = (line: string): readonly string[] => {
  const [name = "", figure = ""] = line.split(/ {2,}/)
  return [name, figure]
}

/** The figures that the policy package takes of itself. */
export async function measurePolicy(): Promise<Figures | undefined> {
  if (!existsSync(program)) return undefined
  const { ok, stdout, output } = await runNode(["--expose-gc", program])
  if (!ok) throw new Error(output)
  return {
    title: "Policy decisions",
    about: "`@keywright/policy` by itself: decisions, explanations and compiling.",
    head: ["what", "figure"],
    rows: stdout.trim().split("\n").map(rowOf),
    goals: [],
  }
}
