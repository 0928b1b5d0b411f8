import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { root } from "./paths.js"
import { run } from "./run.js"

/*
 * Runs what was built on other versions of Node, which the npm package `node` carries:
 * node packages/tools/dist/quick-start-on.js 22 24
 */

const programs = {
  "quick start": join(root, "examples", "quick-start", "dist", "main.js"),
  "a world from a seed": join(root, "packages", "testing", "test", "support", "seed-digest.mjs"),
}
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
  for (const [title, program] of Object.entries(programs)) {
    const ran = found.ok ? await run("npx", [...npx, program], { cwd: folder }) : found
    process.stdout.write(`${ran.ok ? "ok  " : "FAIL"}  ${title} on ${name}\n`)
    if (!ran.ok) process.stdout.write(`\n${ran.output}\n`)
    if (!ran.ok) process.exitCode = 1
  }
  rmSync(folder, { recursive: true, force: true })
}
