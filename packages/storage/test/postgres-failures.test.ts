import process from "node:process"
import pg from "pg"
import postgres from "postgres"
import { afterAll, describe, expect, it } from "vitest"
import {
  createPostgresServer,
  type PostgresServer,
  postgresPrograms,
} from "../../tools/src/servers/postgres-server.js"
import { createWire } from "../../tools/src/servers/wire.js"
import type { Change } from "../src/contract.js"
import {
  createPostgresNotices,
  openPostgresStorage,
  type PostgresOptions,
} from "../src/postgres.js"
import { flushedOfTwenty } from "./support/flushed-commits.js"

const programs = postgresPrograms()
const isThere = programs !== undefined
const only = isThere ? it : it.skip
const where = isThere ? "" : " (there is no PostgreSQL)"
const server = isThere ? await createPostgresServer(programs) : undefined
/** It waits for a standby that never comes. */
const lonely = isThere
  ? await createPostgresServer(programs, ["synchronous_standby_names=nobody"])
  : undefined
afterAll(() => {
  server?.remove()
  lonely?.remove()
})

const change = (key: string, text: string, revision?: number): Change => ({
  expect: [{ key, revision }],
  put: [{ key, value: new TextEncoder().encode(text) }],
  remove: [],
})

const urlOf = (url = server?.url ?? "", port?: number): string =>
  port === undefined ? url : url.replace(/:\d+\//, `:${port}/`)

const open = (url: string, options: PostgresOptions = {}) =>
  openPostgresStorage(new pg.Pool({ connectionString: url, max: 4 }), options)

describe(`PostgreSQL storage says nothing that it does not know${where}`, () => {
  only("a wait for a standby that is cancelled is no success", async () => {
    const url = urlOf(lonely?.url)
    // The schema needs no standby: nothing waits for one yet.
    const admin = new pg.Pool({ connectionString: `${url}?options=-c%20synchronous_commit=local` })
    const prepared = await openPostgresStorage(admin, {})
    await prepared.close()
    const storage = await open(url)
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    try {
      const committed = storage.commit(change("key", "text"))
      const cancelled = expect(committed).rejects.toThrow(/the wait for a standby was cancelled/)
      for (let hits = 0; hits === 0; ) {
        const { rows } = await other.query(
          "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'",
        )
        hits = rows.length
      }
      await cancelled
      // It stands here all the same, which is why the answer must not be a refusal either.
      expect((await storage.get(["key"]))[0]?.revision).toBeGreaterThan(0)
    } finally {
      await other.end()
      await storage.close()
    }
  })

  only(
    "a commit that no standby has is no success when its primary was killed and is back",
    async () => {
      const url = urlOf(lonely?.url)
      const storage = await open(url, { deadlineMs: 1000, patienceMs: 6000 })
      const other = new pg.Client({ connectionString: url })
      other.on("error", () => undefined)
      await other.connect()
      try {
        const refused = expect(storage.commit(change("crashed", "text"))).rejects.toMatchObject({
          code: "failed",
          message: /has not answered in time; what was sent may be done/,
        })
        for (let waiting = 0; waiting === 0; ) {
          const { rows } = await other.query(
            "select 1 from pg_stat_activity where wait_event = 'SyncRep'",
          )
          waiting = rows.length
        }
        await lonely?.stop("immediate")
        await lonely?.start()
        await refused
        // The server has it, and shows it: what is acknowledged is more than that.
        expect(await storage.get(["crashed"])).toHaveLength(1)
      } finally {
        await other.end().catch(() => undefined)
        await storage.close()
      }
    },
  )

  const waiting = "select pid from pg_stat_activity where wait_event = 'SyncRep'"

  /** Ways for a primary to recover from its disk; `pid` is of the process that waits. */
  const crashes: Readonly<Record<string, (primary: PostgresServer, pid: number) => Promise<void>>> =
    {
      "was killed": async (primary) => {
        await primary.stop("immediate")
        await primary.start()
      },
      "went on when one of its processes was killed": async (_, pid) => {
        process.kill(pid, "SIGKILL")
      },
    }

  for (const [how, crash] of Object.entries(crashes)) {
    only(`what a primary that ${how} has alone is seen when a standby has it`, async () => {
      const primary = await createPostgresServer(programs ?? "")
      const standby = await createPostgresServer(programs ?? "", [], { primary })
      const durability = "replicated"
      const admin = new pg.Client({ connectionString: primary.url })
      admin.on("error", () => undefined)
      await admin.connect()
      await admin.query("alter system set synchronous_standby_names = '*'")
      await admin.query("select pg_reload_conf()")
      try {
        await (await open(primary.url)).close()
        const storage = await open(primary.url, { durability, patienceMs: 2000 })
        const state = () => storage.list({ prefix: "", limit: 10 })
        expect((await state()).entries).toEqual([])
        await standby.stop("immediate")
        const outcomeOf = (call: Promise<unknown>) => call.then(String, ({ code }) => code)
        const lost = outcomeOf(storage.commit(change("alone", "text")))
        let [row] = (await admin.query(waiting)).rows
        while (row === undefined) [row] = (await admin.query(waiting)).rows
        await crash(primary, row.pid)
        expect(await lost).toBe("failed")
        // Neither as what is read nor as what a commit finds there.
        expect(await outcomeOf(storage.get(["alone"]))).toBe("failed")
        expect(await outcomeOf(state())).toBe("failed")
        expect(await outcomeOf(storage.commit(change("alone", "other")))).toBe("failed")
        await standby.start()
        const found = () => storage.get(["alone"]).catch(() => [])
        await expect.poll(found).toHaveLength(1)
        expect(await storage.commit(change("alone", "other"))).toBe(false)
        await storage.close()
      } finally {
        await admin.end().catch(() => undefined)
        standby.remove()
        primary.remove()
      }
    })
  }

  only("a commit that the driver `postgres` is not waited for with stays unseen", async () => {
    const url = urlOf(lonely?.url)
    const notices = createPostgresNotices()
    const sql = postgres(url, { onnotice: notices.tell })
    const storage = await openPostgresStorage(sql, { notices, deadlineMs: 300, patienceMs: 300 })
    const other = await open(url)
    try {
      await expect(storage.commit(change("given up", "text"))).rejects.toThrow(/in time/)
      await storage.close()
      expect(await other.get(["given up"])).toEqual([undefined])
    } finally {
      await other.close()
    }
  })

  only("a commit that waits for longer than the deadline is given up", async () => {
    const storage = await open(urlOf(lonely?.url), { deadlineMs: 300 })
    try {
      await expect(storage.commit(change("late", "text"))).rejects.toMatchObject({
        name: "StorageError",
        code: "failed",
        message: /has not answered in time; what was sent may be done/,
      })
    } finally {
      await storage.close()
    }
  })

  only("a commit whose answer is lost is made once, and answered", async () => {
    const wire = await createWire(server?.port ?? 0)
    const storage = await open(urlOf(undefined, wire.port), { schema: "lost" })
    try {
      wire.loseNextAnswerTo("keywright_commit_2")
      expect(await storage.commit(change("key", "one"))).toBe(true)
      const [first] = await storage.get(["key"])
      wire.loseNextAnswerTo("keywright_commit_2")
      expect(await storage.commit(change("key", "two", first?.revision))).toBe(true)
      const [second] = await storage.get(["key"])
      expect(second?.revision).toBe((first?.revision ?? 0) + 1)
      wire.loseNextAnswerTo("keywright_commit_2")
      expect(await storage.commit({ expect: [], put: [], remove: ["key"] })).toBe(true)
      wire.loseNextAnswerTo("entry.value")
      expect(await storage.get(["key"])).toEqual([undefined])
    } finally {
      await storage.close()
      await wire.close()
    }
  })

  it("a driver that fails in itself is no wrong call, of which nothing was written", async () => {
    const broken = {
      waitReady: Promise.resolve(),
      query: () => Promise.reject(new TypeError("the driver is broken")),
      close: async () => undefined,
    }
    await expect(openPostgresStorage(broken)).rejects.toMatchObject({
      name: "StorageError",
      code: "failed",
    })
  })

  only("a wire that has gone silent is noticed by the deadline", async () => {
    const wire = await createWire(server?.port ?? 0)
    const url = urlOf(undefined, wire.port)
    const storage = await open(url, { schema: "silent", deadlineMs: 3000 })
    try {
      wire.silence()
      await expect(storage.get(["key"])).rejects.toThrow(/has not answered in time/)
    } finally {
      await wire.close()
      await storage.close()
    }
  })

  only("a server that ends and starts again loses no commit and no caller", async () => {
    const own = await createPostgresServer(programs ?? "")
    const storage = await open(own.url, { patienceMs: 30_000 })
    try {
      const writers = Array.from({ length: 10 }, async (_, writer) => {
        for (let i = 0; i < 20; i += 1) {
          expect(await storage.commit(change(`${writer}/${i}`, "text"))).toBe(true)
        }
      })
      await own.stop("immediate")
      await own.start()
      await Promise.all(writers)
      const { entries } = await storage.list({ prefix: "", limit: 1000 })
      expect(entries).toHaveLength(200)
      expect(new Set(entries.map(({ revision }) => revision)).size).toBe(200)
    } finally {
      await storage.close()
      own.remove()
    }
  })
})

describe(`PostgreSQL storage looks at what it stands on${where}`, () => {
  only("a server that does not flush is refused", async () => {
    const careless = await createPostgresServer(programs ?? "", ["fsync=off"])
    try {
      await expect(open(careless.url)).rejects.toThrow(/runs with `fsync` = `off`/)
      await (await open(careless.url, { durability: "unchecked" })).close()
    } finally {
      careless.remove()
    }
  })

  only("a store that an older version has made gets the functions of today", async () => {
    const schema = "older"
    const first = await open(urlOf(), { schema })
    const admin = new pg.Client({ connectionString: urlOf() })
    await admin.connect()
    const bodies = async () => {
      const asked = "select proname, prosrc from pg_proc where proname like 'keywright_%'"
      const { rows } = await admin.query(`${asked} and pronamespace = 'older'::regnamespace`)
      return new Map(rows.map(({ proname, prosrc }) => [proname, prosrc]))
    }
    try {
      const made = await bodies()
      await admin.query("drop function older.keywright_commit_2, older.keywright_get_2")
      await admin.query(
        "create or replace function older.keywright_commit_1(change text, lane_ text, number_ bigint," +
          " rules text) returns bigint language sql as 'select 1::bigint'",
      )
      const again = await open(urlOf(), { schema })
      expect(await bodies()).toEqual(made)
      expect(await again.commit(change("key", "text"))).toBe(true)
      await again.close()
    } finally {
      await admin.end()
      await first.close()
    }
  })

  only("a primary without a synchronous standby is refused where one is demanded", async () => {
    const refused = open(urlOf(), { schema: "alone", durability: "replicated" })
    await expect(refused).rejects.toThrow(/waits for no standby/)
  })

  only("a primary that no longer waits for anybody commits nothing", async () => {
    const own = await createPostgresServer(programs ?? "")
    const admin = new pg.Client({ connectionString: own.url })
    const waitFor = async (names: string): Promise<void> => {
      const asked = "select current_setting('synchronous_standby_names') as names"
      await admin.query(`alter system set synchronous_standby_names = '${names}'`)
      await admin.query("select pg_reload_conf()")
      // The server takes note of it in its own time.
      while ((await admin.query(asked)).rows[0]?.names !== names) await admin.query("select 1")
    }
    try {
      const local = await open(own.url)
      await admin.connect()
      await waitFor("somebody")
      const storage = await open(own.url, { durability: "replicated" })
      await waitFor("")
      await expect(storage.commit(change("key", "text"))).rejects.toThrow(/waits for no standby/)
      await expect(storage.get(["key"])).rejects.toThrow(/waits for no standby/)
      expect(await local.get(["key"])).toEqual([undefined])
      await storage.close()
      await local.close()
    } finally {
      await admin.end()
      own.remove()
    }
  })

  only("commits are flushed though the role says otherwise", async () => {
    const url = `${urlOf()}?options=-c%20synchronous_commit=off`
    const storage = await open(url, { schema: "flushed" })
    const admin = new pg.Client({ connectionString: urlOf() })
    await admin.connect()
    try {
      expect(await flushedOfTwenty(storage, admin)).toBeGreaterThan(10)
    } finally {
      await admin.end()
      await storage.close()
    }
  })

  only("hosts that start together make one store", async () => {
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => open(urlOf(), { schema: "together" })),
    )
    const commits = opened.map((storage, i) => storage.commit(change(`${i}`, "text")))
    expect(await Promise.all(commits)).toEqual(opened.map(() => true))
    for (const storage of opened) {
      expect((await storage.list({ prefix: "", limit: 10 })).entries).toHaveLength(6)
      await storage.close()
    }
  })

  only("a connection plans once what is asked all the time", async () => {
    const pool = new pg.Pool({ connectionString: urlOf(), max: 1 })
    const storage = await openPostgresStorage(pool, { schema: "planned" })
    try {
      for (const key of ["one", "two"]) {
        await storage.get([key])
        await storage.commit(change(key, "text"))
      }
      const { rows } = await pool.query("select name from pg_prepared_statements order by name")
      expect(rows.map(({ name }) => name)).toEqual([
        expect.stringMatching(/^keywright_commit_/),
        expect.stringMatching(/^keywright_get_/),
      ])
    } finally {
      await storage.close()
    }
  })

  only("a schema of another format is refused and left as it was", async () => {
    await (await open(urlOf(), { schema: "newer" })).close()
    const admin = new pg.Client({ connectionString: urlOf() })
    await admin.connect()
    await admin.query("update newer.keywright_store set format = 2")
    await expect(open(urlOf(), { schema: "newer" })).rejects.toMatchObject({ code: "format" })
    await admin.end()
  })

  only("a standby is never read", async () => {
    const standby = await createPostgresServer(programs ?? "", [], { primary: server })
    try {
      await expect(open(standby.url, { patienceMs: 500 })).rejects.toThrow(/is a standby/)
    } finally {
      standby.remove()
    }
  })
})

describe(`PostgreSQL storage takes what is a little old${where}`, () => {
  only("a change by another host is seen when the staleness asked for is over", async () => {
    let nowMs = 0
    const clock = () => nowMs
    const near = await open(urlOf(), { schema: "stale", stalenessMs: 1000, clock })
    const far = await open(urlOf(), { schema: "stale" })
    try {
      const before = await near.stamp()
      expect(near.stamp()).toBe(before)
      await far.commit(change("key", "far"))
      expect(near.stamp()).toBe(before)
      nowMs += 1001
      expect(await near.stamp()).not.toBe(before)
      const after = near.stamp()
      await near.commit(change("other", "near"))
      expect(await near.stamp()).not.toBe(after)
    } finally {
      await near.close()
      await far.close()
    }
  })
})
