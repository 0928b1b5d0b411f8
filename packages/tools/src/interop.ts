import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { proveClients } from "./interop/clients.js"
import { proveMessages } from "./interop/messages.js"
import { print, sumOf } from "./interop/tally.js"

/*
 * What others make of ours, and ours of theirs: messages of the AWS Encryption SDK in other
 * languages, and clients of AWS in other languages against `examples/https-host`. All of them come
 * from their registries into a temporary folder. A machine that cannot install them is told what it
 * did not prove; in CI (CI=true) that is a failure.
 */

const temporary = mkdtempSync(join(tmpdir(), "keywright-interop-"))
try {
  const total = sumOf(await Promise.all([proveClients(temporary), proveMessages(temporary)]))
  print(`\ninterop: ${total.passed} passed, ${total.failed} failed`)
  process.exitCode = total.failed === 0 ? 0 : 1
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
