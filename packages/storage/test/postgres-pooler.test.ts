import { spawn } from "node:child_process"
import { existsSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import pg from "pg"
import { afterAll, describe, expect, it } from "vitest"
import { freePort } from "../../tools/src/servers/ports.js"
import {
  createPostgresServer,
  newFolder,
  owner,
  postgresPrograms,
} from "../../tools/src/servers/postgres-server.js"
import type { Change } from "../src/contract.js"
import { openPostgresStorage, type PostgresOptions } from "../src/postgres.js"
import { flushedOfTwenty } from "./support/flushed-commits.js"

/*
 * A pooler lends a connection for one transaction: what a session has set, or listens to, is gone
 * with the next one.
 */

const programs = postgresPrograms()
const hasBouncer = existsSync("/usr/sbin/pgbouncer")

/** A pooler that lends a connection for one transaction. */
async function createBouncer(target: number) {
  const folder = newFolder()
  const port = await freePort()
  const settings = [
    "[databases]",
    `* = host=127.0.0.1 port=${target}`,
    "[pgbouncer]",
    "listen_addr = 127.0.0.1",
    `listen_port = ${port}`,
    "auth_type = any",
    "pool_mode = transaction",
    "default_pool_size = 3",
  ]
  const file = join(folder, "pgbouncer.ini")
  writeFileSync(
    file,
    settings.map((line) => line.replace("* = ", "postgres = user=keywright ")).join("\n"),
  )
  const child = spawn("/usr/sbin/pgbouncer", [file], { ...owner(), stdio: "ignore" })
  return {
    port,
    remove: () => {
      child.kill("SIGKILL")
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const isThere = programs !== undefined && hasBouncer
const only = isThere ? it : it.skip
const where = isThere ? "" : " (there is no pgbouncer, or no PostgreSQL)"
const server = isThere ? await createPostgresServer(programs) : undefined
const bouncer = isThere ? await createBouncer(server?.port ?? 0) : undefined
afterAll(() => {
  bouncer?.remove()
  server?.remove()
})

const change = (key: string, text: string, revision?: number): Change => ({
  expect: [{ key, revision }],
  put: [{ key, value: new TextEncoder().encode(text) }],
  remove: [],
})

const pooled = `postgres://keywright@127.0.0.1:${bouncer?.port}/postgres`

const open = (options: PostgresOptions, connectionString = pooled) =>
  openPostgresStorage(new pg.Pool({ connectionString, max: 4 }), options)

describe(`PostgreSQL storage behind a pooler${where}`, () => {
  only("works where transactions are pooled", async () => {
    const storage = await open({ schema: "pooled", stalenessMs: 50 })
    try {
      const add = async (): Promise<void> => {
        for (;;) {
          const [entry] = await storage.get(["count"])
          const count = Number(entry === undefined ? 0 : new TextDecoder().decode(entry.value))
          if (await storage.commit(change("count", String(count + 1), entry?.revision))) return
        }
      }
      await Promise.all(Array.from({ length: 12 }, add))
      const [entry] = await storage.get(["count"])
      expect(new TextDecoder().decode(entry?.value)).toBe("12")
    } finally {
      await storage.close()
    }
  })

  only("sees what others change, though no notification comes through", async () => {
    let nowMs = 0
    const near = await open({ schema: "told", stalenessMs: 1000, clock: () => nowMs })
    const far = await open({ schema: "told" }, server?.url)
    try {
      const stamps = new Set<unknown>()
      for (let i = 0; i < 20; i += 1) {
        stamps.add(await near.stamp())
        expect(await far.commit(change(`${i}`, "far"))).toBe(true)
        nowMs += 1001
      }
      expect(stamps.size).toBe(20)
    } finally {
      await near.close()
      await far.close()
    }
  })

  only("flushes commits where the role does not, and needs no start-up options", async () => {
    const admin = new pg.Client({ connectionString: server?.url })
    await admin.connect()
    await admin.query("alter role keywright set synchronous_commit = off")
    const withOptions = `${pooled}?options=-c%20synchronous_commit=on`
    await expect(open({ patienceMs: 300 }, withOptions)).rejects.toThrow(/PostgreSQL/)
    const storage = await open({ schema: "flushed" })
    try {
      expect(await flushedOfTwenty(storage, admin)).toBeGreaterThan(10)
    } finally {
      await admin.end()
      await storage.close()
    }
  })
})
