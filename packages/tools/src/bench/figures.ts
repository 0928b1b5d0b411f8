import { cpus, totalmem } from "node:os"
import process from "node:process"
import { table } from "../reference/markdown.js"

/** A ratio or an amount that we promise to stay below, or to reach at least. */
export interface Goal {
  readonly name: string
  readonly is: number
  readonly goal: number
  readonly unit: string
  readonly atLeast?: true
}

/** By how much a goal is missed, as a factor; at most 1 when it is reached. */
export const shortfall = ({ is, goal, atLeast }: Goal): number => (atLeast ? goal / is : is / goal)

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

function goalLine(one: Goal): string {
  const { name, is, goal, unit, atLeast } = one
  const verdict = shortfall(one) <= 1 ? "Reached" : "**Missed**"
  const bound = atLeast ? "at least " : ""
  return `${verdict}: ${name} ${is.toFixed(2)}${unit}, goal ${bound}${goal}${unit}.`
}

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
