import { existsSync } from "node:fs"
import { type FileHandle, open, rename, rm } from "node:fs/promises"
import type { BackupTarget } from "@keywright/core"
import { syncDirectory } from "./synced-directory.js"

/**
 * A backup in a new file, readable by its owner alone. It has its name when it is whole and on the
 * disk; until then it is `<path>.part`, which goes when the backup fails. Throws for a file that is
 * there already.
 *
 * @example
 * ```ts
 * import { backupFile, openKms } from "keywright"
 *
 * const kms = await openKms({ path: "keys.db", generateRootKey: true })
 * await kms.backup(backupFile("keys.backup"))
 * ```
 */
export function backupFile(path: string): BackupTarget {
  if (typeof path !== "string" || path === "") throw new TypeError("`path` must name a file")
  if (existsSync(path)) throw new Error(`\`${path}\` exists already`)
  const draft = `${path}.part`
  let opened: Promise<FileHandle> | undefined
  const begin = async (): Promise<FileHandle> => {
    if (existsSync(draft)) {
      throw new Error(`\`${draft}\` exists: unless it is being written, it was cut off; remove it`)
    }
    return open(draft, "wx", 0o600)
  }
  const file = (): Promise<FileHandle> => {
    opened ??= begin()
    return opened
  }
  return {
    write: async (bytes) => {
      const handle = await file()
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await handle.write(bytes, at)
        at += bytesWritten
      }
    },
    close: async () => {
      const handle = await file()
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, path)
      await syncDirectory(path)
    },
    abort: async () => {
      // A file of that name that somebody else has made stays.
      const handle = await opened?.catch(() => undefined)
      if (handle === undefined) return
      await handle.close()
      await rm(draft, { force: true })
    },
  }
}
