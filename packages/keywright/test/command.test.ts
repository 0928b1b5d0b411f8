import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { makePrivate, openDatabase } from "../src/open-database.js"
import { rootKeyPath, writeRootKey } from "../src/root-key-file.js"
import { typed as keywright } from "./support/typed.js"

let folder: string
let database: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-command-"))
  database = join(folder, "keys.db")
})
afterEach(() => rmSync(folder, { recursive: true }))

const command = fileURLToPath(new URL("../dist/command.js", import.meta.url))

/** How a process has ended, and what it told of it. */
async function endOf(child: ChildProcess) {
  let told = ""
  child.stderr?.on("data", (chunk) => {
    told += String(chunk)
  })
  const [code] = await once(child, "close")
  return { code, told }
}

/** Runs a command on the database of the test, and it must end well. */
async function done(...args: readonly string[]): Promise<string> {
  const { code, out, told } = await keywright([...args, "--database", database])
  expect({ code, told: code === 0 ? "" : told }).toEqual({ code: 0, told: "" })
  return out
}

const jsonOf = async (...args: readonly string[]) => JSON.parse(await done(...args, "--json"))

async function newKey(): Promise<string> {
  await done("create-database")
  return (await jsonOf("create-key", "--alias", "alias/orders")).KeyId
}

