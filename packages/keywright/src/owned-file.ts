import { lstatSync, type Stats, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import process from "node:process"

/** What a path leads to, itself and not what a link points to; `undefined` for nothing. */
const statOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })

/** Group and others: reading, writing, running. */
const forOthers = 0o077
const writingForOthers = 0o022
const sticky = 0o1000

const refuse = (path: string, what: string, remedy: string): never => {
  throw new Error(`\`${path}\` ${what}: ${remedy}`)
}

/**
 * Refuses a folder in which others can put a root key, or a log beside a database. Of the folders
 * above it nothing is asked: who can rename one puts his own in its place, and that is refused.
 */
function requireOwnFolder(folder: string, uid: number): void {
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (stat.uid !== uid && stat.uid !== 0) {
    refuse(folder, "belongs to somebody else", "use a folder of your own")
  }
  if ((stat.mode & writingForOthers) === 0) return
  const isShared = stat.uid !== uid || (stat.mode & sticky) !== 0
  const remedy = isShared ? "use a folder of your own" : `chmod go-w '${folder}'`
  refuse(folder, "can be written by others", remedy)
}

/**
 * Refuses a file that holds keys and is not the process's own, as ssh refuses such files: a link,
 * a file of somebody else, one that others may read or write, or one in a folder that others may
 * write to. Says how to mend it. What is not there passes, and so does everything where files have
 * no owner (Windows).
 */
export function requireOwnFile(path: string): void {
  const uid = process.getuid?.()
  if (uid === undefined) return
  const stat = statOf(path)
  if (stat?.isSymbolicLink()) {
    refuse(path, "is a symbolic link", "hand in the path of the file itself")
  }
  if (stat !== undefined) requireOwn(path, stat, uid)
  requireOwnFolder(dirname(resolve(path)), uid)
}

function requireOwn(path: string, stat: Stats, uid: number): void {
  if (!stat.isFile()) refuse(path, "is no file", "hand in the path of a file")
  if (stat.uid !== uid) refuse(path, "belongs to somebody else", `chown ${uid} '${path}'`)
  if ((stat.mode & forOthers) !== 0) {
    refuse(path, "can be read or written by others", `chmod 600 '${path}'`)
  }
}
