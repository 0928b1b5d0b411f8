import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import process from "node:process"
import { root } from "./paths.js"
import { printedPages, readPage } from "./reference/pages.js"

for (const { path, text } of printedPages()) {
  const state = readPage(path) === text ? "as it was" : "written"
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  process.stdout.write(`${path}  ${state}\n`)
}
