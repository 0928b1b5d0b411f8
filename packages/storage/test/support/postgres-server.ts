import { execFileSync, spawn } from "node:child_process"
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A PostgreSQL server of a test: real, on a directory and a port of its own. */
export interface PostgresServer {
  readonly url: string
  readonly port: number
  /** Ends it: `fast` breaks all connections and flushes, `immediate` is as good as a kill. */
  stop(mode: "fast" | "immediate"): void
  start(): Promise<void>
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

const settings = (port: number, folder: string, more: readonly string[]): string[] =>
  [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=200",
    ...more,
  ].flatMap((setting) => ["-c", setting])

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
  const run = (program: string, args: string[]) =>
    execFileSync(join(programs, program), args, { ...user, stdio: "pipe", cwd: folder })
  if (primary === undefined) {
    run("initdb", ["-D", data, "-U", "keywright", "-A", "trust", "-E", "UTF8", "--no-sync"])
  } else {
    const from = ["-h", "127.0.0.1", "-p", String(primary.port), "-U", "keywright"]
    run("pg_basebackup", [...from, "-D", data, "-R", "-c", "fast", "--no-sync"])
  }
  const port = await freePort()

  const start = async () => {
    const child = spawn(join(programs, "postgres"), ["-D", data, ...settings(port, folder, more)], {
      ...user,
      stdio: "ignore",
      cwd: folder,
      detached: false,
    })
    child.unref()
    for (;;) {
      try {
        run("pg_isready", ["-h", "127.0.0.1", "-p", String(port)])
        return
      } catch {
        if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  const stop = (mode: string): void => {
    run("pg_ctl", ["-D", data, "-m", mode, "-w", "stop"])
  }

  await start()
  return {
    url: `postgres://keywright@127.0.0.1:${port}/postgres`,
    port,
    start,
    stop,
    remove: () => {
      try {
        stop("immediate")
      } catch {
        // It has ended before.
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
