import { link, lstat, readdir, rename, rm, unlink } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import process from "node:process"

/*
 * A file or folder appears under its name whole, or not at all.
 */

const partial = /^\..+\.(\d+)\.partial$/s

/** Where something is made: beside its place, so that it can be moved there in one step. */
const partialOf = (target: string): string =>
  join(dirname(target), `.${basename(target)}.${process.pid}.partial`)

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"
  }
}

/** Removes what a process left behind that was ended before it could clear up. */
async function removeLeftBehind(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(partial.exec(name)?.[1])
    if (pid > 0 && !isRunning(pid)) await rm(join(folder, name), { recursive: true, force: true })
  }
}

/**
 * Has `make` write a file or folder beside its place, and moves it there when all of it is done.
 * What is in that place already stays, and when anything fails nothing is left.
 */
export async function writeWhole(
  target: string,
  make: (path: string) => Promise<void>,
): Promise<void> {
  await removeLeftBehind(dirname(target))
  const isThere = await lstat(target).then(
    () => true,
    () => false,
  )
  if (isThere) throw new Error(`${target} is there already`)
  const path = partialOf(target)
  try {
    await make(path)
    if ((await lstat(path)).isDirectory()) {
      await rename(path, target)
      return
    }
    // A link fails where somebody else was quicker; renaming would overwrite their file.
    await link(path, target)
    await unlink(path)
  } catch (error) {
    await rm(path, { recursive: true, force: true })
    throw error
  }
}
