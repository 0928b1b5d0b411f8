import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"

const keys = 100_000
const grants = 50_000

const counted = (count: number): string => count.toLocaleString("en-US")

/** What having many keys, aliases and grants adds to a call, in a process of its own. */
export async function measureScale(): Promise<Figures> {
  const program = fileURLToPath(new URL("many-things.js", import.meta.url))
  const { ok, stdout, output } = await runNode([program, String(keys), String(grants)])
  if (!ok) throw new Error(output)
  const figures = JSON.parse(stdout)
  const row = (name: string, { baseUs, otherUs, ratio }: typeof figures.grants) => [
    name,
    `${baseUs.toFixed(1)} µs`,
    `${otherUs.toFixed(1)} µs`,
    ratio.toFixed(2),
  ]
  const names = {
    grants: `Decrypt by grant, 10 and ${counted(grants)} grants on the key`,
    listKeys: `ListKeys, the first and the last full page of ${counted(keys)} keys`,
    listAliases: `ListAliases, the first and the last full page of ${counted(keys)} aliases`,
  }
  return {
    title: "Many things",
    about:
      "The memory storage, `kms.as(…)`, noble; pages of 100. Processor time, medians of 9 rounds " +
      "in turn; the ratio is the median of the ratios of the rounds.",
    head: ["what", "first", "second", "ratio"],
    rows: [
      row(names.grants, figures.grants),
      row(names.listKeys, figures.listKeys),
      row(names.listAliases, figures.listAliases),
      [
        `sweep of ${counted(keys)} keys with nothing due`,
        `${figures.sweepUs.toFixed(1)} µs`,
        "",
        "",
      ],
    ],
    goals: [{ name: names.grants, is: figures.grants.ratio, goal: 1.5, unit: " ×" }],
  }
}
