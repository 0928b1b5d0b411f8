import Database from "libsql"
import { describe, expect, it } from "vitest"
import {
  asciiOf,
  bytesOf,
  type Connection,
  createConnection,
  entriesIn,
  guard,
  integerOf,
  isBusy,
  isNotADatabase,
  keyAndValueOf,
  type SqliteDatabase,
  textOf,
  toStorageError,
} from "../src/sqlite/driver.js"
import { createPatience } from "../src/sqlite/patience.js"
import { openSqliteStorage } from "../src/sqlite.js"
import { StorageError } from "../src/storage-error.js"

/* What is made of a driver and of its answers, which a damaged file may have given. */

const latin = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0))
const invalid = (what: string) =>
  expect.objectContaining({
    name: "StorageError",
    code: "failed",
    message: `SQLite storage has no valid ${what} where one must be`,
  })

describe("a result code", () => {
  const both = (cause: unknown) => [isBusy(cause), isNotADatabase(cause)]

  it.each([
    [{ code: "SQLITE_BUSY" }, [true, false]],
    [{ code: "SQLITE_BUSY_SNAPSHOT" }, [true, false]],
    [{ errcode: 5 }, [true, false]],
    [{ errcode: 261 }, [true, false]],
    [{ code: "ERR_SQLITE_ERROR", errcode: 5 }, [true, false]],
    [{ code: "SQLITE_NOTADB" }, [false, true]],
    [{ errcode: 26 }, [false, true]],
    [{ code: "SQLITE_LOCKED" }, [false, false]],
    [{ code: "X_SQLITE_BUSY" }, [false, false]],
    [{ errcode: 6 }, [false, false]],
    [{ errcode: "5" }, [false, false]],
    [{ code: 5 }, [false, false]],
    [undefined, [false, false]],
    [null, [false, false]],
    ["SQLITE_BUSY", [false, false]],
  ])("of %j is told apart", (cause, told) => {
    expect(both(cause)).toEqual(told)
  })

  it("is told as an error of the storage, with its cause", () => {
    const busy = { code: "SQLITE_BUSY" }
    expect(toStorageError(busy)).toMatchObject({
      code: "busy",
      message: "SQLite storage is locked by another connection",
      cause: busy,
    })
    const other = new Error("no")
    expect(toStorageError(other)).toMatchObject({
      code: "failed",
      message: "SQLite storage failed",
      cause: other,
    })
    const own = new StorageError("format", "x")
    expect(toStorageError(own)).toBe(own)
    expect(guard(() => 7)).toBe(7)
    expect(() =>
      guard(() => {
        throw own
      }),
    ).toThrow(own)
    expect(() =>
      guard(() => {
        throw other
      }),
    ).toThrow("SQLite storage failed")
  })
})

describe("a column", () => {
  it.each([
    [{ a: 0 }, 0],
    [{ a: 7 }, 7],
    [{ a: 7n }, 7],
    [{ a: Number.MAX_SAFE_INTEGER }, Number.MAX_SAFE_INTEGER],
  ])("of %s is an integer", (row, value) => {
    expect(integerOf(row, "a")).toBe(value)
  })

  it.each([
    [{ a: -1 }],
    [{ a: 0.5 }],
    [{ a: 2 ** 53 }],
    [{ a: "x" }],
    [{}],
    [undefined],
    [null],
    [7],
  ])("of %s is no integer", (row) => {
    expect(() => integerOf(row, "a")).toThrow(invalid("a"))
  })

  it("is a text, ASCII or bytes, and nothing else", () => {
    expect(textOf({ a: "x" }, "a")).toBe("x")
    for (const row of [{ a: 1 }, {}, null]) expect(() => textOf(row, "a")).toThrow(invalid("a"))
    expect(asciiOf({ a: latin("ab\u007f\u0080\u00ff") }, "a")).toBe("ab\u007f??")
    const view = new Uint8Array(latin("xaby").buffer, 1, 2)
    for (const given of [view, Buffer.from("ab"), latin("ab").buffer]) {
      const bytes = bytesOf({ a: given }, "a")
      expect(bytes).toEqual(latin("ab"))
      expect(bytes.constructor).toBe(Uint8Array)
    }
    for (const row of [{ a: "x" }, { a: [1] }, {}])
      expect(() => bytesOf(row, "a")).toThrow(invalid("a"))
  })
})

