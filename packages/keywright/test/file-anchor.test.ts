import { chmodSync, copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { fileAnchor, openKms } from "../src/index.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-anchor-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const rootKey = new Uint8Array(32).fill(7)
const at = (name: string) => join(folder, name)
const open = () => openKms({ path: at("keys.db"), rootKey, anchor: fileAnchor(at("keys.anchor")) })

describe("fileAnchor", () => {
  it("keeps an old copy of a database from being opened, and the newest opens", async () => {
    const first = await open()
    await first.close()
    copyFileSync(at("keys.db"), at("old.db"))
    const second = await open()
    await second.as(second.administrator).createKey({})
    await second.close()
    copyFileSync(at("keys.db"), at("newest.db"))
    for (const rest of ["keys.db", "keys.db-wal", "keys.db-shm"]) rmSync(at(rest), { force: true })
    copyFileSync(at("old.db"), at("keys.db"))
    chmodSync(at("keys.db"), 0o600)
    await expect(open()).rejects.toMatchObject({ name: "StaleStoreError" })
    for (const rest of ["keys.db", "keys.db-wal", "keys.db-shm"]) rmSync(at(rest), { force: true })
    copyFileSync(at("newest.db"), at("keys.db"))
    chmodSync(at("keys.db"), 0o600)
    await (await open()).close()
  })

  it("keeps a file of the process's own, and leaves no draft behind", async () => {
    await (await open()).close()
    expect(statSync(at("keys.anchor")).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter((name) => name.startsWith("keys.anchor"))).toEqual([
      "keys.anchor",
    ])
  })

  it("refuses a file that others can write", async () => {
    await (await open()).close()
    chmodSync(at("keys.anchor"), 0o666)
    await expect(open()).rejects.toThrow(/anchor/)
    await expect(fileAnchor(at("keys.anchor")).read()).rejects.toThrow(/chmod 600/)
  })

  it("says nothing of a file that is not there, and fails for one that cannot be read", async () => {
    expect(await fileAnchor(at("none")).read()).toBeUndefined()
    await expect(fileAnchor(folder).read()).rejects.toThrow(/is no file/)
    expect(() => fileAnchor("")).toThrow(TypeError)
  })
})
