import { describe, expect, it } from "vitest"
import { createClient } from "../src/postgres/client.js"
import { type Row, sessionOf } from "../src/postgres/database.js"
import {
  isOfPreparation,
  isOfReplication,
  isOfStatement,
  isPassing,
  toStorageError,
} from "../src/postgres/failures.js"
import { createLanes } from "../src/postgres/lanes.js"
import { confirmed, createWaits } from "../src/postgres/standbys.js"
import {
  createPostgresNotices,
  openPostgresStorage,
  type PostgresDatabase,
  type PostgresOptions,
} from "../src/postgres.js"
import { StorageError } from "../src/storage-error.js"
import type { Timer } from "../src/system.js"

/* What is made of the drivers of PostgreSQL and of their answers; there is no server. */

const coded = (code: unknown) => Object.assign(new Error("x"), { code })
const never = new Promise<never>(() => undefined)
const timer: Timer = (timeoutMs) => ({
  over: timeoutMs <= 250 ? Promise.resolve() : never,
  stop: () => undefined,
})
const waiting = { deadlineMs: 10_000, patienceMs: 60_000, timer, clock: () => 0 }

describe("a failure", () => {
  /** Whether it is of the statement, of what was prepared, and worth another attempt. */
  const kinds: readonly (readonly [
    code: unknown,
    statement: boolean,
    preparation: boolean,
    passing: boolean,
  ])[] = [
    ["23505", true, false, false],
    ["42P01", true, false, false],
    ["26000", true, true, true],
    ["42P05", true, true, true],
    ["25006", true, false, true],
    ["40001", true, false, true],
    ["40P01", true, false, true],
    ["53300", true, false, true],
    ["55P03", true, false, true],
    ["08006", false, false, true],
    ["57P01", false, false, true],
    ["ECONNRESET", false, false, true],
    ["EPIPE", false, false, true],
    ["230505", false, false, true],
    ["2350", false, false, true],
    ["23x05", false, false, true],
    [undefined, false, false, true],
  ]

  it("is told by its code", () => {
    const found = kinds.map(([code]) => {
      const error = coded(code)
      return [code, isOfStatement(error), isOfPreparation(error), isPassing(error)]
    })
    expect(found).toEqual(kinds)
    expect([isOfStatement(null), isPassing(undefined)]).toEqual([false, true])
  })

  it("of ours is never worth another attempt", () => {
    expect(isPassing(new StorageError("failed", "x"))).toBe(false)
    expect(isPassing(new TypeError("x"))).toBe(false)
  })

  it.each([
    ["23505", "PostgreSQL failed: 23505"],
    ["25006", "PostgreSQL is a standby: no primary was found"],
    [
      "KW001",
      'the primary waits for no standby (`synchronous_standby_names`): `durability` is "replicated"',
    ],
    ["ECONNRESET", "PostgreSQL cannot be reached"],
  ])("%s is told in words that show no value", (code, message) => {
    const error = coded(code)
    const told = toStorageError(error) as StorageError
    expect(told).toMatchObject({ name: "StorageError", code: "failed", message })
    const isOwn = code === "25006" || code === "KW001"
    expect(told.cause).toBe(isOwn ? undefined : error)
    expect(toStorageError(told)).toBe(told)
  })

  it("of a wait for a standby is told by where in the server it comes from", () => {
    expect([{ file: "syncrep.c" }, { file: "x.c" }, {}, null].map(isOfReplication)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })
})

describe("a connection of the package pg", () => {
  function createPool(answers: readonly (Row[] | Error | undefined)[]) {
    const left = [...answers]
    const said: unknown[] = []
    const hears = new Map<string, (notice: unknown) => void>()
    const client = {
      query: async (query: object) => {
        said.push(query)
        const answer = left.shift()
        if (answer === undefined) return never
        if (answer instanceof Error) throw answer
        return { rows: answer }
      },
      on: (event: string, hear: (notice: unknown) => void) => {
        said.push(`listens to ${event}`)
        hears.set(event, hear)
      },
      release: (isSpent?: boolean) => said.push(isSpent === true ? "ends" : "goes back"),
    }
    const pool = {
      connect: async () => client,
      on: (event: string) => said.push(`pool: ${event}`),
      end: async () => said.push("pool ends"),
    }
    return { pool, said, hears }
  }

  const statement = { name: "one", text: "select 1" }
  const named = { ...statement, values: [1] }
  const bare = { text: "select 1", values: [1] }

  it("is listened to once, and goes back when it has answered", async () => {
    const { pool, said, hears } = createPool([[{ a: 1 }], []])
    const heard: unknown[] = []
    const session = sessionOf(pool as never, (notice) => heard.push(notice))
    expect(await session.run(statement, [1], never)).toEqual([{ a: 1 }])
    await session.run({ text: "select 1" }, [1], never)
    await session.close()
    expect(said).toEqual([
      "pool: error",
      "listens to notice",
      "listens to error",
      named,
      "goes back",
      bare,
      "goes back",
      "pool ends",
    ])
    hears.get("notice")?.("a notice")
    expect(heard).toEqual(["a notice"])
    expect(hears.get("error")?.(new Error("x"))).toBeUndefined()
  })

  it("ends when it may be broken, and goes back when only the statement was", async () => {
    const { pool, said } = createPool([coded("ECONNRESET"), coded("23505"), undefined])
    const session = sessionOf(pool as never, () => undefined)
    await expect(session.run(statement, [1], never)).rejects.toThrow("x")
    await expect(session.run(statement, [1], never)).rejects.toThrow("x")
    const late = Promise.reject(new Error("late"))
    await expect(session.run(statement, [1], late)).rejects.toThrow("late")
    expect(said.filter((one) => one === "ends" || one === "goes back")).toEqual([
      "ends",
      "goes back",
      "ends",
    ])
  })

  it("prepares nothing more once a pooler has lost what was prepared", async () => {
    const { pool, said } = createPool([coded("26000"), []])
    const session = sessionOf(pool as never, () => undefined)
    await expect(session.run(statement, [1], never)).rejects.toThrow("x")
    await session.run(statement, [1], never)
    expect(said.filter((one) => typeof one === "object")).toEqual([named, bare])
  })

  it("that comes too late goes back", async () => {
    const { pool, said } = createPool([])
    let arrive: (client: unknown) => void = () => undefined
    const client = await pool.connect()
    const slow = { ...pool, connect: () => new Promise((resolve) => (arrive = resolve)) }
    const session = sessionOf(slow as never, () => undefined)
    await expect(session.run(statement, [], Promise.reject(new Error("late")))).rejects.toThrow(
      "late",
    )
    arrive(client)
    await new Promise((resolve) => setImmediate(resolve))
    expect(said).toEqual(["pool: error", "goes back"])
  })
})

describe("the other drivers", () => {
  it("are asked in their own way", async () => {
    const said: unknown[] = []
    const postgres = Object.assign(() => undefined, {
      unsafe: async (...asked: unknown[]) => {
        said.push(asked)
        return asked[0] === "hangs" ? never : [{ a: 1 }]
      },
      end: async (options: object) => said.push(Object.entries(options)),
    })
    const one = sessionOf(postgres as never, () => undefined)
    expect(await one.run({ name: "x", text: "select 1" }, [1], never)).toEqual([{ a: 1 }])
    await expect(one.run({ text: "hangs" }, [], Promise.reject(new Error("late")))).rejects.toThrow(
      "late",
    )
    await one.close()
    expect(said).toEqual([["select 1", [1]], ["hangs", []], [["timeout", 1]]])

    const heard: unknown[] = []
    const pglite = {
      waitReady: Promise.resolve(),
      query: async (
        text: string,
        values: unknown,
        { onNotice }: { onNotice: (n: unknown) => void },
      ) => {
        onNotice(text)
        return { rows: [{ values }] }
      },
      close: async () => heard.push("closed"),
    }
    const other = sessionOf(pglite as never, (notice) => heard.push(notice))
    expect(await other.run({ text: "select 1" }, [1], never)).toEqual([{ values: [1] }])
    await other.close()
    expect(heard).toEqual(["select 1", "closed"])
    expect(() => sessionOf({} as never, () => undefined)).toThrow(TypeError)
  })
})

/** A session that answers one thing after another; the last one stays. */
function scripted(...answers: readonly (Row[] | Error)[]) {
  const asked: unknown[] = []
  let at = 0
  const run = async (statement: { readonly text: string }) => {
    const answer = answers[Math.min(at, answers.length - 1)]
    at += 1
    asked.push(statement.text)
    if (answer instanceof Error) throw answer
    return answer ?? []
  }
  return { session: { run, close: async () => undefined }, asked }
}

describe("a statement", () => {
  it("is tried again while no primary answers", async () => {
    const { session, asked } = scripted(
      coded("ECONNRESET"),
      [{ started: null }],
      [{ started: "a" }],
    )
    const client = createClient(session, waiting)
    expect(await client.run({ text: "x" }, [])).toEqual([{ started: "a" }])
    expect(asked).toHaveLength(3)
    const refused = createClient(scripted(coded("23505")).session, waiting)
    await expect(refused.run({ text: "x" }, [])).rejects.toMatchObject({ code: "failed" })
  })

  it("is believed when a standby has caught up with the primary that answers", async () => {
    const answers: Row[][] = [
      [{ started: "a", value: 1 }],
      [{ started: "a" }],
      [{ started: "a", value: 2 }],
      [{ started: "b", value: 3 }],
      [{ started: "c" }],
      [{ started: "c", value: 4 }],
    ]
    const { session, asked } = scripted(...answers)
    const client = confirmed(session as never, createWaits(), { text: "awaken" })
    expect(await client.run({ text: "x" }, [])).toEqual(answers[0])
    expect(await client.run({ text: "x" }, [])).toEqual(answers[2])
    expect(await client.run({ text: "x" }, [])).toEqual(answers[5])
    expect(asked).toEqual(["x", "awaken", "x", "x", "awaken", "x"])
  })

  it("is not believed where no standby is waited for, or the wait was cancelled", async () => {
    const lonely = scripted([{ started: "a" }], [{ standbys: "" }])
    const client = confirmed(lonely.session as never, createWaits(), { text: "awaken" })
    await expect(client.run({ text: "x" }, [])).rejects.toThrow("waits for no standby")
    const waits = createWaits()
    const run = async ({ text }: { text: string }) => {
      if (text === "awaken") waits.hear({ file: "syncrep.c" })
      return [{ started: "a" }]
    }
    const cancelled = confirmed({ run } as never, waits, { text: "awaken" })
    await expect(cancelled.run({ text: "x" }, [])).rejects.toThrow("was cancelled")
    waits.hear({ file: "other.c" })
    expect(waits.cancelled()).toBe(1)
  })

  it("of several is confirmed once", async () => {
    let awakened = 0
    const run = async ({ text }: { text: string }) => {
      if (text === "awaken") awakened += 1
      return [{ started: "a" }]
    }
    const client = confirmed({ run } as never, createWaits(), { text: "awaken" })
    await Promise.all(["x", "y", "z"].map((text) => client.run({ text }, [])))
    expect(awakened).toBe(1)
  })
})

describe("the lanes of commits", () => {
  it("are as many as commits under way, and are used again", () => {
    const lanes = createLanes()
    const [one, two] = [lanes.enter(), lanes.enter()]
    expect([one.number, two.number]).toEqual([1, 1])
    expect(one.name).toMatch(/ 1$/)
    expect(two.name).toBe(one.name.replace(/1$/, "2"))
    lanes.leave(one)
    expect(lanes.enter()).toBe(one)
    expect(one.number).toBe(2)
    expect(lanes.enter().name).toMatch(/ 3$/)
    expect(createLanes().enter().name).not.toBe(one.name)
  })
})

/** A database in which a store of that format stands; it answers what is asked at opening. */
function serverWith(server: Row, store: readonly (Row | Error)[] = [{ format: 1, current: true }]) {
  const stores = [...store]
  const asked: string[] = []
  const query = async (text: string) => {
    asked.push(text)
    if (text.includes("full_page_writes")) return { rows: [server] }
    if (/as current/.test(text) || /select format/.test(text)) {
      const [found] = stores.length > 1 ? stores.splice(0, 1) : stores
      if (found instanceof Error) throw found
      return { rows: [found] }
    }
    return { rows: [] }
  }
  const database = { waitReady: Promise.resolve(), query, close: async () => undefined }
  return { database: database as unknown as PostgresDatabase, asked }
}

const sound = { version: 130_000, fsync: "on", full_page_writes: "on", standbys: "one" }

describe("a server", () => {
  const open = (server: Row, options: PostgresOptions = {}, store?: readonly (Row | Error)[]) =>
    openPostgresStorage(serverWith(server, store).database, { ...options, timer, clock: () => 0 })

  it.each([
    ["of version 13", sound, {}],
    ["that waits for a standby", sound, { durability: "replicated" }],
    ["that waits for none", { ...sound, standbys: "" }, { durability: "local" }],
    ["that is not durable, in tests", { ...sound, fsync: "off" }, { durability: "unchecked" }],
  ] as const)("%s is taken", async (_sentence, server, options) => {
    await (await open(server, options)).close()
  })

  it.each([
    [
      "of an older version",
      { ...sound, version: 129_999 },
      {},
      "PostgreSQL must be of version 13 or newer",
    ],
    [
      "of an older version, in tests",
      { ...sound, version: 129_999 },
      { durability: "unchecked" },
      "version 13",
    ],
    ["that does not flush", { ...sound, fsync: "off" }, {}, "PostgreSQL runs with `fsync` = `off`"],
    [
      "that may tear pages",
      { ...sound, full_page_writes: "off" },
      {},
      "PostgreSQL runs with `full_page_writes` = `off`",
    ],
    [
      "that waits for no standby",
      { ...sound, standbys: "" },
      { durability: "replicated" },
      "waits for no standby",
    ],
  ] as const)("%s is refused", async (_sentence, server, options, message) => {
    await expect(open(server, options)).rejects.toThrow(message)
  })

  it("with a store of another format is refused", async () => {
    const opening = open(sound, {}, [{ format: 2, current: true }])
    await expect(opening).rejects.toMatchObject({
      code: "format",
      message: "the store has format 2, this version reads 1",
    })
  })

  it("gets a store where there is none, and what an older host did not make", async () => {
    const none = coded("42P01")
    for (const [store, isMade] of [
      [[none, { format: 1, current: true }], true],
      [
        [
          { format: 1, current: false },
          { format: 1, current: true },
        ],
        true,
      ],
      [[{ format: 1, current: true }], false],
    ] as const) {
      const { database, asked } = serverWith(sound, store)
      await openPostgresStorage(database, { timer, clock: () => 0 })
      expect(asked.some((text) => text.startsWith("do $schema$"))).toBe(isMade)
    }
    await expect(open(sound, {}, [coded("42501")])).rejects.toThrow("PostgreSQL failed: 42501")
  })

  it.each([
    [{ schema: "Mine" }, "options.schema must be a lower-case name of at most 40 characters"],
    [{ schema: "a".repeat(41) }, "options.schema must be"],
    [{ schema: "1a" }, "options.schema must be"],
    [{ schema: "a-b" }, "options.schema must be"],
    [{ schema: "" }, "options.schema must be"],
    [{ durability: "none" }, 'options.durability must be "local", "replicated" or "unchecked"'],
    [{ stalenessMs: -1 }, "options.stalenessMs must be"],
    [{ deadlineMs: -1 }, "options.deadlineMs must be"],
    [{ patienceMs: -1 }, "options.patienceMs must be"],
  ])("is not asked with options like %j", async (options, message) => {
    await expect(open(sound, options as PostgresOptions)).rejects.toThrow(message)
  })

  it("stands in a schema of up to 40 characters", async () => {
    await open(sound, { schema: `_${"a9".repeat(19)}z` })
    const sql = { unsafe: async () => [], end: async () => undefined }
    await expect(openPostgresStorage(sql as never)).rejects.toThrow("options.notices must be given")
  })

  it("is heard through the notices of the driver postgres", () => {
    const notices = createPostgresNotices()
    const heard: unknown[] = []
    notices.hear((notice) => heard.push(["one", notice]))
    notices.hear((notice) => heard.push(["two", notice]))
    notices.tell("x")
    expect(heard).toEqual([
      ["one", "x"],
      ["two", "x"],
    ])
  })
})
