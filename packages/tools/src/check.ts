import process from "node:process"
import { parseArgs } from "node:util"
import type { Check, CheckResult } from "./checks/check.js"
import { compilersCheck } from "./checks/compilers.js"
import { drillCheck } from "./checks/drill.js"
import { examplesCheck } from "./checks/examples.js"
import { installedCheck } from "./checks/installed.js"
import { packagesCheck } from "./checks/packages.js"
import { referenceCheck } from "./checks/reference.js"
import { runnersCheck } from "./checks/runners.js"
import { soakCheck } from "./checks/soak.js"
import * as sources from "./checks/sources.js"
import { createWorkbench, type Workbench } from "./checks/workbench.js"
import { twoAtOnce } from "./two-at-once.js"

/**
 * Everything that must hold, the quick and the likely to fail first. Those of one row may run at
 * the same time; what keeps the machine busy by itself has a row of its own.
 */
const rows: readonly (readonly Check[])[] = [
  [sources.formatCheck, sources.typesCheck, sources.tidyCheck],
  [sources.testsCheck],
  [referenceCheck, sources.deadCodeCheck, packagesCheck, installedCheck, compilersCheck],
  [runnersCheck],
  [examplesCheck],
  [soakCheck],
  [drillCheck],
]
const checks = rows.flat()

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

async function runCheck(check: Check, workbench: Workbench): Promise<CheckResult> {
  try {
    return await check.run(workbench)
  } catch (error) {
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { ok: false, summary: "could not be run", details }
  }
}

const indent = (text: string): string => text.trim().replaceAll(/^/gm, "    ")

/** Runs the checks, row by row, and counts: a check is one test, unless it is many. */
async function runAll(chosen: (check: Check) => boolean) {
  const workbench = createWorkbench()
  const total = { passed: 0, failed: 0 }
  async function runOne(check: Check): Promise<void> {
    const start = performance.now()
    const { ok, summary, details = "", tests } = await runCheck(check, workbench)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const mark = ok ? "ok  " : "FAIL"
    print(`${mark}  ${check.name.padEnd(10)} ${summary.padEnd(54)} ${seconds.padStart(6)} s`)
    if (!ok) print(`\n${indent(details)}\n`)
    total.passed += tests?.passed ?? Number(ok)
    total.failed += tests?.failed ?? Number(!ok)
  }
  try {
    for (const row of rows) await twoAtOnce(row.filter(chosen), runOne)
  } finally {
    workbench.close()
  }
  return total
}

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } })
const known = checks.map(({ name }) => name)
const unknown = values.only?.find((name) => !known.includes(name))
if (unknown !== undefined) {
  process.stderr.write(`there is no check ${unknown}; there are ${known.join(", ")}\n`)
  process.exit(2)
}

const { passed, failed } = await runAll(({ name }) => values.only?.includes(name) ?? true)
print(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
