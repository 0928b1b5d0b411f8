import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { reasonOf } from "./equivalents.js"
import type { Tried } from "./messages.js"

export interface Score {
  readonly noticed: number
  readonly unnoticed: readonly Tried[]
  /** Need not be noticed, or could not be tried. */
  readonly leftOut: number
}

const lineAt = ({ file, line }: Tried): string =>
  readFileSync(join(root, file), "utf8").split("\n")[line - 1]?.trim() ?? ""

/** Whether somebody must notice: its reason is written down otherwise. */
export const mustBeNoticed = (tried: Tried): boolean =>
  tried.outcome === "unnoticed" && reasonOf({ ...tried, line: lineAt(tried) }) === undefined

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
