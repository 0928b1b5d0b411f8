import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { root } from "./paths.js"
import { run } from "./run.js"

/*
 * Runs the built quick start on other versions of Node, which the npm package `node` carries:
 * node packages/tools/dist/quick-start-on.js 22 24
 */

const program = join(root, "examples", "quick-start", "dist", "main.js")
const versions = process.argv.slice(2)
if (versions.length === 0) {
  process.stderr.write("say which versions of Node: 22 24\n")
  process.exit(2)
}

for (const version of versions) {
  const folder = mkdtempSync(join(tmpdir(), "keywright-quick-start-"))
  const npx = ["--yes", "--package", `node@${version}`, "--", "node"]
  const found = await run("npx", [...npx, "--version"], { cwd: folder })
  const name = `Node ${found.ok ? found.stdout.trim() : version}`
  const ran = found.ok ? await run("npx", [...npx, program], { cwd: folder }) : found
  process.stdout.write(`${ran.ok ? "ok  " : "FAIL"}  quick start on ${name}\n`)
  if (!ran.ok) process.stdout.write(`\n${ran.output}\n`)
  if (!ran.ok) process.exitCode = 1
  rmSync(folder, { recursive: true, force: true })
}
