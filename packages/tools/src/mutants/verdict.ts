import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { type Mutant, reasonOf } from "./equivalents.js"
import type { Tried } from "./messages.js"

export interface Score {
  readonly noticed: number
  readonly unnoticed: readonly Tried[]
  /** Need not be noticed, or could not be tried. */
  readonly leftOut: number
}

/** The line of a mistake, and the one above it. */
function linesOf({ file, line }: Tried): Pick<Mutant, "line" | "lineAbove"> {
  const lines = readFileSync(join(root, file), "utf8").split("\n")
  const at = (number: number): string => lines[number - 1]?.trim() ?? ""
  return { line: at(line), lineAbove: at(line - 1) }
}

/** Whether somebody must notice: its reason is written down otherwise. */
export const mustBeNoticed = (tried: Tried): boolean =>
  tried.outcome === "unnoticed" && reasonOf({ ...tried, ...linesOf(tried) }) === undefined

export function scoreOf(tried: readonly Tried[]): Score {
  const noticed = tried.filter(({ outcome }) => outcome === "noticed").length
  const unnoticed = tried.filter(mustBeNoticed)
  return { noticed, unnoticed, leftOut: tried.length - noticed - unnoticed.length }
}

/** Of a hundred; one in which nothing was tried has noticed nothing. */
export function percentOf({ noticed, unnoticed }: Score): number {
  const all = noticed + unnoticed.length
  return all === 0 ? 0 : (100 * noticed) / all
}
