import { execFile } from "node:child_process"
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { promisify } from "node:util"
import { StaleStoreError } from "@keywright/core"
import Database from "libsql"
import { afterAll, describe, expect, test, vi } from "vitest"
import { fileAnchor, openKms } from "../src/index.js"

test.each(["seed", "fixtures", "entropy", "traceEntropy"])(
  "an engine that keeps keys takes no %s, and makes no file for it",
  async (name) => {
    const folder = mkdtempSync(join(tmpdir(), "keywright-open-"))
    try {
      const options = { path: join(folder, "keys.db"), rootKey: new Uint8Array(32).fill(7) }
      const opening = openKms({ ...options, [name]: "predictable" } as typeof options)
      await expect(opening).rejects.toThrow(
        new TypeError(
          `\`${name}\` is for tests: openKms keeps keys, and draws on the system alone`,
        ),
      )
      expect(readdirSync(folder)).toEqual([])
      const kms = await openKms(options)
      await kms.close()
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)

test("a file that holds something else is refused, and its connection closed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-open-"))
  try {
    const path = join(folder, "foreign.db")
    const foreign = new Database(path)
    foreign.exec("create table other (a)")
    foreign.close()
    chmodSync(path, 0o600)
    // The driver that is taken: the SQLite of Node itself, where it is there.
    const builtin = process.getBuiltinModule?.("node:sqlite") as
      | { readonly DatabaseSync: typeof Database }
      | undefined
    const close = vi.spyOn((builtin?.DatabaseSync ?? Database).prototype, "close")
    const opening = openKms({ path, rootKey: new Uint8Array(32).fill(7) })
    await expect(opening).rejects.toMatchObject({ name: "StorageError", code: "format" })
    expect(close).toHaveBeenCalledOnce()
  } finally {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true })
  }
})

