import type { ChildProcess } from "node:child_process"
import { randomInt } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { afterAll, expect, it } from "vitest"
import type { Put, Storage } from "../src/contract.js"
import { openSqliteStorage } from "../src/sqlite.js"
import { end, start } from "./processes.js"

interface CrashEntries {
  readonly lanesCount: number
  readonly keptMax: number
  laneKey(lane: number): string
  partKeys(lane: number, number: number): string[]
  entriesOf(lane: number, number: number): Put[]
}

// The writer runs without a build of its own, so what both sides know is plain JavaScript.
const shared: string = "./crash-entries.mjs"
const { entriesOf, keptMax, laneKey, lanesCount, partKeys } = (await import(shared)) as CrashEntries

const killsCount = process.env.SLOW === "1" ? 300 : 24
/** A round with a new file: the process may die while it makes the tables. */
const roundsPerFile = 6

const folder = mkdtempSync(join(tmpdir(), "keywright-crash-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Kills when so many commits were acknowledged, and it is in the middle of the next ones. */
function killAfter(child: ChildProcess, commits: number): void {
  let seen = 0
  child.stdout?.on("data", (text) => {
    seen += String(text).split("\n").length - 1
    if (seen >= commits) child.kill("SIGKILL")
  })
}

it("a process killed at any moment loses no acknowledged commit and leaves no half of one", async () => {
  let acknowledged = 0
  let killedAtWork = 0
  const numbers = new Array<number>(lanesCount).fill(0)
  for (let round = 0; round < killsCount; round += 1) {
    if (round % roundsPerFile === 0) numbers.fill(0)
    const path = join(folder, `${Math.floor(round / roundsPerFile)}.db`)
    const child = start("crash-writer.mjs", path)
    // Most die at work, however slow the machine is; some while they start.
    if (round % 3 === 0) setTimeout(() => child.kill("SIGKILL"), randomInt(60, 400))
    else killAfter(child, randomInt(1, 100))
    const { signal, out, err } = await end(child)
    expect({ signal, err }).toEqual({ signal: "SIGKILL", err: "" })
    const lines = out.split("\n").slice(0, -1)
    acknowledged += lines.length
    if (lines.length > 0) killedAtWork += 1
    for (const line of lines) {
      const [lane, number] = line.split(" ").map(Number) as [number, number]
      expect(number).toBe((numbers[lane] ?? 0) + 1)
      numbers[lane] = number
    }
    await checkFile(path, numbers)
  }
  expect(killedAtWork).toBeGreaterThan(killsCount / 2)
  expect(acknowledged).toBeGreaterThan(killsCount)
})

/** Checks what lies there after a kill, and takes up where it is. */
async function checkFile(path: string, acknowledged: number[]): Promise<void> {
  const database = new Database(path)
  const storage = openSqliteStorage(database)
  expect(database.prepare("pragma integrity_check").get()).toMatchObject({
    integrity_check: "ok",
  })
  for (let lane = 0; lane < lanesCount; lane += 1) {
    const [last] = await storage.get([laneKey(lane)])
    const number = last === undefined ? 0 : Number(new TextDecoder().decode(last.value))
    // The last commit of a lane may be on disk although nobody was told.
    expect([acknowledged[lane], (acknowledged[lane] ?? 0) + 1]).toContain(number)
    acknowledged[lane] = number
    await checkLane(storage, lane, number)
  }
  await storage.close()
}

async function checkLane(storage: Storage, lane: number, number: number): Promise<void> {
  const kept = Array.from({ length: Math.min(number, keptMax) }, (_, i) => number - i).reverse()
  const { entries } = await storage.list({
    prefix: `part/${lane}/`,
    limit: 1000,
  })
  expect(entries.map(({ key }) => key)).toEqual(kept.flatMap((each) => partKeys(lane, each)))
  const values = kept.flatMap((each) => entriesOf(lane, each).slice(1))
  for (const [i, { value }] of values.entries()) {
    if (!sameBytes(entries[i]?.value, value)) throw new Error(`${entries[i]?.key} is damaged`)
  }
}

const sameBytes = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a?.length === b.length && b.every((byte, i) => byte === a[i])
