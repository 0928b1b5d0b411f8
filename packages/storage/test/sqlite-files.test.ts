import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { afterAll, describe, expect, it } from "vitest"
import { openSqliteStorage } from "../src/sqlite.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-files-"))
afterAll(() => rmSync(folder, { recursive: true }))

const pathOf = (name: string): string => join(folder, name)
const open = (path: string, options = {}) => openSqliteStorage(new Database(path), options)

const marker = "a destroyed key"
const keys = Array.from({ length: 100 }, (_, i) => `key/${i}`)
const put = keys.map((key) => ({ key, value: new TextEncoder().encode(`${marker} ${key}`) }))

/** A file with a hundred entries, closed. */
async function filled(name: string): Promise<string> {
  const path = pathOf(name)
  const storage = open(path)
  await storage.commit({ expect: [], put, remove: [] })
  await storage.close()
  return path
}

describe("a SQLite file", () => {
  it("forgets what was removed", async () => {
    const path = await filled("forgets.db")
    expect(readFileSync(path, "latin1")).toContain(marker)
    const storage = open(path)
    await storage.commit({ expect: [], put: [], remove: keys })
    await storage.close()
    expect(readFileSync(path, "latin1")).not.toContain(marker)
  })

  it("holds what was committed first, without its log", async () => {
    const storage = open(pathOf("first.db"))
    const domain = { key: "domain", value: new Uint8Array([1]) }
    await storage.commit({ expect: [], put: [domain], remove: [] })
    copyFileSync(pathOf("first.db"), pathOf("first-copy.db"))
    const copy = open(pathOf("first-copy.db"))
    expect((await copy.get(["domain"]))[0]?.value).toEqual(domain.value)
    await copy.close()
    await storage.close()
  })

  it("with a key that is no text any more is refused by name, and ends no process", async () => {
    const path = await filled("no-text.db")
    const other = new Database(path)
    other.exec("update keywright_entry set key = cast(x'6bff79' as text) where key = 'key/1'")
    other.close()
    const storage = open(path)
    await expect(storage.list({ prefix: "", limit: 1000 })).rejects.toMatchObject({
      name: "StorageError",
      code: "failed",
      message: "SQLite storage has no valid key where one must be",
    })
    expect((await storage.get(["key/2"]))[0]?.key).toBe("key/2")
    await storage.close()
  })

  it("whose index has lost an entry is refused when it is opened, unless told not to", async () => {
    const path = await filled("index.db")
    const file = readFileSync(path)
    const indexLeaf = 0x0a
    for (let page = 4096; page < file.length; page += 4096) {
      if (file[page] !== indexLeaf) continue
      file.writeUInt16BE(file.readUInt16BE(page + 3) - 1, page + 3)
      break
    }
    writeFileSync(path, file)
    expect(() => open(path)).toThrow(
      /^the SQLite file is damaged \(.+\): restore it from a backup$/,
    )
    await open(path, { checkedBytesMax: 0 }).close()
  })

  it.each([-1, Number.NaN])("is checked up to a number of bytes, which %d is not", (bytes) => {
    expect(() => open(pathOf("wrong.db"), { checkedBytesMax: bytes })).toThrow(TypeError)
  })
})

it("nothing that a store asks makes SQLite read or sort entries that are not answered", async () => {
  const database = new Database(pathOf("plans.db"))
  const asked: string[] = []
  const prepare = (sql: string) => {
    asked.push(sql)
    return database.prepare(sql)
  }
  const exec = (sql: string) => void database.exec(sql)
  const storage = openSqliteStorage({ prepare, exec, close: () => void database.close() })
  await storage.list({ prefix: "a", limit: 1 })
  const plans = asked
    .filter((sql) => /^(?:select|delete) .*keywright_entry/.test(sql))
    .map((sql) => {
      const values = Array.from(sql.matchAll(/\?/g), () => "a")
      const steps = database.prepare(`explain query plan ${sql}`).all(...values) as unknown[]
      return steps.map((step) => (step as { detail: string }).detail)
    })
  expect(plans.length).toBeGreaterThan(3)
  for (const plan of plans) {
    expect(plan.filter((step) => step.includes("keywright_entry"))).toEqual([
      expect.stringMatching(/^SEARCH .* \(key[=>]/),
    ])
    expect(plan.join()).not.toContain("B-TREE")
  }
  await storage.close()
})
