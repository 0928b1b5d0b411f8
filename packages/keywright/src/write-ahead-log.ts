import { existsSync, readFileSync, statSync } from "node:fs"
import { endianness } from "node:os"

/*
 * The index of a write-ahead log, `<path>-shm`, stays behind with the log when a process is
 * killed. It says how many frames the log had.
 *
 * Source: SQLite, "WAL-mode File Format", sections 2 and 4.
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

/**
 * Refuses a database whose log is missing or was cut: SQLite would open it without the keys that
 * were in the log, and say nothing.
 */
export function requireWholeLog(path: string): void {
  const [log, index] = [`${path}-wal`, `${path}-shm`]
  if (!existsSync(path) || !existsSync(index)) return
  const bytesMin = logBytesOf(readFileSync(index))
  const bytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (bytes >= bytesMin) return
  throw new Error(
    `the log \`${log}\` ${bytes === 0 ? "is missing" : "was cut"}, and keys with it: put it ` +
      `back, or restore a backup. Only after a loss of power \`${index}\` may be wrong instead: ` +
      "then remove it",
  )
}
