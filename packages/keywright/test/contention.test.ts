import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Kms, openKms } from "../src/index.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-contention-"))
const rootKey = new Uint8Array(32).fill(7)
afterAll(() => rmSync(folder, { recursive: true }))

/** A database with one key, behind an alias. */
async function newDatabase(name: string) {
  const path = join(folder, name)
  const kms = await openKms({ path, rootKey })
  const owner = kms.as(kms.administrator)
  const { KeyMetadata } = await owner.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ""
  await owner.createAlias({ AliasName: "alias/contended", TargetKeyId: KeyId })
  return { path, kms, owner, KeyId }
}

const times = <Value>(count: number, make: (i: number) => Value): Value[] =>
  Array.from({ length: count }, (_, i) => make(i))

describe("of a thousand calls at once on a SQLite file", () => {
  it("all that write to one key succeed", async () => {
    const { kms, owner, KeyId } = await newDatabase("one-key.db")
    const Operations = ["Decrypt" as const]
    const GranteePrincipal = kms.administrator
    await Promise.all(times(1000, () => owner.createGrant({ KeyId, GranteePrincipal, Operations })))
    const { Grants = [] } = await owner.listGrants({ KeyId, Limit: 100 })
    expect(Grants).toHaveLength(100)
    await kms.close()
  })

  it("all that make a key succeed, and are counted", async () => {
    const { kms, owner } = await newDatabase("new-keys.db")
    await Promise.all(times(999, () => owner.createKey({})))
    const { Keys = [] } = await owner.listKeys({ Limit: 1000 })
    expect(Keys).toHaveLength(1000)
    await kms.close()
  })
})

interface Report {
  readonly done: number
  readonly failed: Readonly<Record<string, number>>
}

/** Runs a process of writers; they run what is built. */
function runWriters(...args: readonly (string | number)[]): Promise<Report> {
  const script = fileURLToPath(new URL("many-writers.mjs", import.meta.url))
  // Some Node warns of its own SQLite.
  const started = ["--no-warnings", script, ...args.map(String)]
  const child = spawn(process.execPath, started, { stdio: "pipe" })
  let out = ""
  let err = ""
  child.stdout.on("data", (chunk) => {
    out += String(chunk)
  })
  child.stderr.on("data", (chunk) => {
    err += String(chunk)
  })
  return new Promise((resolve, reject) => {
    child.on("error", reject)
    child.on("close", () => (err === "" ? resolve(JSON.parse(out)) : reject(new Error(err))))
  })
}

describe("of four processes on one file", () => {
  // Opened once: libsql lets go of a file some time after it was closed.
  let path = ""
  let watcher: Kms
  beforeAll(async () => {
    const database = await newDatabase("processes.db")
    path = database.path
    watcher = database.kms
  })
  afterAll(() => watcher.close())

  const acts = ["tag", "tag another", "create", "decrypt", "decrypt and tag"]
  it.each(acts)("all eight callers of each (%s) get their turn", async (what) => {
    const writing = Promise.all(times(4, () => runWriters(path, what, 8, 10)))
    let isOver = false
    const over = () => {
      isOver = true
    }
    writing.then(over, over)
    // The digest is right at every moment, whoever is in the middle of writing.
    while (!isOver) {
      expect((await watcher.verify()).findings).toEqual([])
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    for (const { done, failed } of await writing)
      expect({ done, failed }).toEqual({ done: 80, failed: {} })
    expect(await watcher.verify()).toMatchObject({ isWhole: true })
  })
})

describe("a process that has one file open twice", () => {
  it("keeps both while other processes come and go", async () => {
    const { path, kms, owner } = await newDatabase("twice.db")
    const second = await openKms({ path, rootKey })
    for (let round = 0; round < 3; round += 1) {
      expect(await runWriters(path, "create", 1, 2)).toMatchObject({ failed: {} })
      for (const host of [kms, second]) {
        await host.as(host.administrator).createKey({})
        expect(await host.verify()).toMatchObject({ isWhole: true })
      }
    }
    const third = await openKms({ path, rootKey })
    const { Keys = [] } = await owner.listKeys({ Limit: 1000 })
    expect(Keys).toHaveLength(1 + 3 * (1 + 2 + 2))
    for (const host of [kms, second, third]) await host.close()
  })
})