describe("openKms", () => {
  const rootKey = new Uint8Array(32).fill(7)
  const folder = mkdtempSync(join(tmpdir(), "keywright-files-"))
  afterAll(() => rmSync(folder, { recursive: true }))
  let files = 0
  const newPath = (): string => {
    files += 1
    return join(folder, `${files}.db`)
  }

  /** A database with one key, of an engine that is still running or has ended. */
  async function newDatabase({ isRunning = false } = {}) {
    const path = newPath()
    const kms = await openKms({ path, rootKey })
    const owner = kms.as(kms.administrator)
    await owner.createKey({})
    if (!isRunning) await kms.close()
    return { path, kms }
  }

  /** What a kill leaves behind. */
  function copyOf(path: string, parts: readonly string[]): string {
    const copy = newPath()
    for (const part of parts) copyFileSync(`${path}${part}`, `${copy}${part}`)
    return copy
  }

  test("opens what a kill has left", async () => {
    const { path, kms } = await newDatabase({ isRunning: true })
    const left = copyOf(path, ["", "-wal", "-shm"])
    await kms.close()
    const again = await openKms({ path: left, rootKey, create: "never" })
    expect((await again.as(again.administrator).listKeys({})).Keys).toHaveLength(1)
    await again.close()
  })

  test("refuses a database whose log is missing or was cut, and says what to do", async () => {
    const { path, kms } = await newDatabase({ isRunning: true })
    const missing = copyOf(path, ["", "-shm"])
    const cut = copyOf(path, ["", "-wal", "-shm"])
    await kms.close()
    truncateSync(`${cut}-wal`, 5000)
    await expect(openKms({ path: missing, rootKey })).rejects.toThrow(
      /^the log `.+-wal` is missing, and keys with it: put it back, or restore a backup\./,
    )
    await expect(openKms({ path: cut, rootKey })).rejects.toThrow(/^the log `.+` was cut, and keys/)
  })

  test("refuses a copy without its log also in the place of a file that was opened before", async () => {
    const { path, kms } = await newDatabase({ isRunning: true })
    const copy = copyOf(path, [""])
    await kms.close()
    for (let turns = 0; turns < 5; turns += 1) {
      const place = newPath()
      await (await openKms({ path: place, rootKey })).close()
      // On most systems, the next file that is made gets the number of this one.
      rmSync(place)
      copyFileSync(copy, place)
      chmodSync(place, 0o600)
      await expect(openKms({ path: place, rootKey })).rejects.toThrow(/was not closed and its log/)
    }
  })

  test("opens that several stores of one process had open, once they are closed", async () => {
    const { path, kms } = await newDatabase({ isRunning: true })
    const other = await openKms({ path, rootKey })
    await kms.close()
    await other.as(other.administrator).createKey({})
    await other.close()
    // As another process finds it, whatever a driver of this one still holds.
    const copy = copyOf(path, [""])
    const kept = await openKms({ path: copy, rootKey })
    expect((await kept.as(kept.administrator).listKeys({})).Keys).toHaveLength(2)
    await kept.close()
  })

  describe("a plain copy of a database that is in use", () => {
    const leaveLog = (path: string) => {
      const database = new Database(path)
      database.exec("pragma journal_mode = delete")
      database.close()
    }

    test("is refused without its log, whatever was written back, and says what to do", async () => {
      const { path, kms } = await newDatabase({ isRunning: true })
      const copies = [copyOf(path, [""])]
      const database = new Database(path)
      database.exec("pragma wal_checkpoint(truncate)")
      database.close()
      copies.push(copyOf(path, [""]))
      await kms.close()
      for (const copy of copies) {
        await expect(openKms({ path: copy, rootKey })).rejects.toThrow(
          `the database \`${copy}\` was not closed and its log \`${copy}-wal\` is missing: it is ` +
            "a copy that was made while it was in use, or the log was lost, and keys with it. Put " +
            "the log back, or restore a backup. " +
            `To open it as it is: sqlite3 '${copy}' 'pragma journal_mode = delete'`,
        )
      }
      expect(
        readdirSync(folder).filter((name) =>
          copies.some((copy) => join(folder, name).startsWith(copy)),
        ),
      ).toHaveLength(2)
    })

    test("opens when it is told to, as an old store, which an anchor notices", async () => {
      const path = newPath()
      const anchor = fileAnchor(`${path}.anchor`)
      const kms = await openKms({ path, rootKey, anchor })
      const owner = kms.as(kms.administrator)
      await owner.createKey({})
      const copy = copyOf(path, [""])
      await kms.close()
      leaveLog(copy)
      await expect(openKms({ path: copy, rootKey, anchor })).rejects.toThrow(StaleStoreError)
      const old = await openKms({ path: copy, rootKey })
      expect((await old.as(old.administrator).listKeys({})).Keys).toHaveLength(0)
      expect((await old.verify()).isWhole).toBe(true)
      await old.close()
      await expect(
        openKms({ path: copy, rootKey: new Uint8Array(32).fill(8) }),
      ).rejects.toMatchObject({ code: "sealed-by-another" })
    })

    test("is told from a database that was closed, by however many processes at once", async () => {
      const { path } = await newDatabase()
      const index = new URL("../dist/index.js", import.meta.url).href
      const program =
        `import { openKms } from ${JSON.stringify(index)}\n` +
        `const rootKey = new Uint8Array(32).fill(7)\n` +
        `const kms = await openKms({ path: ${JSON.stringify(path)}, rootKey })\n` +
        "await kms.as(kms.administrator).createKey({})\nawait kms.close()\n"
      const run = promisify(execFile)
      const args = ["--no-warnings", "--input-type=module", "-e", program]
      await Promise.all([1, 2, 3, 4].map(() => run(process.execPath, args)))
      const kms = await openKms({ path, rootKey, create: "never" })
      expect((await kms.as(kms.administrator).listKeys({})).Keys).toHaveLength(5)
      await kms.close()
    })

    test.each(["", "process.exit(0)\n", "throw new Error('an end')\n"])(
      "is told from one that was not closed, when the process ended by itself: %s",
      async (end) => {
        const path = newPath()
        const index = new URL("../dist/index.js", import.meta.url).href
        const program =
          `import { openKms } from ${JSON.stringify(index)}\n` +
          `const rootKey = new Uint8Array(32).fill(7)\n` +
          `const kms = await openKms({ path: ${JSON.stringify(path)}, rootKey })\n` +
          `await kms.as(kms.administrator).createKey({})\n${end}`
        const run = promisify(execFile)
        const args = ["--no-warnings", "--input-type=module", "-e", program]
        const ended = [1, 2].map(() => run(process.execPath, args).catch(() => undefined))
        await Promise.all(ended)
        const kms = await openKms({ path, rootKey, create: "never" })
        expect((await kms.as(kms.administrator).listKeys({})).Keys).toHaveLength(2)
        await kms.close()
      },
    )
    test("is told from a database whose process was killed when it had removed the log", async () => {
      const { path, kms } = await newDatabase({ isRunning: true })
      const database = new Database(path)
      database.exec("pragma user_version = 1; pragma wal_checkpoint(truncate)")
      const killed = copyOf(path, [""])
      database.close()
      await kms.close()
      const again = await openKms({ path: killed, rootKey, create: "never" })
      expect((await again.as(again.administrator).listKeys({})).Keys).toHaveLength(1)
      await expect(openKms({ path: copyOf(killed, [""]), rootKey })).rejects.toThrow("is a copy")
      await again.close()
    })

    test("of somebody else's is refused as what it is", async () => {
      const path = newPath()
      const foreign = new Database(path)
      foreign.exec("pragma journal_mode = wal; create table other (a)")
      foreign.exec("pragma wal_checkpoint(truncate)")
      const copy = copyOf(path, [""])
      foreign.close()
      chmodSync(copy, 0o600)
      await expect(openKms({ path: copy, rootKey })).rejects.toMatchObject({ code: "format" })
    })
  })

  test("makes no database when it must not, and leaves no file", async () => {
    const path = newPath()
    await expect(openKms({ path, rootKey, create: "never" })).rejects.toThrow(
      /^there is no database `.+`, and `create` is "never": is everything mounted\?/,
    )
    writeFileSync(path, "")
    await expect(openKms({ path, rootKey, create: "never" })).rejects.toThrow(
      "there is no database",
    )
    const wrong = { path, rootKey, create: "always" as "never" }
    await expect(openKms(wrong)).rejects.toThrow(TypeError)
  })

  test("takes a root key file without its database for a loss", async () => {
    const path = newPath()
    const kms = await openKms({ path, generateRootKey: true })
    await kms.close()
    await (await openKms({ path, generateRootKey: true })).close()
    rmSync(path)
    await expect(openKms({ path, generateRootKey: true })).rejects.toThrow(
      /root-key` exists, but its database `.+` does not: put the database back/,
    )
  })

  test.each([
    ["database", ""],
    ["root key", ".root-key"],
  ])(
    "refuses a %s file that is not its owner's alone, and says how to mend it",
    async (_, part) => {
      const path = newPath()
      await (await openKms({ path, generateRootKey: true })).close()
      const file = `${path}${part}`
      const open = () => openKms({ path, generateRootKey: true })
      for (const mode of [0o640, 0o602, 0o666]) {
        chmodSync(file, mode)
        await expect(open()).rejects.toThrow(
          `\`${file}\` can be read or written by others: chmod 600 '${file}'`,
        )
      }
      chmodSync(file, 0o600)
      await (await open()).close()
      renameSync(file, `${file}.moved`)
      symlinkSync(`${file}.moved`, file)
      await expect(open()).rejects.toThrow(
        "is a symbolic link: hand in the path of the file itself",
      )
    },
  )

  test.each(["775", "757", "777"])(
    "refuses a folder of mode %s, in which others could have put a root key first",
    async (mode) => {
      const folder = `${newPath()}.folder`
      mkdirSync(folder)
      chmodSync(folder, Number.parseInt(mode, 8))
      const open = () => openKms({ path: join(folder, "keys.db"), generateRootKey: true })
      await expect(open()).rejects.toThrow(
        `\`${folder}\` can be written by others: chmod go-w '${folder}'`,
      )
      expect(readdirSync(folder)).toEqual([])
      chmodSync(folder, 0o755)
      await (await open()).close()
      chmodSync(folder, 0o1777)
      await expect(open()).rejects.toThrow("can be written by others: use a folder of your own")
    },
  )

  test.runIf(process.getuid?.() === 0)("refuses a folder of somebody else", async () => {
    const folder = `${newPath()}.folder`
    mkdirSync(folder)
    chownSync(folder, 12345, 12345)
    const opening = openKms({ path: join(folder, "keys.db"), generateRootKey: true })
    await expect(opening).rejects.toThrow(
      `\`${folder}\` belongs to somebody else: use a folder of your own`,
    )
  })

  test.runIf(process.getuid?.() === 0)("refuses a file of somebody else", async () => {
    const { path } = await newDatabase()
    chownSync(path, 12345, 12345)
    await expect(openKms({ path, rootKey })).rejects.toThrow(
      `\`${path}\` belongs to somebody else: chown 0 '${path}'`,
    )
  })
})
