import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { keySpecTable } from "@keywright/core"
import { root } from "../paths.js"
import { readPage, replaceBetweenMarkers } from "../reference/pages.js"
import type { Report } from "./report.js"

const path = "docs/support.md"

/** Whether a runtime did all that a spec is for. */
function cellOf({ specs }: Report, spec: keyof typeof keySpecTable): string {
  const done = specs.filter(({ KeySpec }) => KeySpec === spec).length
  return done === Object.keys(keySpecTable[spec].usages).length ? "yes" : "no"
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`

/** Writes which runtime has made and used keys of which spec, from a run. */
export function writeSpecTable(reports: ReadonlyMap<string, Report>): void {
  const heads = [...reports].map(([name, { version }]) => `${name.split(" ", 1)[0]} ${version}`)
  const specs = Object.keys(keySpecTable) as (keyof typeof keySpecTable)[]
  const table = [
    row(["key spec", ...heads]),
    row(["---", ...heads.map(() => "---")]),
    ...specs.map((spec) =>
      row([`\`${spec}\``, ...[...reports.values()].map((report) => cellOf(report, spec))]),
    ),
  ].join("\n")
  writeFileSync(join(root, path), replaceBetweenMarkers(readPage(path) ?? "", "runtimes", table))
}
