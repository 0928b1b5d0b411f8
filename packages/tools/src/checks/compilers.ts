import { readFileSync } from "node:fs"
import { join } from "node:path"
import { runNode } from "../run.js"
import type { Check } from "./check.js"
import { installProject } from "./project.js"

/** How imports are resolved, and what kinds of files can be: modules and CommonJS. */
const resolutions = [
  { module: "node16", moduleResolution: "node16", files: ["every.ts", "every.cts"] },
  { module: "nodenext", moduleResolution: "nodenext", files: ["every.ts", "every.cts"] },
  { module: "esnext", moduleResolution: "bundler", files: ["every.ts"] },
]
const everyResolution = resolutions.map(({ moduleResolution }) => moduleResolution)

/** The oldest that our declarations are written for, and the last of each major since. */
const versions: readonly (readonly [string, readonly string[]])[] = [
  ["5.4.5", everyResolution],
  ["5.9.3", ["nodenext"]],
  ["6.0.3", ["nodenext"]],
  ["7.0.2", everyResolution],
]

const compilerOptions = {
  target: "es2022",
  lib: ["es2023"],
  types: ["node"],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
}

/** Entries whose types need a test runner: `runners` compiles those. */
const ofRunners = /\/(?:vitest|jest)/

interface Entry {
  readonly name: string
  readonly isRequired: boolean
}

/** Every entry of a package that is installed in a project. */
function entriesOf(project: string, name: string): readonly Entry[] {
  const path = join(project, "node_modules", name, "package.json")
  const { exports } = JSON.parse(readFileSync(path, "utf8"))
  return Object.entries<object | string>(exports).flatMap(([key, target]) => {
    const entry = name + key.slice(1)
    if (typeof target === "string" || ofRunners.test(entry)) return []
    return [{ name: entry, isRequired: "require" in target }]
  })
}

const importAll = (entries: readonly Entry[]): string =>
  entries.map(({ name }, i) => `export * as entry${i} from "${name}"\n`).join("")

const aliasOf = (version: string): string => `typescript-${version}`

/** All our types under these compilers, without `skipLibCheck`. */
export const compilersCheck: Check = {
  name: "compilers",
  async run(workbench) {
    const packed = await workbench.packed()
    const project = await workbench.installed()
    const entries = packed.flatMap(({ name }) => entriesOf(project, name))
    const folder = join(project, "compilers")
    const aliases = versions.map(([one]) => [aliasOf(one), `npm:typescript@${one}`])
    const configs = resolutions.map(({ files, ...options }) => [
      `tsconfig.${options.moduleResolution}.json`,
      { compilerOptions: { ...compilerOptions, ...options }, files },
    ])
    const trouble = await installProject(folder, {
      type: "module",
      dependencies: Object.fromEntries(aliases),
      files: {
        ...Object.fromEntries(configs),
        "every.ts": importAll(entries),
        "every.cts": importAll(entries.filter(({ isRequired }) => isRequired)),
      },
    })
    if (trouble !== undefined) return { ok: false, summary: "not installed", details: trouble }
    const failures: string[] = []
    for (const [version, ways] of versions) {
      const compiler = join(folder, "node_modules", aliasOf(version), "bin", "tsc")
      const compiled = ways.map(async (way) => {
        const args = [compiler, "-p", `tsconfig.${way}.json`]
        const { ok, output } = await runNode(args, { cwd: folder })
        if (!ok) failures.push(`TypeScript ${version}, ${way}\n${output}`)
      })
      await Promise.all(compiled)
    }
    const names = versions.map(([version]) => version).join(", ")
    const summary = `${entries.length} entries, TypeScript ${names}`
    return { ok: failures.length === 0, summary, details: failures.join("\n\n") }
  },
}
