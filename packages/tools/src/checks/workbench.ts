import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "../paths.js"
import { runPnpm } from "../run.js"
import { installProject, type Packed, tarballsOf, versionsOf } from "./project.js"

/** Room for the checks: a folder that goes away, and what several of them need made once. */
export interface Workbench {
  /** Makes an empty folder. */
  folder(name: string): string
  /** Packs every package that is published. */
  packed(): Promise<readonly Packed[]>
  /** An empty project with the packed packages, what their pages use, and nothing else of ours. */
  installed(): Promise<string>
  close(): void
}

async function packAll(folder: string): Promise<readonly Packed[]> {
  const filters = ["--filter", "./packages/*", "--filter", "!@keywright/tools"]
  const packing = await runPnpm(["-r", ...filters, "pack", "--pack-destination", folder])
  if (!packing.ok) throw new Error(`packing failed\n${packing.output}`)
  const tarballs = readdirSync(folder)
  return readdirSync(join(root, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, "packages", entry.name, "package.json"))
    .map((path) => JSON.parse(readFileSync(path, "utf8")))
    .filter((manifest) => manifest.private !== true)
    .map(({ name, version }: { name: string; version: string }) => {
      const file = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`
      if (!tarballs.includes(file)) throw new Error(`${name} was not packed`)
      return { name, tarball: join(folder, file) }
    })
}

/** What the snippets of pages use besides our packages. */
const guests = [
  "@aws-sdk/client-kms",
  "@aws-crypto/client-node",
  "@opentelemetry/api",
  "@types/node",
  "libsql",
  "zod",
]

async function installAll(folder: string, packed: readonly Packed[]): Promise<string> {
  const dependencies = { ...tarballsOf(packed), ...versionsOf(guests) }
  const trouble = await installProject(folder, { type: "module", dependencies })
  if (trouble !== undefined) throw new Error(trouble)
  return folder
}

export function createWorkbench(): Workbench {
  const base = mkdtempSync(join(tmpdir(), "keywright-check-"))
  let packing: Promise<readonly Packed[]> | undefined
  let installing: Promise<string> | undefined
  const folder = (name: string): string => {
    const path = join(base, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const packed = (): Promise<readonly Packed[]> => {
    packing ??= packAll(folder("packed"))
    return packing
  }
  return {
    folder,
    packed,
    installed() {
      installing ??= packed().then((all) => installAll(folder("installed"), all))
      return installing
    },
    close: () => rmSync(base, { recursive: true, force: true }),
  }
}
