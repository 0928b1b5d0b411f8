import type { Entry } from "../contract.js"
import { StorageError } from "../storage-error.js"

/**
 * The part of a SQLite driver that is used here. `libsql`, `better-sqlite3` and `node:sqlite`
 * (`DatabaseSync`) have it. Integers come back as numbers, the default of all three.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqliteStatement
  close(): unknown
}

/** A prepared statement; rows are objects with a member for each column. */
export interface SqliteStatement {
  run(...parameters: SqliteValue[]): unknown
  get(...parameters: SqliteValue[]): unknown
  all(...parameters: SqliteValue[]): unknown
}

export type SqliteValue = string | number | Uint8Array

/** A connection that is never left inside a transaction that failed. */
export interface Connection {
  prepare(sql: string): SqliteStatement
  exec(sql: string): void
  /** Runs `work` between `begin` and `commit`; whatever throws, nothing of it remains. */
  transaction<T>(begin: "begin" | "begin immediate", work: () => T): T
  /** Makes sure that no transaction is open, or throws. Call it before reading outside one. */
  settle(): void
}

export function createConnection(database: SqliteDatabase): Connection {
  let isUnsettled = false

  function rollback(): void {
    try {
      database.exec("rollback")
    } catch {
      // SQLite may have rolled back by itself. If `begin` works, it has.
      database.exec("begin")
      database.exec("rollback")
    }
    isUnsettled = false
  }

  function settle(): void {
    if (isUnsettled) rollback()
  }

  return {
    prepare: (sql) => database.prepare(sql),
    exec(sql) {
      database.exec(sql)
    },
    transaction(begin, work) {
      settle()
      database.exec(begin)
      isUnsettled = true
      try {
        const result = work()
        database.exec("commit")
        isUnsettled = false
        return result
      } catch (cause) {
        try {
          rollback()
        } catch {
          // It stays unsettled: the next call tries again and reads nothing until that works.
        }
        throw cause
      }
    },
    settle,
  }
}

/** Runs `work` and turns what the driver throws into a {@link StorageError}. */
export function guard<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw toStorageError(cause)
  }
}

export function toStorageError(cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  return isBusy(cause)
    ? new StorageError("busy", "SQLite storage is locked by another connection", { cause })
    : new StorageError("failed", "SQLite storage failed", { cause })
}

/** The result codes of SQLite that are told apart here, under both of their names. */
const busy = { name: "SQLITE_BUSY", code: 5 }
const notADatabase = { name: "SQLITE_NOTADB", code: 26 }

export const isBusy = (cause: unknown): boolean => hasResultCode(cause, busy)

export const isNotADatabase = (cause: unknown): boolean => hasResultCode(cause, notADatabase)

/** libsql and better-sqlite3 give the name as `code`, node:sqlite the number as `errcode`. */
function hasResultCode(cause: unknown, result: { name: string; code: number }): boolean {
  const { code, errcode } = Object(cause) as {
    code?: unknown
    errcode?: unknown
  }
  if (typeof code === "string" && code.startsWith(result.name)) return true
  return typeof errcode === "number" && (errcode & 0xff) === result.code
}

/** A column of a row that should be an integer of ours. Files can be tampered with. */
export function integerOf(row: unknown, column: string): number {
  const value = Number(columnOf(row, column))
  if (!Number.isSafeInteger(value) || value < 0) throw unexpected(column)
  return value
}

export function textOf(row: unknown, column: string): string {
  const value = columnOf(row, column)
  if (typeof value !== "string") throw unexpected(column)
  return value
}

/**
 * Text of ours, selected with `cast(… as blob)`: a driver that decodes text may end the process
 * over a flipped bit (libsql). What is not ASCII shows as `?`.
 */
export function asciiOf(row: unknown, column: string): string {
  let text = ""
  for (const byte of bytesOf(row, column)) text += byte < 0x80 ? String.fromCharCode(byte) : "?"
  return text
}

/** A key that a zero byte ends. It is printable ASCII, or the file is damaged. */
function keyIn(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start)
  if (end <= start) throw unexpected("key")
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] as number
    if (byte < 0x20 || byte > 0x7e) throw unexpected("key")
  }
  // Spread, a page of keys would cost six times as much.
  return Reflect.apply(String.fromCharCode, undefined, bytes.subarray(start, end))
}

/** A key, a zero byte, and a value. */
export function keyAndValueOf(bytes: Uint8Array): Pick<Entry, "key" | "value"> {
  const key = keyIn(bytes, 0)
  return { key, value: bytes.subarray(key.length + 1) }
}

/** Where digits end in front of a space. */
function endOfDigits(bytes: Uint8Array, start: number): number {
  let end = start
  while ((bytes[end] ?? 0) >= 0x30 && (bytes[end] ?? 0) <= 0x39) end += 1
  if (end === start || bytes[end] !== 0x20) throw unexpected("number")
  return end
}

function integerIn(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i += 1) value = value * 10 + (bytes[i] as number) - 0x30
  if (!Number.isSafeInteger(value)) throw unexpected("number")
  return value
}

/** So many entries in a row: revision, length of the value, key, a zero byte, and the value. */
export function entriesIn(bytes: Uint8Array, count: number): readonly Entry[] {
  const entries: Entry[] = []
  let at = 0
  for (let i = 0; i < count; i += 1) {
    const revisionEnd = endOfDigits(bytes, at)
    const revision = integerIn(bytes, at, revisionEnd)
    const lengthEnd = endOfDigits(bytes, revisionEnd + 1)
    const length = integerIn(bytes, revisionEnd + 1, lengthEnd)
    const key = keyIn(bytes, lengthEnd + 1)
    const start = lengthEnd + key.length + 2
    at = start + length
    entries.push({ key, value: bytes.subarray(start, at), revision })
  }
  if (at !== bytes.length) throw unexpected("page")
  return entries
}

/** Plain bytes: drivers give a Uint8Array, a Buffer or (`all` of libsql) an ArrayBuffer. */
export function bytesOf(row: unknown, column: string): Uint8Array {
  const value = columnOf(row, column)
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (!ArrayBuffer.isView(value)) throw unexpected(column)
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

const columnOf = (row: unknown, column: string): unknown =>
  typeof row === "object" && row !== null
    ? (row as Readonly<Record<string, unknown>>)[column]
    : undefined

const unexpected = (column: string): StorageError =>
  new StorageError("failed", `SQLite storage has no valid ${column} where one must be`)
