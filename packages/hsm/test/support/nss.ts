import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import type { Pkcs11Module } from "../../src/pkcs11.js"

// The token of NSS, whose keys are in a database that its tool makes.

const libraries = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(
  (machine) => `/usr/lib/${machine}/libsoftokn3.so`,
)
const library = libraries.find((path) => existsSync(path))
const pin = "Keywright-1234"
const require = createRequire(new URL("../../../tools/package.json", import.meta.url))
const load = (): Pkcs11Module => require("pkcs11js")

function whatIsMissing(): string | undefined {
  if (library === undefined) return "NSS (libnss3) is not installed"
  if (!existsSync("/usr/bin/certutil")) return "certutil (libnss3-tools) is not installed"
  try {
    load()
  } catch {
    return "the add-on was not compiled"
  }
  return undefined
}

const missing = whatIsMissing()
// In CI nothing may be missing.
if (missing !== undefined && process.env["CI"] === "true") throw new Error(missing)

export const hasNss = missing === undefined
/** For the name of a test that cannot run here. */
export const nssSkipped = missing === undefined ? "" : ` (skipped: ${missing})`

/** A token in a folder that goes with the tests. A process has one. */
export function nssToken() {
  const folder = mkdtempSync(join(tmpdir(), "keywright-nss-"))
  writeFileSync(join(folder, "pin"), pin)
  const database = `sql:${folder}`
  execFileSync("/usr/bin/certutil", ["-N", "-d", database, "-f", join(folder, "pin")])
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return {
    load,
    library: library as string,
    parameters: `configdir='${database}' certPrefix='' keyPrefix='' secmod=''`,
    label: "NSS Certificate DB",
    pin: () => pin,
  }
}
