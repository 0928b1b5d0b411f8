import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { programOf, runNode } from "../run.js"
import { readTree } from "../tidy/read-tree.js"
import { rules } from "../tidy/rules.js"
import { tidy } from "../tidy/tidy.js"
import type { Check } from "./check.js"
import { type Titles, titlesWithMarks } from "./titles.js"

/** Formatting and lint. */
export const formatCheck: Check = {
  name: "format",
  async run() {
    const config = "--config-path=packages/tools/lint.json"
    const biome = await runNode([
      programOf("@biomejs/biome", "biome"),
      "check",
      config,
      "--max-diagnostics=20",
      ".",
    ])
    const files = /Checked (\d+) files/.exec(biome.output)?.[1] ?? "?"
    return { ok: biome.ok, summary: `${files} files`, details: biome.output }
  },
}

/** The types of what `npm run build` leaves out: tests. */
export const typesCheck: Check = {
  name: "types",
  async run() {
    const project = "packages/tools/tsconfig.tests.json"
    const compiler = await runNode([programOf("typescript", "tsc"), "-b", project])
    return { ok: compiler.ok, summary: "tests", details: compiler.output }
  },
}

/** The house rules. */
export const tidyCheck: Check = {
  name: "tidy",
  async run() {
    const tree = readTree(root)
    const findings = tidy(tree)
    const summary = `${tree.sources.length} files, ${rules.length} rules`
    return { ok: findings.length === 0, summary, details: findings.join("\n") }
  },
}

interface Report extends Titles {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
}

/** Five minutes on a machine of its own; several times that on one that is shared. */
const testsTimeoutMs = 2_400_000

/** Every test of every package. */
export const testsCheck: Check = {
  name: "tests",
  async run(workbench) {
    const report = join(workbench.folder("tests"), "report.json")
    const args = ["run", "--config", "packages/tools/vitest.config.ts", "--reporter=dot"]
    const reports = ["--reporter=json", `--outputFile.json=${report}`]
    const vitest = await runNode([programOf("vitest"), ...args, ...reports], {
      timeoutMs: testsTimeoutMs,
    })
    const { output: details, ok } = vitest
    if (readdirSync(workbench.folder("tests")).length === 0) {
      return { ok: false, summary: "did not run", details }
    }
    const figures: Report = JSON.parse(readFileSync(report, "utf8"))
    const { numPassedTests: passed, numPendingTests: skipped } = figures
    const marked = titlesWithMarks(figures).map((title) => `a mark of its format is in: ${title}`)
    const failed = Math.max(figures.numFailedTests, ok ? 0 : 1) + marked.length
    const summary = `${passed} passed, ${failed} failed, ${skipped} skipped`
    const all = [...marked, details].join("\n")
    return { ok: failed === 0, summary, details: all, tests: { passed, failed } }
  },
}

/** Exports and dependencies that nothing uses. */
export const deadCodeCheck: Check = {
  name: "dead-code",
  async run() {
    const config = ["--config", "packages/tools/knip.json", "--no-progress", "--no-config-hints"]
    const knip = await runNode([programOf("knip"), ...config])
    return { ok: knip.ok, summary: "exports, files, dependencies", details: knip.output }
  },
}