describe("a row of entries", () => {
  const value = latin("\u0000\u00ff 1")
  const row = (...parts: readonly (string | Uint8Array)[]) =>
    Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? latin(part) : part)]))

  it("is taken apart", () => {
    expect(entriesIn(row(), 0)).toEqual([])
    expect(entriesIn(row("12 4 a b~\u0000", value, "9 0 !\u0000", "10 1 z\u0000", "x"), 3)).toEqual(
      [
        { key: "a b~", value, revision: 12 },
        { key: "!", value: new Uint8Array(0), revision: 9 },
        { key: "z", value: latin("x"), revision: 10 },
      ],
    )
    expect(keyAndValueOf(row("a\u0000", value))).toEqual({ key: "a", value })
  })

  it.each([
    ["no number", row(" 1 a\u0000x"), 1, "number"],
    ["a number without an end", row("12"), 1, "number"],
    ["a number that ends elsewhere", row("1:1 a\u0000x"), 1, "number"],
    ["a number below the digits", row("1/1 a\u0000x"), 1, "number"],
    ["no length", row("1  a\u0000x"), 1, "number"],
    ["a number that is too large", row("9007199254740992 1 a\u0000x"), 1, "number"],
    ["no key", row("1 1 \u0000x"), 1, "key"],
    ["a key without an end", row("1 1 abc"), 1, "key"],
    ["a key with a control character", row("1 1 a\u001f\u0000x"), 1, "key"],
    ["a key beyond ASCII", row("1 1 a\u007f\u0000x"), 1, "key"],
    ["less than it says", row("1 2 a\u0000x"), 1, "page"],
    ["more than it says", row("1 1 a\u0000xy"), 1, "page"],
    ["one entry more", row("1 1 a\u0000x1 1 b\u0000x"), 1, "page"],
    ["one entry less", row("1 1 a\u0000x"), 2, "number"],
  ])("with %s is damaged", (_sentence, bytes, count, what) => {
    expect(() => entriesIn(bytes, count)).toThrow(invalid(what))
  })

  it("of a key and a value may be damaged, too", () => {
    for (const bytes of [row("\u0000x"), row("abc"), row("a\u0080\u0000x")]) {
      expect(() => keyAndValueOf(bytes)).toThrow(invalid("key"))
    }
  })
})

/** A driver that notes what it executes, and fails where it is told to. */
function noted(failing: readonly string[] = []) {
  const asked: string[] = []
  const failures = [...failing]
  const database: SqliteDatabase = {
    exec(sql) {
      asked.push(sql)
      if (failures[0] === sql) {
        failures.shift()
        throw new Error(`${sql} fails`)
      }
    },
    prepare: () => ({ run: () => undefined, get: () => undefined, all: () => [] }),
    close: () => undefined,
  }
  return { connection: createConnection(database), asked }
}

const refusing = (connection: Connection) => () =>
  connection.transaction("begin", () => {
    throw new Error("work fails")
  })

describe("a transaction", () => {
  it("is begun and committed around its work", () => {
    const { connection, asked } = noted()
    expect(connection.transaction("begin immediate", () => asked.push("work"))).toBe(2)
    connection.settle()
    expect(asked).toEqual(["begin immediate", "work", "commit"])
    connection.exec("x")
    expect(asked.at(-1)).toBe("x")
  })

  it("whose work or commit fails is rolled back", () => {
    const { connection, asked } = noted(["commit"])
    expect(refusing(connection)).toThrow("work fails")
    expect(() => connection.transaction("begin", () => 1)).toThrow("commit fails")
    connection.settle()
    expect(asked).toEqual(["begin", "rollback", "begin", "commit", "rollback"])
  })

  it("that SQLite has rolled back by itself is over", () => {
    const { connection, asked } = noted(["rollback"])
    expect(refusing(connection)).toThrow("work fails")
    connection.settle()
    expect(asked).toEqual(["begin", "rollback", "begin", "rollback"])
  })

  it("that cannot be rolled back keeps everybody from reading until it is", () => {
    const { connection, asked } = noted(Array(4).fill("rollback"))
    expect(refusing(connection)).toThrow("work fails")
    expect(() => connection.settle()).toThrow("rollback fails")
    connection.settle()
    const settled = asked.length
    connection.settle()
    expect(asked).toHaveLength(settled)
    expect(connection.transaction("begin", () => 1)).toBe(1)
  })

  it("that does not begin leaves nothing to roll back", () => {
    const { connection, asked } = noted(["begin"])
    expect(() => connection.transaction("begin", () => 1)).toThrow("begin fails")
    connection.settle()
    expect(asked).toEqual(["begin"])
  })
})

