import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import { rolldown } from "rolldown"

/**
 * A module in TypeScript and all that it imports, as one file that every Node runs, until this
 * process ends; its address. For children of tests, so that they run what the tests run.
 */
export async function runnableSource(path: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "keywright-sources-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, "module.mjs")
  const bundle = await rolldown({ input: path, platform: "node", logLevel: "silent" })
  await bundle.write({ file, format: "esm", codeSplitting: false })
  await bundle.close()
  return pathToFileURL(file).href
}
