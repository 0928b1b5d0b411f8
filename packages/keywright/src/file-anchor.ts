import { randomBytes } from "node:crypto"
import { open, readFile, rename, rm } from "node:fs/promises"
import type { Anchor } from "@keywright/core"
import { requireOwnFile } from "./owned-file.js"
import { syncDirectory } from "./synced-directory.js"

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT"

/**
 * An anchor in a file of the process's own (mode 0600): on another disk, or under other rights,
 * than the store. Each host has a file of its own. A file that is replaced appears whole or not at
 * all, also when the machine loses power.
 *
 * @example
 * ```ts
 * import { fileAnchor, openKms } from "keywright"
 *
 * const anchor = fileAnchor("keys.anchor")
 * const kms = await openKms({ path: "keys.db", generateRootKey: true, anchor })
 * ```
 */
export function fileAnchor(path: string): Anchor {
  if (typeof path !== "string" || path === "") throw new TypeError("`path` must name a file")
  return {
    read: async () => {
      requireOwnFile(path)
      try {
        return new Uint8Array(await readFile(path))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    write: async (bytes) => {
      const draft = `${path}.${randomBytes(8).toString("hex")}`
      try {
        const file = await open(draft, "wx", 0o600)
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      await syncDirectory(path)
    },
  }
}