describe("who waits for another connection", () => {
  const busy = Object.assign(new Error("busy"), { code: "SQLITE_BUSY" })

  function waiting(busyTimeoutMs: number) {
    const waits: number[] = []
    const patience = createPatience((timeoutMs) => {
      waits.push(timeoutMs)
      return { over: Promise.resolve(), stop: () => undefined }
    }, busyTimeoutMs)
    return { patience, waits }
  }

  it("waits in short pauses of uneven length, for as long as it may", async () => {
    const { patience, waits } = waiting(100)
    await expect(
      patience(() => {
        throw busy
      }),
    ).rejects.toBe(busy)
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(100)
    expect(Math.max(...waits)).toBe(8)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1)
    expect(new Set(waits).size).toBe(8)
    const none = waiting(0)
    await expect(
      none.patience(() => {
        throw busy
      }),
    ).rejects.toBe(busy)
    expect(none.waits).toEqual([])
  })

  it("waits for nothing else", async () => {
    const { patience, waits } = waiting(100)
    const failure = new Error("no")
    await expect(
      patience(() => {
        throw failure
      }),
    ).rejects.toBe(failure)
    expect(await patience(() => 7)).toBe(7)
    expect(waits).toEqual([])
  })
})

describe("a connection to a file", () => {
  it("is made durable and careful, before anything is read", async () => {
    const database = new Database(":memory:")
    const asked: string[] = []
    const watched: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      prepare: (sql) => {
        asked.push(sql)
        // What lives in memory has no log.
        const said = sql === "pragma journal_mode = wal" ? { journal_mode: "wal" } : undefined
        const statement = database.prepare(sql)
        return {
          run: (...parameters) => statement.run(...parameters),
          get: (...parameters) => said ?? statement.get(...parameters),
          all: (...parameters) => statement.all(...parameters),
        }
      },
      close: () => database.close(),
    }
    const storage = openSqliteStorage(watched, { busyTimeoutMs: 5000 })
    const pragmas = asked.filter((sql) => sql.startsWith("pragma"))
    expect(pragmas.filter((sql) => sql.includes("=") || sql.includes("("))).toEqual([
      "pragma busy_timeout = 5000",
      "pragma trusted_schema = off",
      "pragma cell_size_check = on",
      "pragma secure_delete = on",
      "pragma busy_timeout = 100",
      "pragma journal_mode = wal",
      "pragma busy_timeout = 5000",
      "pragma synchronous = full",
      "pragma fullfsync = on",
      "pragma cache_size = -65536",
      "pragma busy_timeout = 0",
    ])
    const setting = (name: string) =>
      Object.values(database.prepare(`pragma ${name}`).get() as object)[0]
    expect([setting("trusted_schema"), setting("secure_delete"), setting("synchronous")]).toEqual([
      0, 1, 2,
    ])
    await storage.close()
  })

  it.each([
    [{ busyTimeoutMs: -1 }, "options.busyTimeoutMs must be an integer from 0 to 60000"],
    [{ busyTimeoutMs: 0.5 }, "options.busyTimeoutMs must be an integer from 0 to 60000"],
    [{ busyTimeoutMs: 60_001 }, "options.busyTimeoutMs must be an integer from 0 to 60000"],
    [{ checkedBytesMax: -1 }, "options.checkedBytesMax must be a number of bytes"],
    [{ checkedBytesMax: Number.NaN }, "options.checkedBytesMax must be a number of bytes"],
  ])("takes no options like %j", (options, message) => {
    const database = { exec: () => undefined } as unknown as SqliteDatabase
    expect(() => openSqliteStorage(database, options)).toThrow(new TypeError(message))
  })
})
