import { lstatSync } from "node:fs"
import process from "node:process"

/** What a path leads to, itself and not what a link points to; `undefined` for nothing. */
const statOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })

/** Group and others: reading, writing, running. */
const forOthers = 0o077

/**
 * Refuses a file that holds keys and is not the process's own, as ssh refuses such files: a link,
 * a file of somebody else, or one that others may read or write. Says how to mend it. What is not
 * there passes, and so does everything where files have no owner (Windows).
 */
export function requireOwnFile(path: string): void {
  const stat = statOf(path)
  const uid = process.getuid?.()
  if (stat === undefined || uid === undefined) return
  const refuse = (what: string, remedy: string): never => {
    throw new Error(`\`${path}\` ${what}: ${remedy}`)
  }
  if (stat.isSymbolicLink()) refuse("is a symbolic link", "hand in the path of the file itself")
  if (!stat.isFile()) refuse("is no file", "hand in the path of a file")
  if (stat.uid !== uid) refuse("belongs to somebody else", `chown ${uid} '${path}'`)
  if ((stat.mode & forOthers) !== 0) {
    refuse("can be read or written by others", `chmod 600 '${path}'`)
  }
}
