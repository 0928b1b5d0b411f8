import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { afterAll, describe, expect, it } from "vitest"
import { openSqliteStorage, type SqliteDatabase } from "../src/sqlite.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-sqlite-"))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function newPath(): string {
  files += 1
  return join(folder, `${files}.db`)
}

const one = {
  expect: [],
  put: [{ key: "a", value: new Uint8Array([1]) }],
  remove: [],
}

/** A driver that calls `before` ahead of each statement that it passes on. */
const watched = (database: SqliteDatabase, before: (sql: string) => void): SqliteDatabase => ({
  exec(sql) {
    before(sql)
    return database.exec(sql)
  },
  prepare(sql) {
    const statement = database.prepare(sql)
    return {
      run(...parameters) {
        before(sql)
        return statement.run(...parameters)
      },
      get(...parameters) {
        before(sql)
        return statement.get(...parameters)
      },
      all: (...parameters) => statement.all(...parameters),
    }
  },
  close: () => database.close(),
})

describe("a file that is not a store", () => {
  function refused(path: string): unknown {
    const before = readFileSync(path)
    const database = new Database(path)
    try {
      openSqliteStorage(database)
      return "opened"
    } catch (error) {
      return error
    } finally {
      database.close()
      expect(readFileSync(path).equals(before)).toBe(true)
    }
  }

  it("is refused and not touched when it is a database of something else", () => {
    const path = newPath()
    const database = new Database(path)
    database.exec("create table orders (id integer primary key)")
    database.close()
    expect(refused(path)).toMatchObject({
      name: "StorageError",
      code: "format",
      message: "the SQLite file holds `orders` and no Keywright store",
    })
  })

  it.each(["UTF-16le", "UTF-16be"])(
    "is refused and not touched when it is empty, and %s",
    (enc) => {
      const path = newPath()
      const database = new Database(path)
      database.exec(`pragma encoding = '${enc}'; create table t (a); drop table t`)
      database.close()
      expect(refused(path)).toMatchObject({
        name: "StorageError",
        code: "format",
        message: `the SQLite file holds ${enc}, and a store is UTF-8`,
      })
    },
  )

  it("is refused and not touched when it is no database", () => {
    const path = newPath()
    writeFileSync(path, "The quick brown fox jumps over the lazy dog. ".repeat(100))
    expect(refused(path)).toMatchObject({
      name: "StorageError",
      code: "format",
      message: "the file is not a SQLite database",
    })
  })

  async function storeWith(sql: string): Promise<string> {
    const path = newPath()
    await openSqliteStorage(new Database(path)).close()
    const database = new Database(path)
    database.exec(sql)
    database.exec("pragma wal_checkpoint(truncate)")
    database.close()
    return path
  }

  it("is refused and not touched when its format is another version's", async () => {
    const path = await storeWith("update keywright_store set format = 2")
    expect(refused(path)).toMatchObject({
      code: "format",
      message: "the store has format 2, this version reads 1",
    })
  })

  it("is refused and not touched when its tables were tampered with", async () => {
    const path = await storeWith(
      "create trigger t after insert on keywright_entry begin delete from keywright_entry; end",
    )
    expect(refused(path)).toMatchObject({
      code: "format",
      message: "the tables of the store are not as Keywright makes them",
    })
  })

  it("is refused when it is memory, which has no write-ahead log", () => {
    expect(() => openSqliteStorage(new Database(":memory:"))).toThrow(
      "SQLite cannot keep a write-ahead log here, only `memory`",
    )
  })
})

it("a store opens beside tables that a replication tool keeps for itself", async () => {
  const path = newPath()
  const first = openSqliteStorage(new Database(path))
  await first.commit(one)
  await first.close()
  const database = new Database(path)
  database.exec("create table _replica_sequence (id integer primary key); analyze")
  database.close()
  const second = openSqliteStorage(new Database(path))
  expect((await second.get(["a"]))[0]?.value).toEqual(new Uint8Array([1]))
  await second.close()
})

it("a connection writes ahead and flushes every commit", async () => {
  const database = new Database(newPath())
  const storage = openSqliteStorage(database)
  expect(database.prepare("pragma journal_mode").get()).toMatchObject({
    journal_mode: "wal",
  })
  expect(database.prepare("pragma synchronous").get()).toMatchObject({ synchronous: 2 })
  await storage.close()
})

it("closing leaves one whole file behind", async () => {
  const path = newPath()
  const storage = openSqliteStorage(new Database(path))
  await storage.commit(one)
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0)
  await storage.close()
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0)
})

