import { type ChildProcess, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** Child processes for the tests; they run the build, so that has to be there. */

export function start(script: string, ...args: readonly string[]): ChildProcess {
  const built = fileURLToPath(new URL("../dist/sqlite.js", import.meta.url))
  if (!existsSync(built)) throw new Error("build the package first: tsc -b packages/storage")
  const path = fileURLToPath(new URL(script, import.meta.url))
  return spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] })
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
