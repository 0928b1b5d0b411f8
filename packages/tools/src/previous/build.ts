import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { root } from "../paths.js"

/*
 * A host as the previous version has it: frozen as one file, because a clone may be without its
 * history and an old version without its dependencies (docs/decisions/0057).
 */

const tools = join(root, "packages", "tools")

export interface FrozenBuild {
  /** What it was made of. */
  readonly commit: string
  readonly version: string
  /** Of the program, before it was packed. */
  readonly sha256: string
}

export const frozenProgram = join(tools, "previous", "host.mjs.gz")
export const frozenPaper = join(tools, "previous", "build.json")

export const sha256Of = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex")

export const readFrozenBuild = (): FrozenBuild => JSON.parse(readFileSync(frozenPaper, "utf8"))

/**
 * The program of a host of the previous version, unpacked where it finds its drivers. Throws when
 * it is not the one that its paper names.
 */
export function previousHost(): string {
  const { sha256 } = readFrozenBuild()
  const folder = join(tools, "dist", "previous")
  const path = join(folder, `${sha256}.mjs`)
  const bytes = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(frozenProgram))
  if (sha256Of(bytes) !== sha256) throw new Error(`${frozenProgram} is not what build.json says`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, bytes)
  return path
}
