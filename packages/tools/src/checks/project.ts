import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "../paths.js"
import { run } from "../run.js"

/** A project as somebody has it who installs from npm. */
export interface Project {
  readonly type: "module" | "commonjs"
  /** The version of each package by its name. */
  readonly dependencies: Readonly<Record<string, string>>
  /** Its files by their paths; an object is written as JSON. */
  readonly files?: Readonly<Record<string, string | object>>
}

/** The version that the catalogue of the workspace pins. */
function versionOf(name: string): string {
  const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")
  const line = workspace
    .split("\n")
    .find((text) => text.replaceAll('"', "").startsWith(`  ${name}:`))
  if (line === undefined) throw new Error(`${name} is not in the catalogue of pnpm-workspace.yaml`)
  return line.slice(line.lastIndexOf(":") + 1).trim()
}

type Versions = Readonly<Record<string, string>>

/** Several packages of the catalogue, as a manifest names them. */
export const versionsOf = (names: readonly string[]): Versions =>
  Object.fromEntries(names.map((name) => [name, versionOf(name)]))

/** A package as it would be published. */
export interface Packed {
  readonly name: string
  readonly tarball: string
}

/** Our packages, as a manifest names them that has no registry to ask. */
export const tarballsOf = (packed: readonly Packed[]): Versions =>
  Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`]))

function writeProject(folder: string, { type, dependencies, files = {} }: Project): void {
  const manifest = { name: "project", private: true, type, dependencies }
  for (const [path, content] of Object.entries({ ...files, "package.json": manifest })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    const text = typeof content === "string" ? content : JSON.stringify(content, undefined, 2)
    writeFileSync(join(folder, path), text)
  }
}

const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]

/** What npm says when it fails. */
async function npmInstall(folder: string, more: readonly string[]): Promise<string | undefined> {
  const npm = await run("npm", ["install", ...flags, ...more], { cwd: folder })
  return npm.ok ? undefined : `npm install\n${npm.output}`
}

/** Makes the project in an empty folder and installs what it names. Answers what went wrong. */
export async function installProject(
  folder: string,
  project: Project,
): Promise<string | undefined> {
  writeProject(folder, project)
  return npmInstall(folder, [])
}

/** Whether npm would install the project, which it answers without writing it. */
export async function resolveProject(
  folder: string,
  project: Project,
): Promise<string | undefined> {
  writeProject(folder, project)
  return npmInstall(folder, ["--package-lock-only"])
}
