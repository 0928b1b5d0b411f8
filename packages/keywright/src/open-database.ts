import { closeSync, existsSync, openSync, rmSync, statSync } from "node:fs"
import process from "node:process"
import {
  openSqliteStorage,
  type SqliteDatabase,
  type SqliteStorage,
} from "@keywright/storage/sqlite"
import { requireOwnFile } from "./owned-file.js"
import { syncDirectory } from "./synced-directory.js"
import { requireWholeLog } from "./write-ahead-log.js"

type OpenDatabase = (path: string) => SqliteDatabase

/** Whether a database is there that holds anything. */
export const isThere = (path: string): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0

/** Makes an empty database file that only its owner can read, where there is none. */
export function makePrivate(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600))
}

/**
 * Files that this process has opened as databases. Whoever closes any descriptor of a file gives
 * up all locks that his process has on it, SQLite's too, and other processes then take its log
 * away under it. So files are looked into only before SQLite has them, and a process that has
 * closed one may hold it still (libsql).
 *
 * Source: SQLite, "How To Corrupt An SQLite Database File", section 2.2.
 */
const openedHere = new Set<string>()

/** A number that a file had which is gone comes back with another one: not its time of birth. */
function nameOfFile(path: string): string {
  const { dev, ino, birthtimeNs } = statSync(path, { bigint: true })
  return `${dev}:${ino}:${birthtimeNs}`
}

/** Throws when a part of the database is missing, the first time that this process opens it. */
async function requireWholeOnce(path: string): Promise<void> {
  const file = nameOfFile(path)
  if (!openedHere.has(file)) await requireWholeLog(path)
  openedHere.add(file)
}

/** How many stores of this process have a file open, and whether there ever were several. */
const openStores = new Map<string, { count: number; wereSeveral: boolean }>()

function enter(file: string): void {
  const stores = openStores.get(file)
  if (stores === undefined) openStores.set(file, { count: 1, wereSeveral: false })
  else openStores.set(file, { count: stores.count + 1, wereSeveral: true })
}

/** Answers whether the last one of several has left. */
function leaves(file: string): boolean {
  const stores = openStores.get(file)
  if (stores === undefined) return false
  stores.count -= 1
  if (stores.count > 0) return false
  openStores.delete(file)
  return stores.wereSeveral
}

const askMode = "pragma journal_mode"

/** Undefined for a file that does not answer. */
function modeOf(database: SqliteDatabase): unknown {
  try {
    return Object(database.prepare(askMode).get())["journal_mode"]
  } catch {
    return undefined
  }
}

/** A connection that remembers whether the file still said that it has a log when it was closed. */
function remembering(database: SqliteDatabase) {
  const connection = {
    saidLog: false,
    exec: (sql: string) => database.exec(sql),
    prepare: (sql: string) => database.prepare(sql),
    close: () => {
      connection.saidLog = modeOf(database) === "wal"
      database.close()
    },
  }
  return connection
}

/**
 * All of the log is in a file whose last store of this process is closed, but connections that are
 * closed may be in the way of saying so (libsql). Where other processes are at work, what they
 * write from here on is not told from what is missing, until one of them opens or closes the file.
 */
function sayWhole(path: string, open: OpenDatabase): void {
  const database = open(path)
  try {
    database.exec("pragma user_version = 1")
    database.prepare("pragma wal_checkpoint(truncate)").get()
  } catch {
    // Others write: they say it when they close the file.
  } finally {
    database.close()
  }
}

const attemptsMax = 20

/** Different for processes that meet. Whoever ends has no later. */
const pause = (): unknown =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 + (process.pid % 19))

/** Whether the file says it now; somebody else may have it open. */
function hasSaidNoLog(database: SqliteDatabase): boolean {
  try {
    database.prepare(`${askMode} = delete`).get()
    return true
  } catch {
    return false
  } finally {
    database.close()
  }
}

/**
 * Of hosts that close a file at one moment each may see another one, and leave its header as it
 * is. The log is gone then, and the file is opened once more to say so, at which they may meet
 * again.
 */
function sayNoLog(path: string, open: OpenDatabase): void {
  for (let attempts = 0; attempts < attemptsMax; attempts += 1) {
    if (existsSync(`${path}-wal`) || !existsSync(path)) return
    if (hasSaidNoLog(open(path))) return
    pause()
  }
  // A connection that is closed may be in the way for so long (libsql): this needs no other to go.
  // Who is at work has a log, and will say it.
  if (!existsSync(`${path}-wal`) && existsSync(path)) sayWhole(path, open)
}

/**
 * What a process that ends does about the files that it has not closed. SQLite would close them,
 * take their log away and leave headers that say there is one, as of a store that has lost it.
 */
const atExit = new Set<() => void>()
const leaveAll = (): void => {
  for (const leave of atExit) leave()
}

/** Has that done at the exit of the process; answers how to take it back. */
function whenEnding(leave: () => void): () => void {
  if (atExit.size === 0) process.on("exit", leaveAll)
  atExit.add(leave)
  return () => {
    atExit.delete(leave)
    if (atExit.size === 0) process.off("exit", leaveAll)
  }
}

/** Removes a database file that was made for nothing, with what SQLite has put beside it. */
export function removeDatabase(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true })
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

/** The SQLite of Node itself, where it is there without a flag; else libsql (decision 0028). */
async function findDriver(): Promise<OpenDatabase> {
  const builtin = process.getBuiltinModule?.("node:sqlite") as NodeSqlite | undefined
  if (builtin !== undefined) return (path) => new builtin.DatabaseSync(path)
  try {
    const { default: Database } = await import("libsql")
    return (path) => new Database(path) as SqliteDatabase
  } catch (cause) {
    throw new Error("this Node has no SQLite: use Node 22.13 or newer, or install `libsql`", {
      cause,
    })
  }
}

/**
 * Opens the store in a database file of the process's own. Throws when others could have been at
 * it, or when a part of it is missing; nothing is changed then.
 */
export async function openDatabase(path: string): Promise<SqliteStorage> {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) requireOwnFile(file)
  await requireWholeOnce(path)
  const open = await findDriver()
  const database = remembering(open(path))
  try {
    const storage = openSqliteStorage(database)
    // The file says from now on that it has a log: a loss of power must not take that away alone.
    // Not every system has this.
    await syncDirectory(path).catch(() => undefined)
    const file = nameOfFile(path)
    enter(file)
    const stay = whenEnding(() => {
      try {
        database.prepare(`${askMode} = delete`).get()
      } catch {
        // Others are at work, or the last to close will say it.
      }
      database.close()
      if (database.saidLog) sayNoLog(path, open)
    })
    let isFirstClose = true
    const close = async () => {
      stay()
      await storage.close()
      if (!isFirstClose) return
      isFirstClose = false
      const isLastOfSeveral = leaves(file)
      if (!database.saidLog) return
      if (isLastOfSeveral && existsSync(`${path}-wal`)) sayWhole(path, open)
      else sayNoLog(path, open)
    }
    return { ...storage, close }
  } catch (error) {
    // The connection of a store that does not open is still ours to close.
    database.close()
    throw error
  }
}

/** Whether a database was begun and nothing was put into it: whoever made it was cut off. */
export async function isEmptyDatabase(path: string): Promise<boolean> {
  const storage = await openDatabase(path)
  try {
    const { entries } = await storage.list({ prefix: "", limit: 1 })
    return entries.length === 0
  } finally {
    await storage.close()
  }
}
