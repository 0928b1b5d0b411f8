import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { clientInterface } from "./client-interface.js"
import { differencesPage, differencesTest } from "./differences-page.js"
import { envelopePage } from "./envelope-page.js"
import { errorsPage } from "./errors-page.js"
import { limitsPage } from "./limits-page.js"
import { operationsList, operationsPage } from "./operations-page.js"
import { precedencePage } from "./precedence-page.js"
import { stepsTable } from "./steps.js"

export interface Page {
  /** From the root of the repository. */
  readonly path: string
  /** What it should say. */
  readonly text: string
}

/** A text with the part between two markers replaced. Throws when a marker is missing. */
export function replaceBetweenMarkers(text: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`]
  const start = text.indexOf(begin)
  const stop = text.indexOf(end, start)
  if (start < 0 || stop < 0) throw new Error(`the page needs ${begin} and ${end}`)
  return `${text.slice(0, start + begin.length)}\n\n${part}\n\n${text.slice(stop)}`
}

export function readPage(path: string): string | undefined {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, "utf8") : undefined
}

/** A page that was written by hand, with one part that is printed. */
const printedIn = (path: string, name: string, part: string): Page => ({
  path,
  text: replaceBetweenMarkers(readPage(path) ?? "", name, part),
})

/** Every page that is printed, in whole or in part, from the tables of the engine. */
export const printedPages = (): readonly Page[] => [
  { path: "docs/reference/operations.md", text: operationsPage() },
  { path: "docs/reference/errors.md", text: errorsPage() },
  { path: "docs/reference/limits.md", text: limitsPage() },
  { path: "docs/reference/precedence.md", text: precedencePage() },
  { path: "docs/reference/envelopes.md", text: envelopePage() },
  {
    path: "docs/differences-from-aws.md",
    text: differencesPage(readPage(differencesTest) ?? ""),
  },
  { path: "packages/core/src/client-interface.ts", text: clientInterface() },
  printedIn("docs/concepts/how-a-call-runs.md", "steps", stepsTable()),
  printedIn("README.md", "operations", operationsList()),
]
