import { findFunctions } from "../functions.js"
import { sourceRule } from "../rule.js"
import type { Part } from "../tree.js"

const fileLinesMax: Readonly<Record<Part, number>> = { src: 300, bench: 300, other: 300, test: 500 }
const functionLinesMax = 70
const lineCharactersMax = 100

/** Files that may be longer, or folders of such, and why. */
const longFiles: Readonly<Record<string, string>> = {
  "packages/core/src/client-interface.ts": "printed, and compared with what it is printed from",
  "packages/core/src/vocabulary/key-specs.ts": "the table of key specs, a row for each",
  "packages/policy/test/cases/": "tables of cases, a row for each",
}
const mayBeLong = (path: string): boolean =>
  Object.keys(longFiles).some((start) => path.startsWith(start))

export const fileLengthRule = sourceRule(
  "file-length",
  `a source file has at most ${fileLinesMax.src} lines, a test ${fileLinesMax.test}`,
  ({ path, part, lines }) => {
    const most = fileLinesMax[part]
    if (lines.length <= most || mayBeLong(path)) return []
    return [{ message: `${lines.length} lines, at most ${most}: this is more than one idea` }]
  },
)

export const functionLengthRule = sourceRule(
  "function-length",
  `a function has at most ${functionLinesMax} lines of its own`,
  ({ code }) =>
    findFunctions(code)
      .filter(({ ownLines }) => ownLines > functionLinesMax)
      .map(({ line, ownLines }) => ({
        line,
        message: `a function of ${ownLines} lines, at most ${functionLinesMax}: name its parts`,
      })),
)

/** The sentences of a test, which nobody can break: its name, or what it wants to be told. */
const withoutSentence = (text: string): string => text.replace(/(["'`])(?:(?!\1).){50,}\1/, "")

/** An address, which nobody can break either. */
const isAddress = (text: string): boolean => /^\W*https:\/\/\S+$/.test(text)

export const lineLengthRule = sourceRule(
  "line-length",
  `a line has at most ${lineCharactersMax} characters; in a test one sentence is not counted`,
  ({ lines, part }) =>
    lines.flatMap((text, i) => {
      const length = [...text].length
      const counted = part === "test" ? [...withoutSentence(text)].length : length
      if (counted <= lineCharactersMax || isAddress(text)) return []
      return [{ line: i + 1, message: `${length} characters, at most ${lineCharactersMax}` }]
    }),
)
