import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process"
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { promisify } from "node:util"
import { createDisk, type Disk } from "./disk.js"
import { freePort } from "./ports.js"
import { loopback, within, type Zone } from "./zones.js"

/** A PostgreSQL server: real, on a directory and a port of its own. */
export interface PostgresServer {
  readonly url: string
  readonly address: string
  readonly port: number
  /** Where it has one of its own. */
  readonly disk: Disk | undefined
  /** Ends it: `fast` breaks all connections and flushes, `immediate` is as good as a kill. */
  stop(mode: "fast" | "immediate"): Promise<void>
  start(): Promise<void>
  /** Waits until it serves, and starts it if it has ended by itself. */
  recover(): Promise<void>
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

/** The server refuses to run as root. */
export function owner(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) =>
    Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}

/** How a server is to be, besides its own settings. */
export interface PostgresPlan {
  /** It is a standby of this one. */
  readonly primary?: PostgresServer | undefined
  /** Default: on the loopback address. */
  readonly zone?: Zone | undefined
  /** A disk of so many mebibytes, where this machine lets one make it. */
  readonly diskMebibytes?: number | undefined
}

const settingsOf = (
  { address }: Zone,
  port: number,
  folder: string,
  more: readonly string[],
): string[] =>
  [
    `port=${port}`,
    `listen_addresses=${address}`,
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

/** The first files of a primary, or a copy of those of one. */
async function makeData(
  run: (program: string, args: string[]) => Promise<unknown>,
  data: string,
  primary: PostgresServer | undefined,
): Promise<void> {
  if (primary !== undefined) {
    const from = ["-h", primary.address, "-p", String(primary.port), "-U", "keywright"]
    return void (await run("pg_basebackup", [...from, "-D", data, "-R", "-c", "fast", "--no-sync"]))
  }
  await run("initdb", ["-D", data, "-U", "keywright", "-A", "trust", "-E", "UTF8", "--no-sync"])
  const lines = ["all", "replication"].map((what) => `host ${what} all 10.213.0.0/16 trust\n`)
  appendFileSync(join(data, "pg_hba.conf"), lines.join(""))
}

/** Starts the server as its owner, in its zone. */
function spawnServer(program: string, args: string[], zone: Zone, cwd: string): ChildProcess {
  const { uid, gid } = owner()
  if (zone.launcher.length === 0) return spawn(program, args, { uid, gid, stdio: "ignore", cwd })
  // Only root enters a network namespace, and the server refuses to be root.
  const as = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", program, ...args]
  return spawn(...within(zone, "setpriv", as), { stdio: "ignore", cwd })
}

/** Makes a server in a new folder. `more` are settings of the server. */
export async function createPostgresServer(
  programs: string,
  more: readonly string[] = [],
  { primary, zone = loopback, diskMebibytes }: PostgresPlan = {},
): Promise<PostgresServer> {
  const folder = newFolder()
  const user = owner()
  const own = `uid=${user.uid},gid=${user.gid}`
  const disk = diskMebibytes === undefined ? undefined : createDisk(folder, diskMebibytes, own)
  const data = join(folder, "data")
  const settings = { ...user, cwd: folder }
  const run = (program: string, args: string[]) =>
    promisify(execFile)(join(programs, program), args, settings)
  await makeData(run, data, primary)
  const port = await freePort()
  const { address } = zone
  const arguments_ = ["-D", data, ...settingsOf(zone, port, folder, more)]
  const ask = ["-h", address, "-p", String(port)]
  const stopWith = (mode: string) => ["-D", data, "-m", mode, "-w", "stop"]
  let child: ChildProcess | undefined

  const untilReady = async () => {
    for (;;) {
      try {
        return void (await run("pg_isready", ask))
      } catch {
        if (child?.exitCode !== null) throw new Error(`postgres ended with ${child?.exitCode}`)
        await wait(50)
      }
    }
  }
  const start = async () => {
    child = spawnServer(join(programs, "postgres"), arguments_, zone, folder)
    child.unref()
    await untilReady()
  }

  await start()
  return {
    ...{ url: `postgres://keywright@${address}:${port}/postgres`, address, port, disk, start },
    recover: () => untilReady().catch(start),
    stop: async (mode) => void (await run("pg_ctl", stopWith(mode))),
    promote: async () => void (await run("pg_ctl", ["-D", data, "-w", "promote"])),
    signal: (signal) => {
      for (const pid of processesOf(data)) process.kill(pid, signal)
    },
    remove: () => {
      try {
        const quiet = { ...settings, stdio: "pipe" as const }
        execFileSync(join(programs, "pg_ctl"), stopWith("immediate"), quiet)
      } catch {
        // It has ended before.
      }
      disk?.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
