import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Libsql from "libsql"
import { afterAll, describe, expect, it } from "vitest"
import { type StorageCase, storageConformance } from "../src/conformance.js"
import type { Storage } from "../src/contract.js"
import { createMemoryStorage } from "../src/memory.js"
import { openSqliteStorage, type SqliteDatabase } from "../src/sqlite.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-storage-"))
afterAll(() => rmSync(folder, { recursive: true }))

type Open = () => Promise<Storage>

function check(cases: readonly StorageCase[], create: (index: number) => Open): void {
  cases.forEach(({ name, run }, index) => {
    it(name, () => run(create(index)))
  })
}

function skip(cases: readonly StorageCase[], reason: string): void {
  for (const { name } of cases) it.skip(`${name} (${reason})`, () => {})
}

describe("memory storage keeps the contract", () => {
  check(
    storageConformance.filter(({ handles }) => handles === "one"),
    () => async () => createMemoryStorage(),
  )
  skip(
    storageConformance.filter(({ handles }) => handles === "many"),
    "a memory store has but one handle",
  )
})

describe("a fork of a memory storage keeps the contract", () => {
  check(
    storageConformance.filter(({ handles }) => handles === "one"),
    () => async () => createMemoryStorage().fork(),
  )
})

function checkSqlite(driver: string, connect: (path: string) => SqliteDatabase): void {
  describe(`SQLite storage on ${driver} keeps the contract`, () => {
    check(storageConformance, (index) => {
      const path = join(folder, `${driver.replace(":", "-")}-${index}.db`)
      return async () => openSqliteStorage(connect(path))
    })
  })
}

checkSqlite("libsql", (path) => new Libsql(path))

// `node:sqlite` exists from Node 22.5 on.
const builtin = process.getBuiltinModule?.("node:sqlite") as
  | { readonly DatabaseSync: new (path: string) => SqliteDatabase }
  | undefined
if (builtin !== undefined) {
  checkSqlite("node:sqlite", (path) => new builtin.DatabaseSync(path))
  it.skipIf(process.platform !== "linux")(
    "SQLite storage on node:sqlite leaves no file open",
    () => {
      const linkOf = (descriptor: string): string => {
        try {
          return readlinkSync(`/proc/self/fd/${descriptor}`)
        } catch {
          return ""
        }
      }
      const open = readdirSync("/proc/self/fd").map(linkOf)
      expect(open.filter((file) => file.startsWith(join(folder, "node-sqlite")))).toEqual([])
    },
  )
} else {
  describe("SQLite storage on node:sqlite keeps the contract", () => {
    skip(storageConformance, "this Node has no node:sqlite")
  })
}
