import { execFile, execFileSync, spawn } from "node:child_process"
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"

/** A PostgreSQL server: real, on a directory and a port of its own. */
export interface PostgresServer {
  readonly url: string
  readonly port: number
  /** Ends it: `fast` breaks all connections and flushes, `immediate` is as good as a kill. */
  stop(mode: "fast" | "immediate"): Promise<void>
  start(): Promise<void>
  /** Makes a primary of a standby. */
  promote(): Promise<void>
  /** All of its processes stand still, or go on. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void
  /** Ends it and removes all that it has stored. */
  remove(): void
}

/** Debian keeps the programs of a version together and off the path. */
export function postgresPrograms(): string | undefined {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map((version) => join(root, version, "bin")).find((folder) => existsSync(folder))
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === "string") throw new Error("there is no port")
  return address.port
}

/** The server refuses to run as root. */
export function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}

const settingsOf = (port: number, folder: string, more: readonly string[]): string[] =>
  [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    // What a standby that copies the primary, or was away, has to catch up with.
    "wal_keep_size=512MB",
    ...more,
  ].flatMap((setting) => ["-c", setting])

/** The server of a directory and all that it has started. */
function processesOf(data: string): readonly number[] {
  const main = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n", 1)[0])
  const children = readFileSync(`/proc/${main}/task/${main}/children`, "utf8")
  return [main, ...children.split(" ").filter(Boolean).map(Number)]
}

/** A folder that belongs to whoever the server runs as. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "keywright-pg-"))
  const { uid, gid } = owner()
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid)
  return folder
}

/**
 * Makes a server in a new folder: a primary, or a standby of one. `more` are settings of the
 * server.
 */
export async function createPostgresServer(
  programs: string,
  more: readonly string[] = [],
  primary?: PostgresServer,
): Promise<PostgresServer> {
  const folder = newFolder()
  const data = join(folder, "data")
  const user = owner()
  const settings = { ...user, cwd: folder }
  const run = (program: string, args: string[]) =>
    promisify(execFile)(join(programs, program), args, settings)
  if (primary === undefined) {
    await run("initdb", ["-D", data, "-U", "keywright", "-A", "trust", "-E", "UTF8", "--no-sync"])
  } else {
    const from = ["-h", "127.0.0.1", "-p", String(primary.port), "-U", "keywright"]
    await run("pg_basebackup", [...from, "-D", data, "-R", "-c", "fast", "--no-sync"])
  }
  const port = await freePort()

  const start = async () => {
    const child = spawn(
      join(programs, "postgres"),
      ["-D", data, ...settingsOf(port, folder, more)],
      {
        ...user,
        stdio: "ignore",
        cwd: folder,
        detached: false,
      },
    )
    child.unref()
    for (;;) {
      try {
        return void (await run("pg_isready", ["-h", "127.0.0.1", "-p", String(port)]))
      } catch {
        if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`)
        await wait(50)
      }
    }
  }

  const stopWith = (mode: string) => ["-D", data, "-m", mode, "-w", "stop"]

  await start()
  return {
    url: `postgres://keywright@127.0.0.1:${port}/postgres`,
    port,
    start,
    stop: async (mode) => void (await run("pg_ctl", stopWith(mode))),
    promote: async () => void (await run("pg_ctl", ["-D", data, "-w", "promote"])),
    signal: (signal) => {
      for (const pid of processesOf(data)) process.kill(pid, signal)
    },
    remove: () => {
      try {
        execFileSync(join(programs, "pg_ctl"), stopWith("immediate"), {
          ...settings,
          stdio: "pipe",
        })
      } catch {
        // It has ended before.
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
