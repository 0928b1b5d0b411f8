import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs"
import { endianness } from "node:os"
import { setTimeout } from "node:timers/promises"

/*
 * The index of a write-ahead log, `<path>-shm`, stays behind with the log when a process is
 * killed. It says how many frames the log had. Where both are gone, the header of the database
 * says whether it needs a log: that of a store which was closed does not.
 *
 * Source: SQLite, "WAL-mode File Format", sections 2 and 4; "Database File Format", section 1.3.3.
 */

const indexHeaderBytes = 48
const logHeaderBytes = 32
const frameHeaderBytes = 24

/** How long the log must be by its index; 0 when there is no index that says anything. */
function logBytesOf(index: Uint8Array): number {
  if (index.length < indexHeaderBytes || index[12] !== 1) return 0
  const header = new DataView(index.buffer, index.byteOffset, indexHeaderBytes)
  const isLittle = endianness() === "LE"
  const pageSize = header.getUint16(14, isLittle)
  const frames = header.getUint32(16, isLittle)
  // A size of 65,536 bytes is written as 1.
  const pageBytes = pageSize === 1 ? 65_536 : pageSize
  return frames === 0 ? 0 : logHeaderBytes + frames * (frameHeaderBytes + pageBytes)
}

/** Where the header says that there is a log, and where that all of it is in the file. */
const logAt = 18
const wholeAt = 63
const versionOfLog = 2
const firstPageBytes = 4096

/** Whether a database that is ours, or has no tables, says that it needs its log. */
function needsLog(path: string): boolean {
  const page = new Uint8Array(firstPageBytes)
  const file = openSync(path, "r")
  try {
    readSync(file, page, 0, page.length, 0)
  } finally {
    closeSync(file)
  }
  const text = new TextDecoder("latin1").decode(page)
  const isOurs = text.includes("keywright_store") || !text.includes("CREATE ")
  return isOurs && page[logAt] === versionOfLog && page[wholeAt] === 0
}

/** For so long others may be about to open the database, or to close it. */
const attemptsMax = 50
const attemptMs = 20

/** What is missing of a database, as it looks now: others may be about to open or to close it. */
function findLoss(path: string): string | undefined {
  const [log, index] = [`${path}-wal`, `${path}-shm`]
  const bytesMin = existsSync(index) ? logBytesOf(readFileSync(index)) : 0
  const bytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (bytes < bytesMin) {
    return (
      `the log \`${log}\` ${bytes === 0 ? "is missing" : "was cut"}, and keys with it: put it ` +
      "back, or restore a backup. Only after a loss of power " +
      `\`${index}\` may be wrong instead: then remove it`
    )
  }
  if (existsSync(log) || existsSync(`${path}-journal`) || !needsLog(path)) return undefined
  return (
    `the database \`${path}\` was not closed and its log \`${log}\` is missing: it is a copy ` +
    "that was made while it was in use, or the log was lost, and keys with it. Put the log " +
    "back, or restore a backup. To open it as it is: " +
    `sqlite3 '${path}' 'pragma journal_mode = delete'`
  )
}

/** The same; a file that others take away meanwhile is looked for again. */
function lossNow(path: string): string | undefined {
  try {
    return findLoss(path)
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error
    return `the database \`${path}\` was taken away while it was opened`
  }
}

/**
 * Refuses a database whose log is missing or was cut, for longer than it takes others to open or
 * to close it: SQLite would open it without the keys that were in the log, and say nothing.
 */
export async function requireWholeLog(path: string): Promise<void> {
  if (!existsSync(path)) return
  let loss = lossNow(path)
  for (let attempts = 1; loss !== undefined && attempts < attemptsMax; attempts += 1) {
    await setTimeout(attemptMs)
    loss = lossNow(path)
  }
  if (loss !== undefined) throw new Error(loss)
}
