import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { endianness, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it, test } from "vitest"
import { requireWholeLog } from "../../src/write-ahead-log.js"

/*
 * Files as SQLite writes them: "Database File Format", section 1.3; "WAL-mode File Format",
 * sections 2 and 4. What is refused is looked at for a second, in which others may be closing it.
 */

const folder = mkdtempSync(join(tmpdir(), "keywright-log-"))
afterAll(() => rmSync(folder, { recursive: true }))

interface Header {
  /** Of section 1.3.3: 1 without a log, 2 with one. */
  readonly version?: number
  /** What Keywright writes as `user_version` when all of the log is in the file. */
  readonly whole?: number
  readonly text?: string
  readonly bytes?: number
}

/** The first page of a database. */
function pageOf({ version = 2, whole = 0, text = "keywright_store", bytes = 4096 }: Header) {
  const page = Buffer.alloc(bytes)
  page.write("SQLite format 3\0", 0, "latin1")
  page[18] = version
  page[19] = version
  page[63] = whole
  page.write(text, 80, "latin1")
  return page
}

/** The index of a log: its header, which says how many frames there are of pages of a size. */
function indexOf(frames: number, pageSize: number, { isInit = 1, bytes = 48 } = {}) {
  const index = Buffer.alloc(Math.max(bytes, 48))
  index[12] = isInit
  if (endianness() === "LE") {
    index.writeUInt16LE(pageSize, 14)
    index.writeUInt32LE(frames, 16)
  } else {
    index.writeUInt16BE(pageSize, 14)
    index.writeUInt32BE(frames, 16)
  }
  return index.subarray(0, bytes)
}

interface Files {
  readonly database?: Buffer
  readonly log?: number
  readonly index?: Buffer
  readonly journal?: true
}

let count = 0
function put({ database = pageOf({}), log, index, journal }: Files): string {
  count += 1
  const path = join(folder, `${count}.db`)
  writeFileSync(path, database)
  if (log !== undefined) writeFileSync(`${path}-wal`, new Uint8Array(log))
  if (index !== undefined) writeFileSync(`${path}-shm`, index)
  if (journal) writeFileSync(`${path}-journal`, "")
  return path
}

describe("a database", () => {
  it.each<[string, Files]>([
    ["has no log", { database: pageOf({ version: 1 }) }],
    ["says that all of its log is in the file", { database: pageOf({ whole: 1 }) }],
    ["has a log without an index", { log: 0 }],
    ["rolls back by a journal", { journal: true }],
    ["is empty", { database: Buffer.alloc(0) }],
    ["has the tables of somebody else", { database: pageOf({ text: "CREATE TABLE other (a)" }) }],
    ["has a log of no frames", { log: 0, index: indexOf(0, 4096) }],
    ["has a log of one frame", { log: 32 + 24 + 4096, index: indexOf(1, 4096) }],
    ["has a log of three frames", { log: 32 + 3 * (24 + 512), index: indexOf(3, 512) }],
    ["has pages of 65,536 bytes", { log: 32 + 24 + 65_536, index: indexOf(1, 1) }],
    ["has a log that is longer", { log: 9999, index: indexOf(1, 4096) }],
    ["has an index that says nothing yet", { log: 0, index: indexOf(9, 4096, { isInit: 0 }) }],
    ["has an index that was cut", { log: 0, index: indexOf(9, 4096, { bytes: 47 }) }],
  ])("is whole that %s", async (_, files) => {
    await expect(requireWholeLog(put(files))).resolves.toBeUndefined()
  })

  test("is whole that is not there", async () => {
    await expect(requireWholeLog(join(folder, "none"))).resolves.toBeUndefined()
  })

  const isMissing = (path: string): string =>
    `the log \`${path}-wal\` is missing, and keys with it: put it back, or restore a backup. ` +
    `Only after a loss of power \`${path}-shm\` may be wrong instead: then remove it`
  const wasCut = (path: string): string => isMissing(path).replace("is missing", "was cut")
  const wasNotClosed = (path: string): string =>
    `the database \`${path}\` was not closed and its log \`${path}-wal\` is missing: it is a ` +
    "copy that was made while it was in use, or the log was lost, and keys with it. Put the log " +
    "back, or restore a backup. To open it as it is: " +
    `sqlite3 '${path}' 'pragma journal_mode = delete'`

  const lacking: readonly (readonly [string, Files, (path: string) => string])[] = [
    ["says that it has a log, and has none", {}, wasNotClosed],
    ["says so without tables", { database: pageOf({ text: "", bytes: 100 }) }, wasNotClosed],
    [
      "is Keywright's among other tables",
      { database: pageOf({ text: "CREATE TABLE keywright_store (a)" }) },
      wasNotClosed,
    ],
    ["has an index of no frames, and no log", { index: indexOf(0, 4096) }, wasNotClosed],
    ["has an index, and no log", { index: indexOf(1, 4096) }, isMissing],
    ["has an index, and an empty log", { log: 0, index: indexOf(1, 4096) }, isMissing],
    ["has a log that is a byte short", { log: 4151, index: indexOf(1, 4096) }, wasCut],
    [
      "has a log that is a frame short",
      { log: 32 + 2 * (24 + 512), index: indexOf(3, 512) },
      wasCut,
    ],
    [
      "has a log of great pages that is a byte short",
      { log: 32 + 24 + 65_535, index: indexOf(1, 1) },
      wasCut,
    ],
  ]

  test("is refused that lacks a part, and it is said how to mend it", async () => {
    const found = await Promise.all(
      lacking.map(async ([what, files, sentence]) => {
        const path = put(files)
        const refused = await requireWholeLog(path).then(
          () => "opened",
          (error: Error) => error.message,
        )
        return [what, refused === sentence(path) || refused]
      }),
    )
    expect(found).toEqual(lacking.map(([what]) => [what, true]))
  })

  test("is waited for, while others close it or open it", async () => {
    const closing = put({})
    const opening = put({ index: indexOf(1, 4096) })
    const waiting = [closing, opening].map((path) => requireWholeLog(path))
    writeFileSync(closing, pageOf({ version: 1 }))
    writeFileSync(`${opening}-wal`, new Uint8Array(4152))
    await expect(Promise.all(waiting)).resolves.toBeDefined()
  })

  test("is not opened that is taken away meanwhile", async () => {
    const path = put({})
    const opening = requireWholeLog(path)
    rmSync(path)
    await expect(opening).rejects.toThrow(
      `the database \`${path}\` was taken away while it was opened`,
    )
  })

  test("is not opened that cannot be read", async () => {
    const path = put({ log: 0 })
    rmSync(path)
    await expect(requireWholeLog(path)).resolves.toBeUndefined()
    const { mkdirSync } = await import("node:fs")
    rmSync(`${path}-wal`)
    mkdirSync(path)
    await expect(requireWholeLog(path)).rejects.toMatchObject({ code: "EISDIR" })
  })
})
