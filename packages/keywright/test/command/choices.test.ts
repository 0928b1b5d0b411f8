import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest"
import { openDatabaseOf, rootKeyOf } from "../../src/command/open-database-of.js"
import { runCommand } from "../../src/command/run-command.js"
import { typed } from "../support/typed.js"

let folder: string
let database: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-choices-"))
  database = join(folder, "keys.db")
  vi.stubEnv("KEYWRIGHT_DATABASE", undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

const at = (name: string) => join(folder, name)
const terminal = {
  out: () => undefined,
  tell: () => undefined,
  isInteractive: true,
  isLive: false,
  ask: async () => "",
  askSecret: async (question: string) => `the answer to ${question}`,
}

const jsonOf = async (...args: readonly string[]) => {
  const { code, out, told } = await typed([...args, "--json"])
  expect({ code, isOfProgress: told === "" || told.startsWith("\r") }).toEqual({
    code: 0,
    isOfProgress: true,
  })
  return JSON.parse(out)
}
const textOf = async (...args: readonly string[]) => {
  const { code, out } = await typed(args)
  expect(code).toBe(0)
  return out
}

describe("the database of a command", () => {
  const nameIt = "keywright: name the database: --database keys.db, or KEYWRIGHT_DATABASE=keys.db\n"

  test("is the one that is named, or else that of the environment", async () => {
    expect(await jsonOf("create-database", "-d", database)).toMatchObject({ path: database })
    vi.stubEnv("KEYWRIGHT_DATABASE", database)
    expect(await jsonOf("list-keys")).toEqual([])
    const other = at("other.db")
    expect(await jsonOf("create-database", "--database", other)).toMatchObject({ path: other })
    expect(existsSync(other)).toBe(true)
  })

  test("must be named", async () => {
    expect(await typed(["list-keys"])).toMatchObject({ code: 1, told: nameIt })
    vi.stubEnv("KEYWRIGHT_DATABASE", "")
    expect(await typed(["list-keys"])).toMatchObject({ code: 1, told: nameIt })
  })

  test("is of the account and in the region that are named", async () => {
    const words = ["--region", "eu-west-1", "--account", "444455556666"]
    const args = ["--database", database, ...words]
    expect(await textOf("create-database", ...args)).toBe(
      `${database}, of 444455556666 in eu-west-1`,
    )
    const { Arn } = await jsonOf("create-key", ...args)
    expect(Arn).toMatch(/^arn:aws:kms:eu-west-1:444455556666:key\//)
    expect(await jsonOf("create-database", "--database", at("other.db"))).toEqual({
      path: at("other.db"),
      region: "us-east-1",
      account: "111122223333",
    })
  })

  test("is closed when a command has ended, or failed", async () => {
    await textOf("create-database", "--database", database)
    await textOf("list-keys", "--database", database)
    expect(existsSync(`${database}-wal`)).toBe(false)
    await typed(["describe-key", "alias/none", "--database", database])
    expect(existsSync(`${database}-wal`)).toBe(false)
    expect(await typed(["create-database", "--database", database])).toMatchObject({
      code: 1,
      told: `keywright: \`${database}\` exists already\n`,
    })
    expect(existsSync(`${database}-wal`)).toBe(false)
  })

  test("is asked as whoever is named, and AWS's words are told when that is refused", async () => {
    await textOf("create-database", "--database", database)
    const alice = "arn:aws:iam::111122223333:user/Alice"
    const { code, told, out } = await typed(["list-keys", "-d", database, "--as", alice])
    expect({ code, out }).toEqual({ code: 1, out: "" })
    expect(told).toMatch(/^keywright: AccessDeniedException: User: .+Alice is not authorized/)
  })
})

describe("what opens a database", () => {
  test("is a key in its file", async () => {
    expect(await textOf("make-root-key", at("root"))).toBe(
      `${at("root")}: keep a copy where the database is not`,
    )
    expect(await jsonOf("make-root-key", at("other"))).toEqual({ file: at("other") })
    const { rootKey } = await rootKeyOf({ rootKeyFile: at("root") }, terminal)
    expect(rootKey).toEqual(
      new Uint8Array(Buffer.from(readFileSync(at("root"), "utf8").trim(), "hex")),
    )
  })

  it.each([
    ["of one line", "correct horse", "correct horse"],
    ["with an end of line", "correct horse\n", "correct horse"],
    ["of another system", "correct horse\r\nmore\r\n", "correct horse"],
    ["of several lines", "correct\nhorse\n", "correct"],
    ["with spaces", " correct horse \n", " correct horse "],
    ["of nothing", "", ""],
  ])("is the first line of a file %s", async (_, text, passphrase) => {
    writeFileSync(at("passphrase"), text, { mode: 0o600 })
    const found = await rootKeyOf({ passphraseFile: at("passphrase") }, terminal)
    expect(found).toEqual({ passphrase })
  })

  test("is a passphrase that is asked for, or else the key beside the database", async () => {
    expect(await rootKeyOf({ passphrase: true }, terminal)).toEqual({
      passphrase: "the answer to Passphrase: ",
    })
    expect(await rootKeyOf({}, terminal)).toEqual({ generateRootKey: true })
    expect(await rootKeyOf({ passphrase: false }, terminal)).toEqual({ generateRootKey: true })
  })

  it.each([
    [{ rootKeyFile: "a", passphrase: true }],
    [{ rootKeyFile: "a", passphraseFile: "b" }],
    [{ passphrase: true, passphraseFile: "b" }],
    [{ rootKeyFile: "a", passphrase: true, passphraseFile: "b" }],
  ])("is named once: %j", async (options) => {
    await expect(rootKeyOf(options, terminal)).rejects.toThrow(
      new TypeError("name one of --root-key-file, --passphrase and --passphrase-file"),
    )
  })

  it.each(["rootKeyFile", "passphraseFile"])("is its owner's alone: %s", async (name) => {
    writeFileSync(at("open"), "x", { mode: 0o644 })
    await expect(rootKeyOf({ [name]: at("open") }, terminal)).rejects.toThrow("chmod 600")
  })

  test("is there", async () => {
    await expect(rootKeyOf({ rootKeyFile: at("none") }, terminal)).rejects.toThrow(
      `there is no root key file \`${at("none")}\``,
    )
    await expect(rootKeyOf({ passphraseFile: at("none") }, terminal)).rejects.toMatchObject({
      code: "ENOENT",
    })
    await textOf("create-database", "--database", database)
    rmSync(`${database}.root-key`)
    const { code, told } = await typed(["list-keys", "--database", database])
    expect({ code, told }).toEqual({
      code: 1,
      told:
        `keywright: there is no \`${database}.root-key\`: name the root key by ` +
        "--root-key-file, --passphrase or --passphrase-file\n",
    })
    expect(existsSync(`${database}.root-key`)).toBe(false)
  })

  test("is wiped when the database is open", async () => {
    const rootKey = new Uint8Array(32).fill(7)
    const options = { database, rootKeyFile: at("root") }
    await textOf("make-root-key", at("root"))
    const more = { create: "if-missing", former: { rootKey } } as const
    const kms = await openDatabaseOf(options, terminal, more)
    expect(rootKey).toEqual(new Uint8Array(32))
    await kms.close()
  })

  test("is another one after reseal, and the former one as well until it is retired", async () => {
    const [one, next] = [at("one"), at("next")]
    await textOf("make-root-key", one)
    await textOf("make-root-key", next)
    const own = ["--database", database, "--root-key-file", one]
    const isClosed = () => !existsSync(`${database}-wal`)
    await textOf("create-database", ...own)
    const reseal = ["reseal", ...own, "--to-root-key-file", next]
    expect(await textOf(...reseal)).toBe(
      "the database opens with both: restart every host with the new one, then --retire",
    )
    expect(isClosed()).toBe(true)
    expect(await jsonOf("list-keys", ...own)).toEqual([])
    expect(await jsonOf(...reseal)).toEqual({ former: "kept" })
    expect(await textOf(...reseal, "--retire", "--yes")).toBe(
      "the database opens with the new one alone",
    )
    expect((await typed(["list-keys", ...own])).code).toBe(1)
    const back = ["reseal", "-d", database, "--root-key-file", next, "--to-root-key-file", one]
    expect(await jsonOf(...back, "--retire", "--yes")).toEqual({ former: "retired" })
    expect(await jsonOf("list-keys", ...own)).toEqual([])
  })
})

describe("a backup", () => {
  test("becomes a database of the region that is named", async () => {
    const place = ["--region", "eu-west-1", "--root-key-file", at("root")]
    await textOf("make-root-key", at("root"))
    await textOf("create-database", "--database", database, ...place)
    const { records } = await jsonOf("backup", at("a.backup"), "-d", database, ...place)
    const restore = ["restore", at("a.backup"), "--database", at("new.db")]
    expect(await textOf(...restore, ...place)).toBe(`${records} records in ${at("new.db")}`)
    expect(await jsonOf("list-keys", "--database", at("new.db"), ...place)).toEqual([])
    copyFileSync(at("root"), at("beside.db.root-key"))
    chmodSync(at("beside.db.root-key"), 0o600)
    const beside = ["--database", at("beside.db"), "--region", "eu-west-1"]
    expect(await jsonOf("restore", at("a.backup"), ...beside)).toMatchObject({ records })
    expect(await jsonOf("list-keys", ...beside)).toEqual([])
    const other = ["restore", at("a.backup"), "--database", at("other.db")]
    expect((await typed([...other, "--root-key-file", at("root")])).code).toBe(1)
    expect(await jsonOf(...other, ...place)).toMatchObject({ records })
  })
})

describe("what cannot be undone", () => {
  const question =
    "When the waiting period of alias/orders is over, nobody can ever decrypt what is encrypted " +
    "under it. Schedule its deletion?"
  const schedule = ["schedule-key-deletion", "alias/orders"]

  it.each(["y", "Y", "yes", "YES", " yes "])("is done after %j", async (answer) => {
    const { asked, told } = await typed(schedule, [answer])
    expect(asked).toEqual([`${question} [y/N] `])
    expect(told).toContain("name the database")
  })

  it.each(["n", "", "ye", "yess", "oh yes", "yes no"])("is not done after %j", async (answer) => {
    const { code, told } = await typed(schedule, [answer])
    expect({ code, told }).toEqual({ code: 2, told: "keywright: nothing was done\n" })
  })

  test("is not done by a script that does not say so", async () => {
    const { code, told, asked } = await typed(schedule)
    expect({ code, asked }).toEqual({ code: 2, asked: [] })
    expect(told).toBe(`keywright: ${question} Say --yes\n`)
  })

  it.each(["-y", "--yes"])("is not asked about with %s", async (flag) => {
    const { asked, told } = await typed([...schedule, flag], ["n"])
    expect(asked).toEqual([])
    expect(told).toContain("name the database")
  })
})

describe("a command", () => {
  test("tells what was thrown, also where it is no error", async () => {
    const told: string[] = []
    const code = await runCommand(["make-root-key", at("root")], {
      ...terminal,
      out: () => {
        throw "enough\u009b"
      },
      tell: (text) => void told.push(text),
    })
    expect({ code, told }).toEqual({ code: 1, told: ["keywright: enough\ufffd\n"] })
  })

  it.each([
    ["error: unknown option '--none'\n", ["list-keys", "--none"]],
    ["error: unknown option '--none'\n", ["list-keys", "--none=a\nb"]],
    ["error: unknown command 'none'\n", ["none"]],
    ["error: missing required argument 'key'\n", ["describe-key"]],
    ["error: option '--region <region>' argument missing\n", ["list-keys", "--region"]],
  ])("says that it does not know what was typed: %s", async (told, args) => {
    expect(await typed(args)).toEqual({ code: 2, out: "", told, asked: [] })
  })
})
