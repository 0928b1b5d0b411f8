import { readdirSync, readFileSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import type { Logger } from "@stryker-mutator/api/logging"
import { Instrumenter } from "@stryker-mutator/instrumenter"
import { root } from "../paths.js"

/*
 * The mistakes of some sources, and those sources with all of them inside, each behind a switch.
 */

/** One mistake. */
export interface Mistake {
  /** By which its switch is turned. */
  readonly id: string
  /** From the root of the repository. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Among all, as long as its line stays where it is. */
  readonly name: string
  readonly mutator: string
  readonly original: string
  readonly replacement: string
}

export interface MadeMistakes {
  readonly mistakes: readonly Mistake[]
  /** By absolute path: the text with the switches. */
  readonly sources: Readonly<Record<string, string>>
}

const ignore = (): void => undefined
const isOff = (): boolean => false
const silent: Logger = {
  isTraceEnabled: isOff,
  isDebugEnabled: isOff,
  isInfoEnabled: isOff,
  isWarnEnabled: isOff,
  isErrorEnabled: isOff,
  isFatalEnabled: isOff,
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  fatal: ignore,
}

/** The files below a folder whose names end so, or the one file. */
export const filesOf = (path: string, ending: string): readonly string[] =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(ending))
        .map((file) => join(path, file))
    : [path]

/** A folder, a file, or some lines of a file. */
interface Part {
  readonly files: readonly string[]
  readonly isIn: (line: number) => boolean
}

function partOf(source: string): Part {
  const [, file = source, first, last] = /^(.*):(\d+)-(\d+)$/.exec(source) ?? []
  const isIn = (line: number): boolean =>
    first === undefined || (line >= Number(first) && line <= Number(last))
  return { files: filesOf(file, ".ts"), isIn }
}

interface Place {
  readonly line: number
  readonly column: number
}

/** Between two places, whose lines and columns count from 0. */
function textAt(text: string, start: Place, end: Place): string {
  const lines = text.split("\n").slice(start.line, end.line + 1)
  const last = lines.length - 1
  lines[last] = lines[last]?.slice(0, end.column) ?? ""
  lines[0] = lines[0]?.slice(start.column) ?? ""
  return lines.join("\n")
}

/** Of folders, files, and lines of files (`file.ts:3-7`). */
export async function makeMistakes(wanted: readonly string[]): Promise<MadeMistakes> {
  const parts = wanted.map(partOf)
  const names = [...new Set(parts.flatMap(({ files }) => files))].sort()
  const texts = new Map(
    names.map((file) => [join(root, file), readFileSync(join(root, file), "utf8")]),
  )
  const { files, mutants } = await new Instrumenter(silent).instrument(
    [...texts].map(([name, content]) => ({ name, content, mutate: true })),
    { plugins: null, ignorers: [], excludedMutations: [] },
  )
  const mistakes = mutants.map(({ id, fileName, location, mutatorName, replacement = "" }) => {
    const { start, end } = location
    const file = relative(root, fileName)
    const place = [start.line, start.column, end.line, end.column].join(":")
    return {
      id,
      file,
      line: start.line + 1,
      name: `${file}:${place} ${replacement}`,
      mutator: mutatorName,
      original: textAt(texts.get(fileName) ?? "", start, end),
      replacement,
    }
  })
  const isWanted = ({ file, line }: Mistake): boolean =>
    parts.some(({ files: among, isIn }) => among.includes(file) && isIn(line))
  return {
    mistakes: mistakes.filter(isWanted),
    sources: Object.fromEntries(files.map(({ name, content }) => [name, content])),
  }
}
