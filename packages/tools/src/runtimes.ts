import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { parseArgs } from "node:util"
import { rolldown } from "rolldown"
import { root } from "./paths.js"
import { chromium } from "./runtimes/chromium.js"
import { packagedRuntimes } from "./runtimes/packaged.js"
import type { Report, Runtime } from "./runtimes/report.js"
import { writeSpecTable } from "./runtimes/spec-table.js"
import { workerd } from "./runtimes/workerd.js"

/*
 * Round trips of the envelope library and of keys of every spec on every runtime, and messages of
 * each opened by the next. With `--write` RSA keys of all sizes are made, and the table of runtimes
 * in the docs is written. npm carries the runtimes, Debian the browser. A machine that cannot have
 * one is told what it did not prove; in CI (CI=true) that is a failure.
 */

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } })

const sources = join(root, "packages", "tools", "runtimes")

/** The program of a runtime with all that it imports, in one file. */
async function bundle(folder: string, { program }: Runtime, input: unknown): Promise<string> {
  for (const name of readdirSync(sources)) copyFileSync(join(sources, name), join(folder, name))
  writeFileSync(join(folder, "input.json"), JSON.stringify(input))
  const bundled = await rolldown({
    input: join(folder, `${program}.mjs`),
    platform: "neutral",
    resolve: { modules: ["node_modules", join(root, "packages", "tools", "node_modules")] },
  })
  const file = join(folder, "program.mjs")
  await bundled.write({ file, format: "esm", codeSplitting: false })
  await bundled.close()
  return file
}

const total = { passed: 0, failed: 0 }
const others: { from: string; suite: string; message: string }[] = []
const reports = new Map<string, Report>()
const temporary = mkdtempSync(join(tmpdir(), "keywright-runtimes-"))
try {
  for (const runtime of [...packagedRuntimes, workerd, chromium]) {
    const folder = join(temporary, runtime.name.replaceAll(" ", "-"))
    mkdirSync(folder)
    try {
      await runtime.install(folder)
    } catch (error) {
      print(`not proved: ${runtime.name}, which is not to be had here\n${error}`)
      total.failed += process.env["CI"] === "true" ? 1 : 0
      continue
    }
    const input = { others, isWhole: values.write }
    const report = await runtime.run(folder, await bundle(folder, runtime, input))
    reports.set(runtime.name, report)
    const isFine = report.failures.length === 0 && report.passed > 0
    print(`${isFine ? "ok  " : "FAIL"}  ${runtime.name}: ${report.passed} round trips`)
    for (const failure of report.failures) print(`      ${failure}`)
    total.passed += report.passed
    total.failed += isFine ? 0 : Math.max(1, report.failures.length)
    others.push(...report.messages.map((one) => ({ from: runtime.name, ...one })))
  }
} finally {
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
}
if (values.write) writeSpecTable(reports)
print(`\nruntimes: ${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 ? 0 : 1
