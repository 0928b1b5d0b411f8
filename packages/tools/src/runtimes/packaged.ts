import { join } from "node:path"
import { type Ran, run } from "../run.js"
import { failure, type Report, type Runtime } from "./report.js"

/** Installs a package into a folder; throws when it is not to be had. */
export async function installPackage(folder: string, name: string): Promise<void> {
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder]
  const { ok, output } = await run("npm", [...args, name], { cwd: folder })
  if (!ok) throw new Error(output)
}

/** The last line of what was printed. */
export function reportIn({ ok, stdout, output }: Ran): Report {
  const line = stdout.trim().split("\n").at(-1) ?? ""
  if (!ok || !line.startsWith("{")) return failure(output)
  return JSON.parse(line)
}

/** A runtime that an npm package carries. */
const packaged = (name: string, packageName: string, ...command: readonly string[]): Runtime => ({
  name,
  program: "console",
  install: (folder) => installPackage(folder, packageName),
  async run(folder, program) {
    const [file = "", ...args] = command
    const path = join(folder, "node_modules", ".bin", file)
    return reportIn(await run(path, [...args, program], { cwd: folder, timeoutMs: 600_000 }))
  },
})

export const packagedRuntimes: readonly Runtime[] = [
  packaged("Node 20", "node@20", "node"),
  packaged("Node 22", "node@22", "node"),
  packaged("Node 24", "node@24", "node"),
  packaged("Bun", "bun@1", "bun"),
  packaged("Deno", "deno@2", "deno", "run", "--no-prompt"),
]
