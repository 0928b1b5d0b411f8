import { createReadStream, existsSync } from "node:fs"
import {
  exampleRegion,
  type RestoreBackupOptions,
  type RestoreReport,
  restoreBackup,
} from "@keywright/core"
import { isThere, makePrivate, openDatabase, removeDatabase } from "./open-database.js"
import { openHsm, type RootKeyOptions, sealsOf } from "./open-kms.js"
import { requireOwnFile } from "./owned-file.js"
import { rootKeyPath } from "./root-key-file.js"

/** Like the options of `openKms`, of which a restore needs few. */
export interface RestoreKmsOptions
  extends RootKeyOptions,
    Partial<Omit<RestoreBackupOptions, "storage" | "hsm">> {
  /** The SQLite database file, which must not be there yet. */
  readonly path: string
  /** The file that `kms.backup(backupFile(…))` has made. */
  readonly backup: string
}

/**
 * Makes a database out of a backup, with the root key that the backup was made under; with
 * `generateRootKey` its file is put beside the database first. Default region `us-east-1`.
 *
 * Throws for a database that is there, and what `restoreBackup` throws; there is no database then,
 * as before.
 *
 * @example
 * ```ts
 * import { restoreKms } from "keywright"
 *
 * const rootKey = new Uint8Array(32) // from your secret store
 * await restoreKms({ path: "restored.db", rootKey, backup: "keys.backup" })
 * ```
 */
export async function restoreKms(options: RestoreKmsOptions): Promise<RestoreReport> {
  const { path, backup, region = exampleRegion, generateRootKey } = options
  const { partition, clock, onProgress, signal, purpose } = options
  if (typeof path !== "string" || path === "") throw new TypeError("`path` must name a file")
  if (isThere(path)) {
    throw new Error(
      `the database \`${path}\` is there: restore into another one. If it is what a restore ` +
        `that was cut off has left, remove it, \`${path}-wal\` and \`${path}-shm\``,
    )
  }
  if (generateRootKey === true && !existsSync(rootKeyPath(path))) {
    throw new Error(`put the root key of the backup back first, as \`${rootKeyPath(path)}\``)
  }
  requireOwnFile(path)
  makePrivate(path)
  const seals = await sealsOf({ ...options, former: undefined })
  const hsm = openHsm(seals, undefined)
  const storage = await openDatabase(path)
  let report: RestoreReport | undefined
  try {
    const source = createReadStream(backup)
    const given = { partition, clock, onProgress, signal, purpose }
    report = await restoreBackup(source, { ...given, region, storage, hsm })
    return report
  } finally {
    await hsm.close()
    await storage.close()
    if (report === undefined) removeDatabase(path)
  }
}
