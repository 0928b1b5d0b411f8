import { execFileSync } from "node:child_process"
import { root } from "../paths.js"

/** Lines of a file, from 1, the last one included. */
export interface Lines {
  readonly file: string
  readonly first: number
  readonly last: number
}

/** What a difference without context says of files as they are after it. */
export function linesIn(difference: string): readonly Lines[] {
  const found: Lines[] = []
  let file = ""
  for (const line of difference.split("\n")) {
    if (line.startsWith("+++ ")) file = line.replace(/^\+\+\+ (?:b\/)?/, "")
    const [, start, count = "1"] = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line) ?? []
    if (start === undefined || Number(count) === 0) continue
    found.push({ file, first: Number(start), last: Number(start) + Number(count) - 1 })
  }
  return found
}

/** The lines of sources that were changed since a commit, and are still there. */
export function changedSince(commit: string): readonly Lines[] {
  const asked = ["diff", "--unified=0", "--no-color", "--no-ext-diff", commit, "--", "packages"]
  return linesIn(String(execFileSync("git", asked, { cwd: root, maxBuffer: 1 << 28 })))
}

const isIn = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(`${folder}/`)

/** Those in some folders or files, as the names of what is to be changed by mistake. */
export const changedIn = (folders: readonly string[], lines: readonly Lines[]): readonly string[] =>
  lines
    .filter(({ file }) => file.endsWith(".ts") && folders.some((one) => isIn(one, file)))
    .map(({ file, first, last }) => `${file}:${first}-${last}`)
