import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { root } from "../paths.js"
import type { MutantMessage, Tried } from "./messages.js"
import type { MutantRoom } from "./rooms.js"

export interface TriedRoom {
  readonly tried: readonly Tried[]
  /** How many mistakes there are; `undefined` when the tests fail without any. */
  readonly count: number | undefined
}

/** Of a folder, a file, or some lines of a file. */
const globOf = (path: string, ending: string): string =>
  /\.ts(?::\d+-\d+)?$/.test(path) ? path : `${path}/**/*${ending}`

/** Tries the mistakes of a room until all were tried or its time is over. */
export async function tryRoom(
  { folders, tests }: Pick<MutantRoom, "folders" | "tests">,
  endMs: number,
  hear: (tried: Tried) => void,
): Promise<TriedRoom> {
  const copies = mkdtempSync(join(tmpdir(), "keywright-mutants-"))
  const sources = folders.map((folder) => globOf(folder, ".ts"))
  const child = fork(
    fileURLToPath(new URL("try-mutants.js", import.meta.url)),
    [copies, JSON.stringify(sources)],
    {
      cwd: root,
      // A group of its own: whoever ends it ends those that it has begun.
      detached: true,
      env: {
        ...process.env,
        MUTANTS_TESTS: JSON.stringify(tests.map((path) => globOf(path, ".test.ts"))),
      },
    },
  )
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    } catch {
      // It has ended already.
    }
  }
  process.once("exit", end)
  const timeout = setTimeout(end, Math.max(0, endMs - Date.now()))
  const tried: Tried[] = []
  let count: number | undefined
  child.on("message", (message: MutantMessage) => {
    if (message.kind === "planned") count = message.count
    else {
      tried.push(message.tried)
      hear(message.tried)
    }
  })
  await new Promise((resolve) => child.once("exit", resolve))
  clearTimeout(timeout)
  process.off("exit", end)
  end()
  rmSync(copies, { recursive: true, force: true })
  return { tried, count }
}