it("commits that are under way together share one transaction", async () => {
  const begun: string[] = []
  const database = watched(new Database(newPath()), (sql) => {
    if (sql.startsWith("begin")) begun.push(sql)
  })
  const storage = openSqliteStorage(database)
  begun.length = 0
  const worker = async (lane: number) => {
    for (let i = 0; i < 5; i += 1) {
      // Callers reach their commit after different numbers of turns.
      for (let turn = 0; turn < lane % 2; turn += 1) await undefined
      const put = [{ key: `${lane}/${i}`, value: new Uint8Array([i]) }]
      expect(await storage.commit({ expect: [], put, remove: [] })).toBe(true)
    }
  }
  await Promise.all(Array.from({ length: 40 }, (_, lane) => worker(lane)))
  expect(begun.length).toBeLessThanOrEqual(10)
  await storage.close()
})

it("a buffer that shares memory with its slices does not reach the store afterwards", async () => {
  const storage = openSqliteStorage(new Database(newPath()))
  const value = Buffer.from([1, 2, 3])
  const committed = storage.commit({ expect: [], put: [{ key: "a", value }], remove: [] })
  value.fill(9)
  expect(await committed).toBe(true)
  expect((await storage.get(["a"]))[0]?.value).toEqual(new Uint8Array([1, 2, 3]))
  await storage.close()
})

it("a store that another connection keeps locked is busy, and works again after that", async () => {
  const path = newPath()
  const storage = openSqliteStorage(new Database(path), { busyTimeoutMs: 30 })
  await storage.commit(one)
  const other = new Database(path)
  other.exec("begin immediate")
  await expect(storage.commit(one)).rejects.toMatchObject({ name: "StorageError", code: "busy" })
  expect((await storage.get(["a"]))[0]?.revision).toBe(1)
  other.exec("rollback")
  other.close()
  expect(await storage.commit(one)).toBe(true)
  await storage.close()
})

it("a commit waits for another connection, and nothing else in the process waits with it", async () => {
  const path = newPath()
  const storage = openSqliteStorage(new Database(path))
  await storage.commit(one)
  const other = new Database(path)
  other.exec("begin immediate")
  const committed = storage.commit(one)
  // Timers and reads go on, as often as one likes.
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect((await storage.get(["a"]))[0]?.revision).toBe(1)
  }
  const stamp = storage.stamp()
  other.exec("rollback")
  expect(await committed).toBe(true)
  expect(storage.stamp()).not.toBe(stamp)
  other.close()
  await storage.close()
})

it("waiting is counted in the time that the timer was asked for", async () => {
  const path = newPath()
  const asked: number[] = []
  const timer = (timeoutMs: number) => {
    asked.push(timeoutMs)
    return { over: Promise.resolve(), stop: () => undefined }
  }
  const storage = openSqliteStorage(new Database(path), { busyTimeoutMs: 100, timer })
  const other = new Database(path)
  other.exec("begin immediate")
  await expect(storage.commit(one)).rejects.toMatchObject({ code: "busy" })
  expect(asked.reduce((sum, ms) => sum + ms, 0)).toBe(100)
  expect(new Set(asked).size).toBeGreaterThan(3)
  other.close()
  await storage.close()
})

it("a wrong waiting time is a wrong call", () => {
  for (const busyTimeoutMs of [-1, 1.5, Number.NaN, 60_001]) {
    expect(() => openSqliteStorage(new Database(newPath()), { busyTimeoutMs })).toThrow(
      "options.busyTimeoutMs must be an integer from 0 to 60000",
    )
  }
})

describe("a page of entries", () => {
  const lengths = [0, 1, 10, 300, 4096]
  const put = lengths.map((length, i) => ({
    key: `k ${i}`,
    value: new Uint8Array(length).map((_, at) => at * (i + 7)),
  }))

  it.each([4096, 4097, 70_000])("is the same with a value of %d bytes among them", async (long) => {
    const storage = openSqliteStorage(new Database(newPath()))
    const all = [...put, { key: "k 9", value: new Uint8Array(long).fill(0x20) }]
    await storage.commit({ expect: [], put: all, remove: [] })
    const { entries } = await storage.list({ prefix: "k ", limit: 100 })
    expect(entries).toEqual(all.map((one) => ({ ...one, revision: 1 })))
    expect(await storage.list({ prefix: "k ", after: "k 3", limit: 1 })).toEqual({
      entries: [{ ...all[4], revision: 1 }],
      more: true,
    })
    await storage.close()
  })

  it("of which something is missing is refused", async () => {
    const database = new Database(newPath())
    let kept = Number.POSITIVE_INFINITY
    const cutting: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql)
        const get: typeof statement.get = (...parameters) => {
          const row = statement.get(...parameters)
          if (!sql.includes("as page")) return row
          const { page, ...others } = row as { readonly page: Uint8Array }
          return { ...others, page: page.subarray(0, kept) }
        }
        return {
          get,
          run: (...all) => statement.run(...all),
          all: (...all) => statement.all(...all),
        }
      },
    }
    const storage = openSqliteStorage(cutting)
    await storage.commit({ expect: [], put: put.slice(0, 3), remove: [] })
    const list = () => storage.list({ prefix: "k ", limit: 100 })
    expect((await list()).entries).toHaveLength(3)
    for (kept = 0; kept < "1 0 k 0\n1 1 k 1\n.1 10 k 2\n..........".length; kept += 1) {
      await expect(list()).rejects.toMatchObject({ name: "StorageError", code: "failed" })
    }
    kept += 1
    expect((await list()).entries).toHaveLength(3)
    await storage.close()
  })
})

