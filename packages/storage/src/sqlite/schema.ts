import { StorageError } from "../storage-error.js"
import {
  asciiOf,
  type Connection,
  integerOf,
  isBusy,
  isNotADatabase,
  textOf,
  toStorageError,
} from "./driver.js"

/** The number of the layout below; a file that says another is refused. */
const format = 1

/**
 * The tables, to the letter as SQLite keeps them. Entries are a table with a row id: measured
 * against `without rowid`, reads cost the same and a new key a third less, because only the small
 * index of keys is written in random order.
 */
const tables = [
  `CREATE TABLE keywright_entry(
  key text primary key not null,
  revision integer not null,
  value blob not null
) strict`,
  `CREATE TABLE keywright_store(
  id integer primary key check (id = 1),
  format integer not null,
  revision integer not null
) strict`,
]

/** How often the switch to WAL is tried while others open the same new file. */
const attemptsMax = 50

/**
 * Prepares a connection: refuses a file that is not ours before anything is written to it, turns
 * durability on and makes the tables in a new file.
 */
export function openSchema(
  connection: Connection,
  { busyTimeoutMs, checkedBytesMax }: Readonly<Record<"busyTimeoutMs" | "checkedBytesMax", number>>,
): void {
  pragma(connection, `busy_timeout = ${busyTimeoutMs}`)
  // Nothing that a schema says may run code of ours with more rights than the file has.
  pragma(connection, "trusted_schema = off")
  pragma(connection, "cell_size_check = on")
  // What is removed is overwritten: a destroyed key must not be carved out of the file.
  pragma(connection, "secure_delete = on")
  requireUtf8(connection)
  const isNew = !hasStore(connection)
  const mode = switchToWal(connection, busyTimeoutMs)
  if (mode !== "wal") {
    throw new StorageError("format", `SQLite cannot keep a write-ahead log here, only \`${mode}\``)
  }
  pragma(connection, "synchronous = full")
  // On macOS fsync alone does not reach the disk; elsewhere this does nothing.
  pragma(connection, "fullfsync = on")
  pragma(connection, "cache_size = -65536")
  if (integerOf(pragma(connection, "synchronous"), "synchronous") !== 2) {
    throw new StorageError("failed", "SQLite does not accept `synchronous = full`")
  }
  if (isNew) connection.transaction("begin immediate", () => createTables(connection))
  else checkWhole(connection, checkedBytesMax)
  sayInUse(connection)
  // From here on whoever waits does so outside of the driver.
  pragma(connection, "busy_timeout = 0")
}

/*
 * The header of the file says whether it needs its log. In use it says that there is one, and its
 * version is 0. It is 1 once all of the log is in the file, from before the log is removed until
 * the header says so: a process may be killed in between. The last to close a file leaves it so.
 */

const wholeVersion = 1
/** For so long whoever closes a file that others write waits for them. */
const closingTimeoutMs = 1000

/** Takes back what was said when the file was closed, in the file itself. */
function sayInUse(connection: Connection): void {
  if (integerOf(pragma(connection, "user_version"), "user_version") === 0) return
  connection.exec("pragma user_version = 0")
  pragma(connection, "wal_checkpoint(truncate)")
}

/** Leaves the log, or leaves it to others who are at work. */
export function leaveLog(connection: Connection): void {
  try {
    connection.exec(`pragma user_version = ${wholeVersion}`)
    pragma(connection, "journal_mode = delete")
  } catch {
    pragma(connection, `busy_timeout = ${closingTimeoutMs}`)
    try {
      sayInUse(connection)
    } catch {
      // They write without a pause. Who opens the file next takes it back.
    }
    pragma(connection, "wal_checkpoint(truncate)")
  }
}

const pragma = (connection: Connection, sql: string): unknown =>
  connection.prepare(`pragma ${sql}`).get()

/**
 * Switches to the write-ahead log and answers the mode that the file has then. For this SQLite
 * does not always wait until others are done, so waiting is a write transaction of its own.
 */
function switchToWal(connection: Connection, busyTimeoutMs: number): string {
  pragma(connection, `busy_timeout = ${Math.ceil(busyTimeoutMs / attemptsMax)}`)
  for (let attempt = 1; ; attempt += 1) {
    try {
      const mode = textOf(pragma(connection, "journal_mode = wal"), "journal_mode")
      pragma(connection, `busy_timeout = ${busyTimeoutMs}`)
      return mode
    } catch (cause) {
      if (attempt === attemptsMax || !isBusy(cause)) throw cause
      waitForWriter(connection)
    }
  }
}

function waitForWriter(connection: Connection): void {
  try {
    connection.transaction("begin immediate", () => undefined)
  } catch (cause) {
    if (!isBusy(cause)) throw cause
  }
}

/** Throws when pages of the file are damaged, or an index does not list what its table holds. */
function checkWhole(connection: Connection, checkedBytesMax: number): void {
  const pages = integerOf(pragma(connection, "page_count"), "page_count")
  const pageBytes = integerOf(pragma(connection, "page_size"), "page_size")
  if (pages * pageBytes > checkedBytesMax) return
  const finding = textOf(pragma(connection, "integrity_check(1)"), "integrity_check")
  if (finding === "ok") return
  throw new StorageError(
    "failed",
    `the SQLite file is damaged (${finding.replaceAll("\n", " ")}): restore it from a backup`,
  )
}

function createTables(connection: Connection): void {
  // Another process may have been first.
  if (hasStore(connection)) return
  for (const sql of tables) connection.exec(sql)
  connection
    .prepare("insert into keywright_store (id, format, revision) values (1, ?, 0)")
    .run(format)
}

/** Whether the file holds a store of this format (true) or nothing at all (false); else throws. */
function hasStore(connection: Connection): boolean {
  const objects = readSchema(connection)
  if (objects.length === 0) return false
  const names = objects.map((row) => asciiOf(row, "name"))
  if (!names.includes("keywright_store")) {
    throw new StorageError("format", `the SQLite file holds \`${names[0]}\` and no Keywright store`)
  }
  const row = connection.prepare("select format from keywright_store").get()
  const found = integerOf(row, "format")
  if (found !== format) {
    throw new StorageError("format", `the store has format ${found}, this version reads ${format}`)
  }
  const ours = objects.filter((row) => asciiOf(row, "tbl_name").startsWith("keywright_"))
  if (ours.map((row) => asciiOf(row, "sql")).join() !== tables.join()) {
    throw new StorageError("format", "the tables of the store are not as Keywright makes them")
  }
  return true
}

/** The encoding of an empty file may be decided already. In another one, keys are other bytes. */
function requireUtf8(connection: Connection): void {
  const encoding = readAlien(() => textOf(pragma(connection, "encoding"), "encoding"))
  if (encoding === "UTF-8") return
  throw new StorageError("format", `the SQLite file holds ${encoding}, and a store is UTF-8`)
}

/** Everything in the file that someone created, by name; what SQLite adds itself has no SQL. */
function readSchema(connection: Connection): readonly unknown[] {
  const sql =
    "select cast(name as blob) as name, cast(tbl_name as blob) as tbl_name, " +
    "cast(sql as blob) as sql from sqlite_schema where sql is not null order by name"
  return readAlien(() => connection.prepare(sql).all() as readonly unknown[])
}

/** Reads from a file that may be anything. */
function readAlien<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    if (!isNotADatabase(cause)) throw toStorageError(cause)
    throw new StorageError("format", "the file is not a SQLite database", { cause })
  }
}
