import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { openSqliteStorage } from "../../src/sqlite.js"

/** A file for as many handles as a test opens. */
export function createSqliteFolder() {
  const folder = mkdtempSync(join(tmpdir(), "keywright-sqlite-"))
  return {
    open: async () => openSqliteStorage(new Database(join(folder, "keys.db"))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
