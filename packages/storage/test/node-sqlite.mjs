// Runs the conformance suite on `node:sqlite`, for Node 22.13 and newer, after a build, and looks
// whether the stores that were closed have closed their files:
// node packages/storage/test/node-sqlite.mjs
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { storageConformance } from "../dist/conformance.js"
import { openSqliteStorage } from "../dist/sqlite.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-node-sqlite-"))
let failures = 0
for (const [index, { name, run }] of storageConformance.entries()) {
  const path = join(folder, `${index}.db`)
  try {
    await run(async () => openSqliteStorage(new DatabaseSync(path)))
  } catch (error) {
    failures += 1
    process.stdout.write(`failed: ${name}\n${error.stack}\n`)
  }
}

/** The files in the folder that this process still has open; of Linux alone. */
function openFiles() {
  if (process.platform !== "linux") return []
  const linkOf = (fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ""
    }
  }
  return readdirSync("/proc/self/fd")
    .map(linkOf)
    .filter((file) => file.startsWith(folder))
}

const left = openFiles()
if (left.length > 0) {
  failures += 1
  process.stdout.write(`closed stores have left descriptors open: ${left.join(" ")}\n`)
}
rmSync(folder, { recursive: true })
const passed = storageConformance.length - failures
process.stdout.write(
  `node:sqlite on Node ${process.version}: ${passed} cases passed, ${failures} failed\n`,
)
process.exitCode = failures === 0 ? 0 : 1
