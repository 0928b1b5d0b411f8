import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { root } from "./paths.js"
import { programOf, run } from "./run.js"

/*
 * Runs the tests that depend on what a version of Node has (its SQLite, its OpenSSL) on other
 * versions, which the npm package `node` carries: node packages/tools/dist/tests-on.js 22 24
 *
 * A machine that cannot have one is told what it did not prove; in CI (CI=true) that is a failure.
 */

const config = ["--config", "packages/tools/vitest.config.ts"]
/** The second has the groups that TLS agrees on, of which OpenSSL decides. */
const runs = [
  [
    ...config,
    "packages/hsm/test",
    "packages/keywright/test",
    "packages/storage/test/conformance",
    "packages/storage/test/crash",
    "packages/storage/test/sqlite",
  ],
  ["--root", "examples/https-host", "--dir", "examples/https-host/test"],
]
/** What takes longest and depends least on the version is left to the last one. */
const leftToLast = ["**/pkcs11/*.test.ts", "**/memory.test.ts", "**/long-work.test.ts"].flatMap(
  (files) => ["--exclude", files],
)
const timeoutMs = 1_200_000

const versions = process.argv.slice(2)
if (versions.length === 0) {
  process.stderr.write("say which versions of Node: 22 24\n")
  process.exit(2)
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const vitest = [programOf("vitest"), "run"]

for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), "keywright-tests-on-"))
  const npx = ["--yes", "--package", `node@${version}`, "--", "node"]
  try {
    // Where the program is: started in the repository, npx would look for it there.
    const found = await run("npx", [...npx, "-p", "process.execPath"], { cwd: folder })
    if (!found.ok) {
      print(`not proved: Node ${version}, which is not to be had here\n${found.output}`)
      if (process.env["CI"] === "true") process.exitCode = 1
      continue
    }
    const node = found.stdout.trim()
    const left = version === versions.at(-1) ? [] : leftToLast
    for (const args of runs) {
      const ran = await run(node, [...vitest, ...args, ...left], { cwd: root, timeoutMs })
      const counted = /^\s*Tests .*$/m.exec(ran.output)?.[0].trim() ?? "no test ran"
      print(`${ran.ok ? "ok  " : "FAIL"}  Node ${version}: ${counted}`)
      if (!ran.ok) print(`\n${ran.output}\n`)
      if (!ran.ok) process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
