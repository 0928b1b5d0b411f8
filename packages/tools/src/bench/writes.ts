import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import { type Figures, type Goal, median } from "./figures.js"

const widths = [1, 64, 512]

const kinds = [
  { name: "createKey", title: "CreateKey", goals: [undefined, 3, 3] },
  { name: "oneKey", title: "writes to one key", goals: [undefined, 1, undefined] },
] as const

/** Writes with many callers at once on SQLite, against the same one at a time. */
export async function measureWrites(): Promise<Figures> {
  const program = fileURLToPath(new URL("many-writes.js", import.meta.url))
  const { ok, stdout, output } = await runNode([program, ...widths.map(String)])
  if (!ok) throw new Error(output)
  const rates = JSON.parse(stdout) as Readonly<Record<string, readonly (readonly number[])[]>>
  const rows: (readonly string[])[] = []
  const goals: Goal[] = []
  for (const { name, title, goals: wanted } of kinds) {
    const found = rates[name] ?? []
    const [alone = []] = found
    for (const [i, width] of widths.entries()) {
      const ratio = median((found[i] ?? []).map((rate, round) => rate / (alone[round] ?? 0)))
      rows.push([title, String(width), median(found[i] ?? []).toFixed(0), ratio.toFixed(2)])
      const goal = wanted[i]
      if (goal === undefined) continue
      goals.push({ name: `${title}, ${width} at once`, is: ratio, goal, unit: "", atLeast: true })
    }
  }
  return {
    title: "Writes side by side",
    about:
      "A process that writes to a SQLite file with as many callers at once, each of which \
begins again when it has an answer. Medians of five rounds; ratios within a round. A commit \
carries up to 64 writes and is flushed to the disk once.",
    head: ["what", "callers", "writes a second", "against one caller"],
    rows,
    goals,
  }
}
