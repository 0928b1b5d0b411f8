import { base64Of } from "./base64.js"
import type { Change, Entry, Storage } from "./contract.js"
import { type Client, createClient } from "./postgres/client.js"
import { type PostgresDatabase, type Row, sessionOf } from "./postgres/database.js"
import { notReplicated } from "./postgres/failures.js"
import { createLanes } from "./postgres/lanes.js"
import { openSchema } from "./postgres/opening.js"
import { type Statement, statementsOf } from "./postgres/sql.js"
import { confirmed, createWaits, type Waits } from "./postgres/standbys.js"
import { checkDurations, createRemoteStorage } from "./remote-storage.js"
import { type SteadyClock, steadyClock, systemTimer, type Timer } from "./system.js"

export type {
  PgClient,
  Pglite,
  PgPool,
  PgQuery,
  PostgresDatabase,
  PostgresSql,
} from "./postgres/database.js"

/**
 * What a commit must outlive:
 * - `local`: the end of the server's machine. A server that does not flush to its disk is refused.
 * - `replicated`: its loss, too. A primary that waits for no standby
 *   (`synchronous_standby_names`) is refused, at opening and at each commit; one that was started,
 *   has crashed or has become the primary is read when a standby has all that it has.
 * - `unchecked`: whatever the server is set to. For tests.
 */
export type PostgresDurability = "local" | "replicated" | "unchecked"

export interface PostgresOptions {
  /** The schema of the tables; it is made where it is not there. Default: `keywright`. */
  readonly schema?: string | undefined
  /** Default: `local`. */
  readonly durability?: PostgresDurability | undefined
  /**
   * How old what this handle knows may be. With 0, the default, every call sees what was committed
   * before it, and costs a round trip; with more, a call for which everything is known already
   * costs none, and a change made by another host is seen so many milliseconds later at most.
   */
  readonly stalenessMs?: number | undefined
  /** How long one statement may take; then its connection is closed. Default: 10 seconds. */
  readonly deadlineMs?: number | undefined
  /** How long a call goes on asking while no primary answers. Default: 5 seconds. */
  readonly patienceMs?: number | undefined
  /** Notices of the driver `postgres`, which tells them where it is made. */
  readonly notices?: PostgresNotices | undefined
  /** What waits. Default: by the clock of the machine. */
  readonly timer?: Timer | undefined
  /** Default: that of the machine. */
  readonly clock?: SteadyClock | undefined
}

/** Hands the notices of the driver `postgres` on to the storage. */
export interface PostgresNotices {
  /** For the driver: `postgres(url, { onnotice: notices.tell })`. */
  readonly tell: (notice: unknown) => void
  /** For the storage. */
  readonly hear: (listener: (notice: unknown) => void) => void
}

/** Makes what joins the driver `postgres` and a storage. */
export function createPostgresNotices(): PostgresNotices {
  const listeners: ((notice: unknown) => void)[] = []
  return Object.freeze({
    tell: (notice: unknown) => {
      for (const listener of listeners) listener(notice)
    },
    hear: (listener: (notice: unknown) => void) => {
      listeners.push(listener)
    },
  })
}

function entryOf({ key, revision, value }: Row): Entry {
  const bytes = value as Uint8Array
  return {
    key: key as string,
    revision: Number(revision),
    value: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length),
  }
}

/** Where nothing was found there is one row without a key. */
const entriesOf = (rows: readonly Row[]): readonly Entry[] =>
  rows.filter(({ key }) => typeof key === "string").map(entryOf)

const stateOf = ([row]: readonly Row[]): string => `${row?.["state"]} ${row?.["started"]}`

/** As the function of the store reads it. */
function textOf({ expect, put, remove }: Change): string {
  return JSON.stringify({
    expect: expect.map(({ key, revision }) => [key, revision ?? null]),
    put: put.map(({ key, value }) => [key, base64Of(value)]),
    remove,
  })
}

/** Writes a commit once, however often its statement runs. */
function createCommitter(
  client: Client,
  statement: Statement,
  { durability, waits }: { durability: PostgresDurability; waits: Waits },
) {
  const lanes = createLanes()
  return async (change: Change): Promise<boolean> => {
    const lane = lanes.enter()
    const before = waits.cancelled()
    const [row] = await client.run(statement, [textOf(change), lane.name, lane.number, durability])
    // Whose wait it was is not known: of those that are under way, none is believed.
    if (waits.cancelled() !== before) throw notReplicated()
    lanes.leave(lane)
    return row?.["revision"] !== "0"
  }
}

const schemaName = /^[a-z_][a-z0-9_]{0,39}$/

function checked(options: PostgresOptions) {
  const { schema = "keywright", durability = "local" } = options
  const { stalenessMs = 0, deadlineMs = 10_000, patienceMs = 5000 } = options
  if (!schemaName.test(schema)) {
    throw new TypeError("options.schema must be a lower-case name of at most 40 characters")
  }
  if (!["local", "replicated", "unchecked"].includes(durability)) {
    throw new TypeError('options.durability must be "local", "replicated" or "unchecked"')
  }
  checkDurations({ stalenessMs, deadlineMs, patienceMs })
  return { schema, durability, stalenessMs, deadlineMs, patienceMs }
}

/**
 * Opens the store in a PostgreSQL database, and makes it there where it is not. From then on the
 * driver's pool belongs to the store alone, and `close` ends it; a database takes any number of
 * hosts.
 *
 * A commit is one statement: nothing is locked while it is decided, and none waits for a host. It
 * is made once, even if its answer is lost and it is sent again. Reads go to the primary. Works
 * through a pooler that pools transactions, and listens to no notifications: `stalenessMs` asks.
 *
 * Throws a `StorageError` with code `"format"` when the schema holds another store, and with code
 * `"failed"` when the server would lose what it has acknowledged (`durability`).
 *
 * @example
 * import { Pool } from "pg"
 * const storage = await openPostgresStorage(new Pool({ connectionString }))
 */
export async function openPostgresStorage(
  database: PostgresDatabase,
  options: PostgresOptions = {},
): Promise<Storage> {
  const { schema, durability, stalenessMs, deadlineMs, patienceMs } = checked(options)
  const { timer = systemTimer, clock = steadyClock, notices } = options
  const statements = statementsOf(schema)
  const waits = createWaits()
  if ("unsafe" in database && notices === undefined) {
    throw new TypeError("options.notices must be given for the driver `postgres`")
  }
  notices?.hear(waits.hear)
  const session = sessionOf(database, waits.hear)
  const server = createClient(session, { deadlineMs, patienceMs, timer, clock })
  await openSchema(server, schema, durability)
  await server.run(statements.forget, [])
  const client = durability === "replicated" ? confirmed(server, waits, statements.awaken) : server
  return createRemoteStorage(
    {
      read: async (keys) => entriesOf(await client.run(statements.get, [keys])),
      readInterval: async (from, to, limit) => {
        const entries = entriesOf(await client.run(statements.list, [from, to, limit + 1]))
        return { entries: entries.slice(0, limit), more: entries.length > limit }
      },
      commit: createCommitter(client, statements.commit, { durability, waits }),
      state: async () => stateOf(await client.run(statements.state, [])),
      end: session.close,
    },
    { stalenessMs, clock },
  )
}
