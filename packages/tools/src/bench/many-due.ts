import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import {
  openSqliteStorage,
  type SqliteDatabase,
  type SqliteStorage,
} from "@keywright/storage/sqlite"
import { openDatabase } from "./database.js"
import { median } from "./figures.js"

/*
 * A program of its own: one host on a SQLite file, and prints as JSON what a sweep, a page of keys
 * and the file cost. Usage: many-due.js <keys>
 */

const keysCount = Number(process.argv[2])
const dayMs = 86_400_000
const rounds = 31
const warmUps = 20
/** Each waits for the disk a thousand times. */
const sweepRounds = 3
const folder = mkdtempSync(join(tmpdir(), "keywright-bench-"))
const path = join(folder, "keys.db")
const database = await openDatabase(path)
/** A disk that is slower than this one, whose flushes may cost next to nothing. */
const disk = { flushMs: 0, flushes: 0 }
const slowFlushMs = 5
const waiting = new Int32Array(new SharedArrayBuffer(4))

/** Every transaction that is committed is flushed once, and the process stands meanwhile. */
const onDisk: SqliteDatabase = {
  prepare: (sql) => database.prepare(sql),
  close: () => database.close(),
  exec: (sql) => {
    database.exec(sql)
    if (sql !== "commit") return
    disk.flushes += 1
    if (disk.flushMs > 0) Atomics.wait(waiting, 0, 0, disk.flushMs)
  },
}
const time = { nowMs: Date.UTC(2026, 0, 1) }
const suite = opensslSuite()

const openHost = (storage: SqliteStorage): Promise<Kms> =>
  createKms({
    region: "us-east-1",
    account: "111122223333",
    storage,
    hsm: createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(1)), suite }),
    clock: () => time.nowMs,
  })

const kms = await openHost(openSqliteStorage(onDisk))
const root = kms.as(kms.administrator)

/** The file alone, with all that was written in it. */
function fileBytes(): number {
  database.prepare("pragma wal_checkpoint(truncate)").get()
  return statSync(path).size
}

/** Keys are made without waiting for the disk, which is not what is measured. */
async function filled(act: () => Promise<unknown>): Promise<number> {
  const before = fileBytes()
  database.exec("pragma synchronous = off")
  await act()
  database.exec("pragma synchronous = full")
  return fileBytes() - before
}

async function makeKeys(Policy?: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let i = 0; i < keysCount; i += 1) {
    ids.push((await root.createKey({ Policy })).KeyMetadata?.KeyId ?? "")
  }
  return ids
}

/** Lets all keys be due for rotation, and sweeps; answers the milliseconds of one key. */
async function sweepMs(itemsMax?: number): Promise<number> {
  time.nowMs += 100 * dayMs
  const beganMs = performance.now()
  let rotated = 0
  let after: string | undefined
  do {
    const report = await kms.sweep({ itemsMax, after })
    rotated += report.keysRotated
    after = report.next
  } while (after !== undefined)
  return (performance.now() - beganMs) / rotated
}

async function cpuMs(act: () => Promise<unknown>): Promise<number> {
  const begun = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}

const list = (host: Kms) => host.as(host.administrator).listKeys({ Limit: 1000 })

async function pageMs(): Promise<number> {
  const times: number[] = []
  for (let round = -warmUps; round < rounds; round += 1) {
    const ms = await cpuMs(() => list(kms))
    if (round >= 0) times.push(ms)
  }
  return median(times)
}

/** A page that a host sees for the first time. */
async function firstPageMs(): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const host = await openHost(openSqliteStorage(await openDatabase(path)))
    times.push(await cpuMs(() => list(host)))
    await host.close()
  }
  return median(times)
}

/** Sweeps of all keys together and one by one, in turns, on a disk that is so slow. */
async function compareSweeps(flushMs: number) {
  const taken: { readonly together: number; readonly alone: number }[] = []
  disk.flushMs = flushMs
  for (let round = 0; round < sweepRounds; round += 1) {
    taken.push({ together: await sweepMs(), alone: await sweepMs(1) })
  }
  disk.flushMs = 0
  return {
    together: median(taken.map(({ together }) => together)),
    alone: median(taken.map(({ alone }) => alone)),
    ratio: median(taken.map(({ together, alone }) => alone / together)),
  }
}

const ids: string[] = []
const keyBytes = (await filled(async () => ids.push(...(await makeKeys())))) / keysCount
const page = await pageMs()
const firstPage = await firstPageMs()
const grantBytes = await filled(async () => {
  const [KeyId = ""] = ids
  const grant = { KeyId, Operations: ["Decrypt" as const] }
  for (let i = 0; i < keysCount; i += 1) {
    const GranteePrincipal = `arn:aws:iam::111122223333:role/Role${i}`
    await root.createGrant({ ...grant, GranteePrincipal })
  }
})
await filled(async () => {
  for (const KeyId of ids) await root.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 })
})
await sweepMs()
disk.flushes = 0
await sweepMs()
const { flushes } = disk
const sweeps = await compareSweeps(0)
const slowSweeps = await compareSweeps(slowFlushMs)

const statement = { Effect: "Allow", Principal: { AWS: "*" }, Action: "kms:*", Resource: "*" }
const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] }).padEnd(32_000)
const longKeyBytes = (await filled(() => makeKeys(Policy))) / keysCount
for (const KeyId of ids) await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
time.nowMs += 8 * dayMs
await kms.sweep()
const longPage = await pageMs()
const grants = grantBytes / keysCount
const pages = { page, firstPage, longPage }
const swept = { sweeps, slowSweeps, flushes }
const figures = { ...swept, ...pages, keyBytes, longKeyBytes, grantBytes: grants }
process.stdout.write(JSON.stringify(figures))
await kms.close()
rmSync(folder, { recursive: true })
