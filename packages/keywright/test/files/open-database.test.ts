import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import Database from "libsql"
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest"
import {
  isEmptyDatabase,
  isThere,
  makePrivate,
  openDatabase,
  removeDatabase,
} from "../../src/open-database.js"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-database-"))
  path = join(folder, "keys.db")
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const isOnLibsql = process.getBuiltinModule?.("node:sqlite") === undefined
const put = (key: string) => ({
  expect: [],
  put: [{ key, value: Uint8Array.of(1) }],
  remove: [],
})
const parts = () => ["-wal", "-shm"].filter((part) => existsSync(`${path}${part}`))
/** Offset 18 of the header: 2 with a log, 1 without. Offset 63: the last byte of `user_version`. */
const headerOf = () => {
  const file = readFileSync(path)
  return { version: file[18], whole: file[63] }
}

describe("a database file", () => {
  test("is there when it holds something", () => {
    expect(isThere(path)).toBe(false)
    makePrivate(path)
    expect(isThere(path)).toBe(false)
    writeFileSync(path, "x")
    expect(isThere(path)).toBe(true)
  })

  test("is made empty, for its owner alone, and one that is there stays as it is", () => {
    makePrivate(path)
    expect(statSync(path)).toMatchObject({ size: 0 })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    writeFileSync(path, "x")
    makePrivate(path)
    expect(readFileSync(path, "utf8")).toBe("x")
  })

  test("is removed with what SQLite has put beside it", () => {
    for (const part of ["", "-wal", "-shm", "-other"]) writeFileSync(`${path}${part}`, "")
    removeDatabase(path)
    removeDatabase(path)
    expect([...parts(), ...["", "-other"].filter((part) => existsSync(`${path}${part}`))]).toEqual([
      "-other",
    ])
  })

  test.each(["", "-wal", "-shm"])(
    "is not opened when others can read its part %j",
    async (part) => {
      makePrivate(path)
      writeFileSync(`${path}${part}`, "", { mode: 0o644 })
      const { chmodSync } = await import("node:fs")
      chmodSync(`${path}${part}`, 0o644)
      await expect(openDatabase(path)).rejects.toThrow(`chmod 600 '${path}${part}'`)
    },
  )
})

describe("a store in a database file", () => {
  beforeEach(() => makePrivate(path))

  test("is empty until something is put into it", async () => {
    expect(await isEmptyDatabase(path)).toBe(true)
    const storage = await openDatabase(path)
    expect(await storage.commit(put("a"))).toBe(true)
    await storage.close()
    expect(await isEmptyDatabase(path)).toBe(false)
    expect(parts()).toEqual([])
  })

  test("says that it has a log while it is open, and closed that it has none", async () => {
    const storage = await openDatabase(path)
    expect(headerOf()).toEqual({ version: 2, whole: 0 })
    await storage.commit(put("a"))
    expect(parts()).toEqual(["-wal", "-shm"])
    await storage.close()
    expect(parts()).toEqual([])
    expect(headerOf()).toMatchObject({ version: 1 })
  })

  test("can be closed twice, and answers nothing afterwards", async () => {
    const storage = await openDatabase(path)
    await storage.close()
    await storage.close()
    await expect(storage.get(["a"])).rejects.toMatchObject({ code: "closed" })
    expect(headerOf()).toMatchObject({ version: 1 })
  })

  test("is whole without its log when several had it open, and all are closed", async () => {
    const first = await openDatabase(path)
    const second = await openDatabase(path)
    await first.commit(put("a"))
    await first.close()
    await first.close()
    await second.commit(put("b"))
    expect(headerOf()).toEqual({ version: 2, whole: 0 })
    await second.close()
    const { version, whole } = headerOf()
    expect(version === 1 || whole === 1).toBe(true)
    const again = await openDatabase(path)
    expect((await again.list({ prefix: "", limit: 9 })).entries.map(({ key }) => key)).toEqual([
      "a",
      "b",
    ])
    await again.close()
  })

  // Two copies of SQLite in one process do not see each other's locks.
  test.runIf(isOnLibsql)("is left to others who have it open", async () => {
    const storage = await openDatabase(path)
    const other = new Database(path)
    other.exec("create table if not exists others (a)")
    await storage.commit(put("a"))
    await storage.close()
    expect(other.prepare("pragma integrity_check").get()).toMatchObject({ integrity_check: "ok" })
    other.close()
  })

  test("is refused in the place of one that was opened before", async () => {
    await (await openDatabase(path)).close()
    const storage = await openDatabase(path)
    await storage.commit(put("a"))
    const open = readFileSync(path)
    await storage.close()
    rmSync(path)
    writeFileSync(path, open, { mode: 0o600 })
    await expect(openDatabase(path)).rejects.toThrow("was not closed and its log")
  })

  test("closes its connection when it does not open", async () => {
    const foreign = new Database(path)
    foreign.exec("create table other (a)")
    foreign.close()
    const close = vi.spyOn(Database.prototype, "close")
    await expect(openDatabase(path)).rejects.toMatchObject({ code: "format" })
    if (isOnLibsql) expect(close).toHaveBeenCalledOnce()
  })
})

describe("a process that ends", () => {
  /** What it does about all stores that are open, whoever has opened them. */
  const leaving = () => process.listeners("exit").filter(({ name }) => name === "leaveAll")

  test("closes the file of a store, and nothing is missing of it", async () => {
    makePrivate(path)
    const before = leaving().length
    const storage = await openDatabase(path)
    await storage.commit(put("a"))
    expect(leaving()).toHaveLength(1)
    for (const leave of leaving()) leave(0)
    expect(parts()).toEqual([])
    const { version, whole } = headerOf()
    expect(version === 1 || whole === 1).toBe(true)
    await storage.close().catch(() => undefined)
    expect(leaving()).toHaveLength(before)
    expect(await isEmptyDatabase(path)).toBe(false)
  })

  test("has nothing to do about stores that are closed", async () => {
    makePrivate(path)
    const other = join(folder, "other.db")
    makePrivate(other)
    const before = leaving().length
    const first = await openDatabase(path)
    const second = await openDatabase(other)
    await first.close()
    expect(leaving()).toHaveLength(1)
    await second.close()
    expect(leaving()).toHaveLength(before)
  })
})

describe("the SQLite of a store", () => {
  it("is Node's own, where Node has it", async () => {
    makePrivate(path)
    const opened: string[] = []
    class DatabaseSync {
      readonly #database: InstanceType<typeof Database>
      constructor(file: string) {
        opened.push(file)
        this.#database = new Database(file)
      }
      exec(sql: string) {
        return this.#database.exec(sql)
      }
      prepare(sql: string) {
        return this.#database.prepare(sql)
      }
      close() {
        this.#database.close()
      }
    }
    const asked: string[] = []
    const of = process as { getBuiltinModule?: unknown }
    const own = of.getBuiltinModule
    of.getBuiltinModule = (name: string) => {
      asked.push(name)
      return { DatabaseSync }
    }
    try {
      await (await openDatabase(path)).close()
    } finally {
      of.getBuiltinModule = own
    }
    expect(asked).toEqual(["node:sqlite"])
    expect(new Set(opened)).toEqual(new Set([path]))
  })
})
