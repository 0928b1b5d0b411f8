import { once } from "node:events"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Database from "libsql"
import { afterAll, expect, it } from "vitest"
import { openSqliteStorage } from "../src/sqlite.js"
import { end, start } from "./processes.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-processes-"))
afterAll(() => rmSync(folder, { recursive: true }))

async function countTogether(path: string, processes: number, times: number): Promise<number> {
  const children = Array.from({ length: processes }, () =>
    end(start("count-writer.mjs", path, String(times), String(processes))),
  )
  const ended = await Promise.all(children)
  for (const { code, err } of ended) expect({ code, err }).toEqual({ code: 0, err: "" })
  const storage = openSqliteStorage(new Database(path))
  const [counter] = await storage.get(["counter"])
  const { entries } = await storage.list({ prefix: "counted/", limit: 1000 })
  await storage.close()
  expect(entries.length).toBe(processes * times)
  expect(new TextDecoder().decode(counter?.value)).toBe(String(processes * times))
  return ended.reduce((sum, { out }) => sum + Number(out), 0)
}

it("two processes that count in one file lose no update", async () => {
  const conflicts = await countTogether(join(folder, "two.db"), 2, 250)
  // They did meet: the first read of one was stale.
  expect(conflicts).toBeGreaterThanOrEqual(1)
})

it("processes that open a new file at the same moment all find one store", async () => {
  for (let round = 0; round < 4; round += 1) {
    await countTogether(join(folder, `new-${round}.db`), 4, 5)
  }
})

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

it.each([
  ["waits for others that never come", "count-writer.mjs", ["1", "2"]],
  ["writes without end", "pair-writer.mjs", ["1", "10"]],
  ["writes and tells of it without end", "crash-writer.mjs", []],
])("a process that %s ends when the one that started it is killed", async (_, script, args) => {
  const path = join(folder, `orphan-${script}.db`)
  // A parent in between, which can be killed.
  const parent = start("parent.mjs", script, path, ...args)
  const pid = await new Promise<number>((resolve) => {
    parent.stdout?.once("data", (text) => resolve(Number(text)))
  })
  await expect.poll(() => existsSync(path)).toBe(true)
  expect(isAlive(pid)).toBe(true)
  parent.kill("SIGKILL")
  await once(parent, "exit")
  await expect.poll(() => isAlive(pid)).toBe(false)
})

it.each([
  ["short", 20, 10],
  ["long", 10, 70_000],
] as const)(
  "several %s entries are read as one state while another process commits",
  async (length, count, lengthBytes) => {
    const path = join(folder, `pairs-${length}.db`)
    const writer = start("pair-writer.mjs", path, String(count), String(lengthBytes))
    const ended = end(writer)
    const storage = openSqliteStorage(new Database(path))
    const keys = Array.from({ length: count }, (_, i) => `pair/${i}`)
    const seen = new Set<number | undefined>()
    // As many as it takes to have seen the writer go on, however busy the machine is.
    try {
      while (seen.size < 30 && writer.exitCode === null) {
        const entries = await storage.get(keys)
        const numbers = new Set(entries.map((entry) => entry?.value[0]))
        expect(numbers.size).toBe(1)
        for (const number of numbers) seen.add(number)
        // Another process has its turn, and this one hears of its end.
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      writer.kill("SIGKILL")
      await storage.close()
    }
    expect(await ended).toMatchObject({ signal: "SIGKILL", err: "" })
  },
)