describe("the command keywright", () => {
  it("makes, lists, changes and destroys keys by id and alias", async () => {
    const KeyId = await newKey()
    expect(await done("list-keys")).toMatch(new RegExp(`${KeyId}  Enabled .* alias/orders`))
    const { CurrentKeyMaterialId } = await jsonOf("describe-key", "alias/orders")
    const rotated = await jsonOf("rotate-key", "alias/orders")
    expect(rotated.CurrentKeyMaterialId).not.toBe(CurrentKeyMaterialId)
    expect((await jsonOf("disable-key", KeyId)).KeyState).toBe("Disabled")
    expect((await jsonOf("enable-key", KeyId)).KeyState).toBe("Enabled")
    const scheduled = await jsonOf("schedule-key-deletion", KeyId, "--days", "7", "--yes")
    expect(scheduled.KeyState).toBe("PendingDeletion")
    expect((await jsonOf("cancel-key-deletion", KeyId)).KeyState).toBe("Disabled")
    const aliases = await jsonOf("list-aliases")
    expect(aliases).toEqual([expect.objectContaining({ TargetKeyId: KeyId })])
    expect(await jsonOf("list-aliases", "alias/orders")).toEqual(aliases)
    expect(await done("list-grants", KeyId)).toMatch(/^GrantId +GranteePrincipal/)
  })

  it("says why a call is refused, and ends with 3 when it is", async () => {
    const KeyId = await newKey()
    const user = "arn:aws:iam::111122223333:user/Mallory"
    const explain = ["explain", user, "Decrypt", `{"CiphertextBlob":"AAAA","KeyId":"${KeyId}"}`]
    const encrypt = ["explain", user, "Encrypt", "alias/orders", "--database", database]
    const denied = await keywright(encrypt)
    expect(denied.code).toBe(3)
    expect(denied.out).toContain("because  identityPolicy")
    expect((await keywright([...explain, "--database", database])).code).toBe(3)
    const root = "arn:aws:iam::111122223333:root"
    expect(await done("explain", root, "Encrypt", KeyId)).toContain("llow")
  })

  it("goes on where a database was begun and nothing was put into it", async () => {
    writeFileSync(database, "", { mode: 0o600 })
    await done("create-database")
    const again = await keywright(["create-database", "--database", database])
    expect(again.told).toContain("exists already")
    const other = join(folder, "other.db")
    makePrivate(other)
    await writeRootKey(rootKeyPath(other))
    await (await openDatabase(other)).close()
    expect(await keywright(["create-database", "--database", other])).toMatchObject({ code: 0 })
  })

  it("shows no stack where its answer cannot be written, or nobody reads it", async () => {
    const started = (stdout: "pipe" | number) =>
      spawn(process.execPath, [command, "--help"], { stdio: ["ignore", stdout, "pipe"] })
    const unread = started("pipe")
    unread.stdout?.destroy()
    expect(await endOf(unread)).toEqual({ code: 0, told: "" })
    if (!existsSync("/dev/full")) return
    const full = openSync("/dev/full", "w")
    const unwritten = await endOf(started(full))
    closeSync(full)
    expect(unwritten.code).toBe(1)
    expect(unwritten.told).toMatch(/^keywright: the answer cannot be written: .*ENOSPC.*\n$/)
  })

  it("reads, writes and lints policies", async () => {
    const KeyId = await newKey()
    const file = join(folder, "policy.json")
    writeFileSync(file, await done("get-key-policy", KeyId))
    await done("put-key-policy", "alias/orders", file)
    expect((await keywright(["lint-policy", file])).code).toBe(0)
    writeFileSync(file, readFileSync(file, "utf8").replace("Allow", "Alow"))
    const linted = await keywright(["lint-policy", file])
    expect(linted.code).toBe(3)
    expect(linted.out).toMatch(/^7:17 +error +invalidEffect/m)
    expect((await keywright(["lint-policy", file, "--kind", "poem"])).code).toBe(2)
  })

  it("asks before what cannot be undone, and does nothing without an answer", async () => {
    const KeyId = await newKey()
    const args = ["schedule-key-deletion", KeyId, "--database", database]
    const script = await keywright(args)
    expect(script.code).toBe(2)
    expect(script.told).toContain("--yes")
    const person = await keywright(args, ["no"])
    expect(person.code).toBe(2)
    expect(person.asked).toEqual([expect.stringContaining("nobody can ever decrypt")])
    expect((await jsonOf("describe-key", KeyId)).KeyState).toBe("Enabled")
    expect((await keywright(args, ["y"])).code).toBe(0)
    expect((await jsonOf("describe-key", KeyId)).KeyState).toBe("PendingDeletion")
  })

  it("backs up, verifies and restores", async () => {
    const KeyId = await newKey()
    const backup = join(folder, "keys.backup")
    expect(await done("backup", backup)).toContain(backup)
    expect(await done("verify")).toContain("nothing is wrong")
    const restored = join(folder, "restored.db")
    const rootKey = ["--root-key-file", `${database}.root-key`]
    const restore = ["restore", backup, "--database", restored, ...rootKey]
    expect((await keywright(restore)).code).toBe(0)
    const list = await keywright(["list-keys", "--database", restored, ...rootKey])
    expect(list.out).toContain(KeyId)
    expect((await keywright(restore)).code).toBe(1)
  })

  it("puts everything under another root key, passphrase and domain key", async () => {
    const KeyId = await newKey()
    const next = join(folder, "next")
    expect((await keywright(["make-root-key", next])).code).toBe(0)
    expect(statSync(next).mode & 0o777).toBe(0o600)
    expect((await keywright(["make-root-key", next])).code).toBe(1)
    await done("reseal", "--to-root-key-file", next)
    expect(await done("list-keys", "--root-key-file", next)).toContain(KeyId)
    expect(await done("list-keys")).toContain(KeyId)
    await done("reseal", "--to-root-key-file", next, "--retire", "--yes")
    expect((await keywright(["list-keys", "--database", database])).code).toBe(1)
    expect(await done("rewrap", "--root-key-file", next)).toContain("0 are left")
    expect(await done("sweep", "--root-key-file", next)).toContain("keysDeleted")
    const passphrase = join(folder, "passphrase")
    writeFileSync(passphrase, "correct horse battery staple\n", { mode: 0o600 })
    await done("reseal", "--root-key-file", next, "--to-passphrase-file", passphrase)
    const list = ["list-keys", "--database", database, "--passphrase"]
    const typed = await keywright(list, ["correct horse battery staple"])
    expect(typed.out).toContain(KeyId)
    expect(typed.out + typed.told).not.toContain("horse")
  })

  it("never prints a root key", async () => {
    await newKey()
    const secret = readFileSync(`${database}.root-key`, "utf8").trim()
    const all = [["list-keys"], ["verify"], ["describe-key", "alias/orders"], ["rewrap"]]
    for (const args of all) {
      const { out, told } = await keywright([...args, "--database", database, "--json"])
      expect(out + told).not.toContain(secret)
    }
  })

  it("makes no database where one is missing, nor over one that is there", async () => {
    const missing = await keywright(["list-keys", "--database", database])
    expect(missing).toMatchObject({ code: 1, out: "" })
    expect(existsSync(database)).toBe(false)
    await done("create-database")
    expect((await keywright(["create-database", "--database", database])).code).toBe(1)
  })

  it.each([
    [["nothing"]],
    [["describe-key"]],
    [["list-keys", "--nothing"]],
    [["reseal", "--database", "keys.db"]],
  ])("ends with 2 for what it does not know: %j", async (args) => {
    const { code, told } = await keywright(args)
    expect({ code, isTold: told !== "" }).toEqual({ code: 2, isTold: true })
  })

  it("lets no text of a key move the cursor", async () => {
    await done("create-database")
    await done("create-key", "--description", "\u001b[2Jgone")
    const out = await done("list-keys")
    expect(out).toContain("\ufffd[2Jgone")
    await done("create-key", "--description", "\u009b2Jgone")
    const json = await done("list-keys", "--json")
    expect(json).toContain("\\u009b2Jgone")
    expect(JSON.parse(json)).toContainEqual(
      expect.objectContaining({ Description: "\u009b2Jgone" }),
    )
    const refused = await keywright(["describe-key", "\u009b2Jgone", "--database", database])
    expect(refused.told).not.toContain("\u009b")
  })

  it("lets no text of a key look like another row, or like other text", async () => {
    await done("create-database")
    await done("create-key", "--description", "one\nforged  Enabled \u202edellac \u2066")
    const [, row, ...more] = (await done("list-keys")).split("\n")
    expect(row).toContain("one\ufffdforged  Enabled \ufffddellac \ufffd")
    expect(more).toEqual([])
    const json = await done("list-keys", "--json")
    expect(json).toContain("one\\nforged  Enabled \\u202edellac \\u2066")
  })

  it("says that a root key is made only where it is", async () => {
    const link = `${database}.link`
    symlinkSync("nowhere", link)
    const { code, told } = await keywright(["make-root-key", link])
    expect({ code, told }).toEqual({ code: 1, told: `keywright: \`${link}\` exists already\n` })
  })

  it("repeats no secret of a command line, and no character that moves the cursor", async () => {
    const { code, told } = await keywright(["list-keys", "--passphrase=hun'\u001b[2J\nter2"])
    expect({ code, told }).toEqual({ code: 2, told: "error: unknown option '--passphrase'\n" })
    expect((await keywright(["no\u001b[2Jthing"])).told).toContain("'no\ufffd[2Jthing'")
  })

  it("says what stands where a backup was cut off", async () => {
    await done("create-database")
    const [file, draft] = [`${database}.backup`, `${database}.backup.part`]
    writeFileSync(draft, "")
    const { code, told } = await keywright(["backup", file, "--database", database])
    expect(code).toBe(1)
    expect(told).toContain(`\`${draft}\` exists`)
    rmSync(draft)
    expect(await done("backup", file)).toContain(file)
  })

  it("names the key that was made when its alias is refused", async () => {
    await done("create-database")
    const args = ["create-key", "--alias", "orders", "--database", database]
    const { code, told } = await keywright(args)
    const [{ KeyId }] = await jsonOf("list-keys")
    expect(code).toBe(1)
    expect(told).toContain(
      `the key ${KeyId} is made, and not its alias: ValidationException: Alias`,
    )
  })

  it("tells what it can do", async () => {
    const { code, out } = await keywright(["--help"])
    expect(code).toBe(0)
    expect(out).toContain("schedule-key-deletion")
  })
})
