import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../paths.js"
import { programOf, runNode } from "../run.js"
import type { Check } from "./check.js"
import { installProject, tarballsOf } from "./project.js"
import { type Snippet, snippetsOf } from "./snippets.js"
import type { Workbench } from "./workbench.js"

/** Every README and every guide, as the name of a page and its text. */
function pages(): readonly (readonly [string, string])[] {
  const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}/README.md`)
  const guides = readdirSync(join(root, "docs/guides")).map((name) => `docs/guides/${name}`)
  return ["README.md", ...packages, ...guides]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => {
      const page = path.replace(/^packages\/|^docs\/guides\/|\.md$/g, "").replace("/", "-")
      return [page, readFileSync(join(root, path), "utf8")] as const
    })
}

const compilerOptions = {
  target: "ES2023",
  lib: ["ES2023"],
  module: "NodeNext",
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ["node"],
}

async function runSnippets(folder: string, snippets: readonly Snippet[]): Promise<string[]> {
  for (const { file, code } of snippets) writeFileSync(join(folder, file), code)
  const compiler = await runNode([programOf("typescript", "tsc"), "-p", "."], { cwd: folder })
  if (!compiler.ok) return [compiler.output]
  const failures: string[] = []
  for (const { file } of snippets) {
    const program = file.replace(/\.ts$/, ".js")
    const ran = await runNode([program], { cwd: folder, timeoutMs: 60_000 })
    // A `console.assert` that does not hold prints, and ends nothing.
    const holds = ran.ok && !ran.output.includes("Assertion failed")
    if (!holds) failures.push(`${file}\n${ran.output}`)
  }
  return failures
}

/** What `npm install keywright` brings on a Node that has SQLite, at most. */
const packagesMax = 17
const megabytesMax = 18

/** Throws for an installation that has grown; answers how large it is. */
async function installedSize({ folder, packed }: Workbench): Promise<string> {
  const project = folder("alone")
  const ours = (await packed()).filter(({ name }) => neededByKeywright.includes(name))
  const dependencies = tarballsOf(ours)
  const trouble = await installProject(project, { type: "module", dependencies })
  if (trouble !== undefined) throw new Error(trouble)
  const modules = join(project, "node_modules")
  const files = readdirSync(modules, { recursive: true, withFileTypes: true })
  const manifest = /node_modules\/(?:@[^/]+\/)?[^/@]+$/
  const count = files.filter(
    ({ name, parentPath }) => name === "package.json" && manifest.test(parentPath),
  ).length
  const bytes = files
    .filter((file) => file.isFile())
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0)
  const size = `${count} packages, ${(bytes / 1e6).toFixed(1)} MB`
  if (count <= packagesMax && bytes <= megabytesMax * 1e6) return size
  throw new Error(`keywright installs ${size}, more than ${packagesMax} and ${megabytesMax} MB`)
}

const neededByKeywright = [
  "keywright",
  ...["policy", "storage", "core", "hsm", "identity", "aws-sdk"].map(
    (name) => `@keywright/${name}`,
  ),
]

/** What a user gets: the packed packages in an empty project, and the READMEs' code on them. */
export const installedCheck: Check = {
  name: "installed",
  async run(workbench) {
    const folder = join(await workbench.installed(), "snippets")
    mkdirSync(folder)
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }))
    const snippets = pages().flatMap(([page, text]) => snippetsOf(page, text))
    if (snippets.length === 0) {
      return { ok: false, summary: "no snippets", details: "the pages show no code" }
    }
    const failures = await runSnippets(folder, snippets)
    const size = await installedSize(workbench)
    const summary = `${snippets.length} snippets of pages; keywright is ${size}`
    return { ok: failures.length === 0, summary, details: failures.join("\n\n") }
  },
}
