import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { onTestFinished } from "vitest"
import { runnableSource } from "../../tools/src/servers/run-sources.js"

/** Child processes of a test, which do not outlive it; they run the sources, and nothing built. */

const KEYWRIGHT_STORAGE = await runnableSource(
  fileURLToPath(new URL("../src/sqlite.ts", import.meta.url)),
)

export function start(script: string, ...args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const env = { ...process.env, KEYWRIGHT_STORAGE }
  const child = spawn(process.execPath, [path, ...args], { env, stdio: "pipe" })
  onTestFinished(() => void child.kill("SIGKILL"))
  return child
}

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly out: string
  readonly err: string
}

export function end(child: ChildProcess): Promise<Ended> {
  let out = ""
  let err = ""
  child.stdout?.on("data", (chunk) => {
    out += String(chunk)
  })
  child.stderr?.on("data", (chunk) => {
    err += String(chunk)
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code, signal) => resolve({ code, signal, out, err }))
  })
}
