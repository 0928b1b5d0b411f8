import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { load, tokenPlace } from "./add-on.js"

// The token of NSS, whose keys are in a database that its tool makes.

const libraries = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map(
  (machine) => `/usr/lib/${machine}/libsoftokn3.so`,
)
const library = libraries.find((path) => existsSync(path))
const pin = "Keywright-1234"
export const { isThere: hasNss, skipped: nssSkipped } = tokenPlace([
  [library, "NSS (libnss3)"],
  ["/usr/bin/certutil", "certutil (libnss3-tools)"],
])

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