describe("a driver that fails", () => {
  const change = {
    expect: [{ key: "kept", revision: 1 }],
    put: [
      { key: "kept", value: new Uint8Array([2]) },
      { key: "new", value: new Uint8Array([2]) },
    ],
    remove: ["gone"],
  }
  const before = [
    { key: "gone", value: new Uint8Array([1]), revision: 1 },
    { key: "kept", value: new Uint8Array([1]), revision: 1 },
  ]

  /** A store with two entries, on a driver that throws whenever `fails` says so. */
  async function create(fails: (sql: string) => boolean) {
    let armed = false
    const database = watched(new Database(newPath()), (sql) => {
      if (armed && fails(sql)) throw new Error(`disk I/O error at ${sql}`)
    })
    const storage = openSqliteStorage(database)
    const put = before.map(({ key, value }) => ({ key, value }))
    await storage.commit({ expect: [], put, remove: [] })
    return {
      storage,
      arm(on: boolean) {
        armed = on
      },
    }
  }

  it("at any statement of a commit leaves nothing behind and the store usable", async () => {
    let statements = 0
    for (let failing = 1; ; failing += 1) {
      let statement = 0
      // The rollback itself works; it does not count as a step of the commit.
      const { storage, arm } = await create((sql) => {
        if (sql === "rollback") return false
        statement += 1
        return statement === failing
      })
      const stampBefore = storage.stamp()
      arm(true)
      const outcome = await storage.commit(change).catch((error: unknown) => error)
      arm(false)
      if (outcome === true) {
        statements = failing - 1
        await storage.close()
        break
      }
      expect(outcome).toMatchObject({ name: "StorageError", code: "failed" })
      expect((outcome as Error).cause).toBeInstanceOf(Error)
      expect((await storage.list({ prefix: "", limit: 10 })).entries).toEqual(before)
      expect(storage.stamp()).not.toBe(stampBefore)
      expect(await storage.commit(change)).toBe(true)
      expect((await storage.list({ prefix: "", limit: 10 })).entries.length).toBe(2)
      await storage.close()
    }
    // begin, counter, expectation, two puts, one removal, counter, commit
    expect(statements).toBe(8)
  })

  it("rejects all commits that shared the transaction", async () => {
    const { storage, arm } = await create((sql) => sql === "commit")
    arm(true)
    const commits = ["x", "y"].map((key) =>
      storage.commit({ ...one, put: [{ key, value: new Uint8Array() }] }),
    )
    const ends = await Promise.allSettled(commits)
    expect(ends).toMatchObject(Array(2).fill({ reason: { name: "StorageError", code: "failed" } }))
    arm(false)
    expect((await storage.list({ prefix: "", limit: 10 })).entries).toEqual(before)
    await storage.close()
  })

  it("and cannot roll back either shows nothing that was not committed", async () => {
    const { storage, arm } = await create((sql) => sql === "commit" || sql === "rollback")
    arm(true)
    await expect(storage.commit(change)).rejects.toMatchObject({
      code: "failed",
    })
    await expect(storage.get(["kept"])).rejects.toMatchObject({ code: "failed" })
    await expect(storage.list({ prefix: "", limit: 1 })).rejects.toMatchObject({ code: "failed" })
    expect(() => storage.stamp()).toThrow("SQLite storage failed")
    arm(false)
    expect((await storage.list({ prefix: "", limit: 10 })).entries).toEqual(before)
    expect(await storage.commit(change)).toBe(true)
    await storage.close()
  })

  it("at a read rejects instead of saying that nothing is there", async () => {
    const { storage, arm } = await create((sql) => sql.startsWith("select"))
    arm(true)
    await expect(storage.get(["kept"])).rejects.toMatchObject({
      code: "failed",
    })
    await expect(storage.get(["kept", "gone"])).rejects.toMatchObject({ code: "failed" })
    arm(false)
    expect(await storage.get(["gone", "kept"])).toEqual(before)
    await storage.close()
  })
})
