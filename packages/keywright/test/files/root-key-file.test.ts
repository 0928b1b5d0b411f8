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
import {
  keepNewRootKey,
  keepRootKey,
  readRootKey,
  refuseLostDatabase,
  rootKeyPath,
  writeRootKey,
} from "../../src/root-key-file.js"

let folder: string
let database: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-root-"))
  database = join(folder, "keys.db")
  path = rootKeyPath(database)
})
afterEach(() => rmSync(folder, { recursive: true }))

const digits = "0123456789abcdef".repeat(4)
const key = new Uint8Array(Buffer.from(digits, "hex"))

describe("a file with a root key", () => {
  it.each([
    ["and the end of its line", `${digits}\n`, key],
    ["without the end of its line", digits, key],
    ["of zeros", "0".repeat(64), new Uint8Array(32)],
    ["of ones", "f".repeat(64), new Uint8Array(32).fill(255)],
  ])("holds 64 digits %s", async (_, text, expected) => {
    writeFileSync(path, text)
    expect(await readRootKey(path)).toEqual(expected)
  })

  it.each([
    ["nothing", ""],
    ["a digit too few", digits.slice(1)],
    ["a digit too few and a line end", `${digits.slice(1)}\n`],
    ["a digit too many", `${digits}0`],
    ["two line ends", `${digits}\n\n`],
    ["another line end", `${digits}\r`],
    ["two characters at the end of the line", `${digits}\r\n`],
    ["capital digits", digits.toUpperCase()],
    ["another character first", `g${digits.slice(1)}`],
    ["another character last", `${digits.slice(1)}/`],
  ])("does not hold %s", async (_, text) => {
    writeFileSync(path, text)
    await expect(readRootKey(path)).rejects.toThrow(`\`${path}\` does not hold a root key`)
  })

  test("is the owner's alone, whole, another one each time, and with no draft beside it", async () => {
    expect(await writeRootKey(path)).toBe(true)
    const text = readFileSync(path, "utf8")
    expect(text).toMatch(/^[0-9a-f]{64}\n$/)
    expect(new Set(text).size).toBeGreaterThan(4)
    expect(await readRootKey(path)).toEqual(new Uint8Array(Buffer.from(text.trim(), "hex")))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await writeRootKey(`${path}.other`)).toBe(true)
    expect(readFileSync(`${path}.other`, "utf8")).not.toBe(text)
    expect(readdirSync(folder)).toHaveLength(2)
  })

  test("is not written over: the first one stands", async () => {
    await writeRootKey(path)
    const text = readFileSync(path, "utf8")
    expect(await writeRootKey(path)).toBe(false)
    expect(readFileSync(path, "utf8")).toBe(text)
    expect(readdirSync(folder)).toHaveLength(1)
  })

  test("is not written where there is no folder", async () => {
    const writing = writeRootKey(join(folder, "none", "key"))
    await expect(writing).rejects.toMatchObject({ code: "ENOENT" })
  })
})

describe("the root key beside a database", () => {
  test("is made once, and kept", async () => {
    const made = await keepRootKey(database)
    expect(made).toHaveLength(32)
    expect(made).not.toEqual(new Uint8Array(32))
    expect(await keepRootKey(database)).toEqual(made)
    writeFileSync(database, "x")
    expect(await keepRootKey(database)).toEqual(made)
    expect(await keepNewRootKey(database)).toEqual(made)
  })

  test("is made for a database that is empty yet", async () => {
    writeFileSync(database, "")
    expect(await keepRootKey(database)).toHaveLength(32)
  })

  test("is not made for a database that holds something, unless it had another one", async () => {
    writeFileSync(database, "x")
    await expect(keepRootKey(database)).rejects.toThrow(
      `\`${database}\` exists, but its root key \`${path}\` does not: put the file back, ` +
        "or hand in the `rootKey` or `passphrase` that the database was made with",
    )
    expect(existsSync(path)).toBe(false)
    expect(await keepNewRootKey(database)).toHaveLength(32)
  })

  test("is not taken where others can read it", async () => {
    writeFileSync(path, digits, { mode: 0o644 })
    await expect(keepRootKey(database)).rejects.toThrow(`chmod 600 '${path}'`)
    await expect(keepNewRootKey(database)).rejects.toThrow(`chmod 600 '${path}'`)
  })

  test("alone says that the database is lost", () => {
    expect(() => refuseLostDatabase(database)).not.toThrow()
    writeFileSync(path, digits)
    expect(() => refuseLostDatabase(database)).toThrow(
      `\`${path}\` exists, but its database \`${database}\` does not: put the database back, ` +
        "or remove the root key to begin anew",
    )
    mkdirSync(database)
    expect(() => refuseLostDatabase(database)).not.toThrow()
  })
})
