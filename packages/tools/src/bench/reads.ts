import { fileURLToPath } from "node:url"
import { runNode } from "../run.js"
import type { Figures } from "./figures.js"
import type { InTurn } from "./in-turn.js"

const keys = 2000

const kinds = [
  { name: "describeKey", title: "DescribeKey", goal: 3 },
  { name: "encrypt", title: "Encrypt, 32 bytes", goal: 2 },
] as const

type Found = Readonly<Record<string, InTurn>>

/** What a call costs about a key that the host does not remember, in a process of its own. */
export async function measureReads(): Promise<Figures> {
  const program = fileURLToPath(new URL("many-reads.js", import.meta.url))
  const { ok, stdout, output } = await runNode(["--no-warnings", program, String(keys)])
  if (!ok) throw new Error(output)
  const found = JSON.parse(stdout) as Found
  const us = (value = Number.NaN): string => `${value.toFixed(1)} µs`
  return {
    title: "Keys that are not remembered",
    about:
      `SQLite, OpenSSL, ${keys.toLocaleString("en-US")} keys in turn, on a host that remembers ` +
      "all of them and on one that remembers next to none. Processor time, medians of 9 rounds " +
      "in turn; the ratio is the median of the ratios of the rounds.",
    head: ["what", "remembered", "read again", "ratio"],
    rows: kinds.map(({ name, title }) => {
      const { baseUs, otherUs, ratio = Number.NaN } = found[name] ?? {}
      return [title, us(baseUs), us(otherUs), ratio.toFixed(2)]
    }),
    goals: kinds.map(({ name, title, goal }) => {
      const is = found[name]?.ratio ?? Number.NaN
      return { name: `${title}, read again against remembered`, is, goal, unit: " ×" }
    }),
  }
}
