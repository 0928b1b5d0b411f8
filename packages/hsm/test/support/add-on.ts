import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import type { Pkcs11Module } from "../../src/pkcs11.js"

// The add-on that the tools have installed where it could be compiled, and what it needs beside.

const require = createRequire(new URL("../../../tools/package.json", import.meta.url))
export const load = (): Pkcs11Module => require("pkcs11js")

/** The file that stands for the add-on. */
export const addOnPath = (): string => require.resolve("pkcs11js")

type Needed = readonly [path: string | undefined, name: string]

function missingOf(needed: readonly Needed[]): string | undefined {
  for (const [path, name] of needed) {
    if (path === undefined || !existsSync(path)) return `${name} is not installed`
  }
  try {
    load()
  } catch {
    return "the add-on was not compiled"
  }
  return undefined
}

/** Whether there is a token to test with, and why not. In CI nothing may be missing. */
export function tokenPlace(needed: readonly Needed[]) {
  const missing = missingOf(needed)
  if (missing !== undefined && process.env["CI"] === "true") throw new Error(missing)
  return {
    isThere: missing === undefined,
    /** For the name of a test that cannot run here. */
    skipped: missing === undefined ? "" : ` (skipped: ${missing})`,
  }
}
