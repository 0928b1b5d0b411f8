import { fork } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createInterface } from "node:readline"
import { root } from "../paths.js"
import type { Reply, Request } from "./messages.js"

/** A process that runs tests. Whatever hangs in it is ended with it, and it is begun anew. */
export interface Hand {
  /** `undefined` when no answer came in time, or none at all. */
  ask(request: Request, limitMs: number): Promise<Reply | undefined>
  end(): void
}

const program = join(root, "packages", "tools", "dist", "mutants", "worker.js")
/** To load vitest, and all that a first test file imports. */
const startMs = 120_000
/** Modules that were loaded anew are not always let go: a process that has grown is begun anew. */
const residentMax = 2_500 * 2 ** 20

interface Worker {
  ask(request: Request, limitMs: number): Promise<Reply | undefined>
  end(): void
}

/** Resolves to `undefined` after a while. */
async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  const timer: { timeout?: NodeJS.Timeout } = {}
  const over = new Promise<undefined>((resolve) => {
    timer.timeout = setTimeout(resolve, limitMs, undefined)
  })
  try {
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer.timeout)
  }
}

function startWorker(sources: string, begin: string): Worker {
  const folder = mkdtempSync(join(tmpdir(), "keywright-mutants-"))
  const path = join(folder, "socket")
  let tell = (_reply: Reply | undefined): void => undefined
  const server = createServer().listen(path)
  const connected = new Promise<Socket>((resolve) => server.once("connection", resolve))
  void connected.then((socket) => {
    socket.on("error", () => undefined)
    createInterface({ input: socket }).on("line", (line) => tell(JSON.parse(line)))
  })
  const child = fork(program, {
    cwd: root,
    // A group of its own: whoever ends it ends those that it has begun.
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    env: {
      ...process.env,
      MUTANTS_SOCKET: path,
      MUTANTS_SOURCES: sources,
      MUTANTS_BEGIN: begin,
    },
  })
  const ended = new Promise<undefined>((resolve) => child.once("exit", () => resolve(undefined)))
  const end = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
    } catch {
      // It has ended already.
    }
    server.close()
    rmSync(folder, { recursive: true, force: true })
    process.off("exit", end)
  }
  process.once("exit", end)
  return {
    end,
    ask: async (request, limitMs) => {
      const socket = await within(Promise.race([connected, ended]), startMs)
      if (socket === undefined) return undefined
      const reply = new Promise<Reply | undefined>((resolve) => {
        tell = resolve
      })
      socket.write(`${JSON.stringify(request)}\n`)
      return await within(Promise.race([reply, ended]), limitMs)
    },
  }
}

/** With the sources with switches, as a file of JSON, and the test file that it begins with. */
export function createHand(sources: string, begin: string): Hand {
  let worker: Worker | undefined
  const end = (): void => {
    worker?.end()
    worker = undefined
  }
  return {
    end,
    ask: async (request, limitMs) => {
      // One that has begun anew loads its modules with the first thing that it is asked.
      const loadMs = worker === undefined ? startMs : 0
      worker ??= startWorker(sources, begin)
      const reply = await worker.ask(request, limitMs + loadMs)
      if (reply === undefined || reply.residentBytes > residentMax) end()
      return reply
    },
  }
}
