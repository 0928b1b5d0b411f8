import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { expect, test, vi } from "vitest"
import { openKms } from "../src/index.js"

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
    const close = vi.spyOn(Database.prototype, "close")
    const opening = openKms({ path, rootKey: new Uint8Array(32).fill(7) })
    await expect(opening).rejects.toMatchObject({ name: "StorageError", code: "format" })
    expect(close).toHaveBeenCalledOnce()
  } finally {
    vi.restoreAllMocks()
    rmSync(folder, { recursive: true })
  }
})
