import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "../paths.js"
import { runPnpm } from "../run.js"

/** A package as it would be published. */
export interface Packed {
  readonly name: string
  readonly tarball: string
}

/** Room for the checks: a folder that goes away, and what several of them need made once. */
export interface Workbench {
  /** Makes an empty folder. */
  folder(name: string): string
  /** Packs every package that is published. */
  packed(): Promise<readonly Packed[]>
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

export function createWorkbench(): Workbench {
  const base = mkdtempSync(join(tmpdir(), "keywright-check-"))
  let packing: Promise<readonly Packed[]> | undefined
  const folder = (name: string): string => {
    const path = join(base, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  return {
    folder,
    packed() {
      packing ??= packAll(folder("packed"))
      return packing
    },
    close: () => rmSync(base, { recursive: true, force: true }),
  }
}
