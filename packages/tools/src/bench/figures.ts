import { cpus, totalmem } from "node:os"
import process from "node:process"
import { table } from "../reference/markdown.js"

/** A ratio or an amount that we promise to stay below. */
export interface Goal {
  readonly name: string
  readonly is: number
  readonly goal: number
  readonly unit: string
}

/** What one benchmark found. */
export interface Figures {
  readonly title: string
  /** What was measured and how, as a paragraph. */
  readonly about: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly goals: readonly Goal[]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

const goalLine = ({ name, is, goal, unit }: Goal): string =>
  `${is <= goal ? "Reached" : "**Missed**"}: ${name} ${is.toFixed(2)}${unit}, goal ${goal}${unit}.`

export const printFigures = ({ title, about, head, rows, goals }: Figures): string =>
  [`## ${title}`, about, table(head, rows), goals.map(goalLine).join("\\\n")]
    .filter((part) => part !== "")
    .join("\n\n")

/** The machine in one sentence. */
export function machineWords(): string {
  const processors = cpus()
  const memoryGib = Math.round(totalmem() / 2 ** 30)
  const model = processors[0]?.model.trim() || "unknown processor"
  const { node, openssl } = process.versions
  return (
    `${model}, ${processors.length} cores, ${memoryGib} GiB, ${process.platform} ` +
    `${process.arch}, Node ${node} (OpenSSL ${openssl})`
  )
}
