import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { root } from "../paths.js"
import type { MutantMessage, Tried } from "./messages.js"
import type { MutantRoom } from "./rooms.js"
import type { Draw } from "./sample.js"

export interface TriedRoom {
  readonly tried: readonly Tried[]
  /** How many were to be tried; `undefined` when the tests fail without any mistake. */
  readonly count: number | undefined
  /** How many there are. */
  readonly all: number
}

/** Of a folder, a file, or some lines of a file. */
const globOf = (path: string, ending: string): string =>
  /\.ts(?::\d+-\d+)?$/.test(path) ? path : `${path}/**/*${ending}`

interface Asked extends Pick<MutantRoom, "folders" | "tests"> {
  /** All of them without. */
  readonly draw?: Draw | undefined
}

/** Tries the mistakes of a room until all were tried or its time is over. */
export async function tryRoom(
  { folders, tests, draw }: Asked,
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
        MUTANTS_DRAW: JSON.stringify(draw ?? null),
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
  let all = 0
  child.on("message", (message: MutantMessage) => {
    if (message.kind === "planned") {
      ;({ count, all } = message)
    } else {
      tried.push(message.tried)
      hear(message.tried)
    }
  })
  await new Promise((resolve) => child.once("exit", resolve))
  clearTimeout(timeout)
  process.off("exit", end)
  end()
  rmSync(copies, { recursive: true, force: true })
  return { tried, count, all }
}
