import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, test } from "vitest"
import { backupFile, fileAnchor } from "../../src/index.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-file-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const at = (name: string) => join(folder, name)

describe("the file of a backup", () => {
  it.each(["", 1, undefined])("has a name, and not %j", (path) => {
    expect(() => backupFile(path as string)).toThrow(new TypeError("`path` must name a file"))
  })

  test("has its name when it is whole, and holds what was written, in its order", async () => {
    const target = backupFile(at("a"))
    expect(readdirSync(folder)).toEqual([])
    await target.write(Uint8Array.of(1, 2))
    await target.write(new Uint8Array(100_000).fill(3))
    await target.write(new Uint8Array(0))
    expect(readdirSync(folder)).toEqual(["a.part"])
    expect(statSync(at("a.part")).mode & 0o777).toBe(0o600)
    await target.close()
    expect(readdirSync(folder)).toEqual(["a"])
    expect(new Uint8Array(readFileSync(at("a")))).toEqual(
      Uint8Array.of(1, 2, ...new Uint8Array(100_000).fill(3)),
    )
  })

  test("may be empty", async () => {
    await backupFile(at("a")).close()
    expect(statSync(at("a")).size).toBe(0)
  })

  test("is none that is there already", () => {
    writeFileSync(at("a"), "x")
    expect(() => backupFile(at("a"))).toThrow(`\`${at("a")}\` exists already`)
  })

  test("is not written where a draft is, which stays", async () => {
    writeFileSync(at("a.part"), "x")
    const target = backupFile(at("a"))
    const sentence = `\`${at("a.part")}\` exists: unless it is being written, it was cut off; remove it`
    await expect(target.write(Uint8Array.of(1))).rejects.toThrow(sentence)
    await expect(target.close()).rejects.toThrow(sentence)
    await target.abort()
    expect(readFileSync(at("a.part"), "utf8")).toBe("x")
  })

  test("leaves nothing when it is given up", async () => {
    const unbegun = backupFile(at("a"))
    await unbegun.abort()
    const begun = backupFile(at("a"))
    await begun.write(Uint8Array.of(1))
    await begun.abort()
    expect(readdirSync(folder)).toEqual([])
    const taken = backupFile(at("a"))
    await taken.write(Uint8Array.of(1))
    rmSync(at("a.part"))
    await taken.abort()
  })
})

describe("the file of an anchor", () => {
  it.each(["", 1, undefined])("has a name, and not %j", (path) => {
    expect(() => fileAnchor(path as string)).toThrow(new TypeError("`path` must name a file"))
  })

  test("holds what was written last, for its owner alone", async () => {
    const anchor = fileAnchor(at("a"))
    expect(await anchor.read()).toBeUndefined()
    await anchor.write(Uint8Array.of(1, 2, 3))
    await anchor.write(Uint8Array.of(4))
    expect(await anchor.read()).toEqual(Uint8Array.of(4))
    expect((await anchor.read())?.constructor).toBe(Uint8Array)
    expect(statSync(at("a")).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(["a"])
  })

  test("is as it was where it cannot be replaced, and no draft is left", async () => {
    mkdirSync(at("a"))
    await expect(fileAnchor(at("a")).write(Uint8Array.of(1))).rejects.toMatchObject({
      code: expect.stringMatching(/^EISDIR|ENOTEMPTY|EEXIST$/),
    })
    expect(readdirSync(folder)).toEqual(["a"])
    await expect(fileAnchor(at("b/c")).write(Uint8Array.of(1))).rejects.toMatchObject({
      code: "ENOENT",
    })
    expect(existsSync(at("b"))).toBe(false)
  })

  test("fails where it cannot be read", async () => {
    await expect(fileAnchor(at("a/b")).read()).resolves.toBeUndefined()
    writeFileSync(at("a"), "", { mode: 0o600 })
    await expect(fileAnchor(at("a/b")).read()).rejects.toMatchObject({ code: "ENOTDIR" })
  })
})
