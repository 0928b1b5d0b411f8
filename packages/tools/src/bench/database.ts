import process from "node:process"
import type { SqliteDatabase } from "@keywright/storage/sqlite"

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => SqliteDatabase
}

/** Opens a SQLite file with the driver that `openKms` takes: Node's own where it is there. */
export async function openDatabase(path: string): Promise<SqliteDatabase> {
  const builtin = process.getBuiltinModule?.("node:sqlite") as NodeSqlite | undefined
  if (builtin !== undefined) return new builtin.DatabaseSync(path)
  const { default: Database } = await import("libsql")
  return new Database(path)
}
