/*
 * The drivers of PostgreSQL, as far as they are used here. All of them take a statement with
 * parameters; they differ in how a connection is let go of and how a notice of the server is heard.
 */

import { isOfPreparation, isOfStatement } from "./failures.js"
import type { Statement } from "./sql.js"

/** A row is an object with a member for each column. */
export type Row = Readonly<Record<string, unknown>>

export type Parameter = string | number | readonly string[]

interface Result {
  readonly rows: readonly Row[]
}

/** A `Pool` of the package `pg`. */
export interface PgPool {
  connect(): Promise<PgClient>
  on(event: "error", hear: (error: Error) => void): unknown
  end(): Promise<unknown>
}

/** With a name, a connection plans it once. */
export interface PgQuery {
  readonly name?: string
  readonly text: string
  readonly values: Parameter[]
}

export interface PgClient {
  query(statement: PgQuery): Promise<Result>
  on(event: "notice" | "error", hear: (notice: unknown) => void): unknown
  release(destroy?: boolean): unknown
}

/** What `postgres()` of the package `postgres` returns. It has to hand on its notices. */
export interface PostgresSql {
  unsafe(text: string, parameters: Parameter[]): PromiseLike<readonly Row[]>
  end(options: { readonly timeout: number }): Promise<unknown>
}

/** A `PGlite`, for tests without a server. */
export interface Pglite {
  query(
    text: string,
    parameters: Parameter[],
    options: { readonly onNotice: (notice: unknown) => void },
  ): Promise<Result>
  readonly waitReady: Promise<void>
  close(): Promise<unknown>
}

/** A database of PostgreSQL, through any of its drivers. */
export type PostgresDatabase = PgPool | PostgresSql | Pglite

/** One statement at a time, each on some connection. */
export interface Session {
  /**
   * Runs a statement. What is given up on goes on, if it does, and is never cancelled: a commit
   * whose wait for a standby is cancelled is shown to everybody and is perhaps nowhere else.
   */
  run(
    statement: Statement,
    parameters: Parameter[],
    giveUp: Promise<never>,
  ): Promise<readonly Row[]>
  close(): Promise<void>
}

/** Where notices of the server go while statements run. */
export type Hear = (notice: unknown) => void

const ignore = (): void => undefined

function poolSession(pool: PgPool, hear: Hear): Session {
  // Without a listener, a connection that breaks ends the process.
  pool.on("error", ignore)
  const heard = new WeakSet<PgClient>()
  const listenTo = (client: PgClient): void => {
    if (heard.has(client)) return
    heard.add(client)
    client.on("notice", hear)
    client.on("error", ignore)
  }

  /** A connection that comes too late goes back. */
  const connect = async (giveUp: Promise<never>): Promise<PgClient> => {
    const connecting = pool.connect()
    try {
      return await Promise.race([connecting, giveUp])
    } catch (error) {
      connecting.then((client) => client.release(), ignore)
      throw error
    }
  }

  let prepares = true

  return {
    run: async ({ name, text }, values, giveUp) => {
      const client = await connect(giveUp)
      listenTo(client)
      const query = prepares && name !== undefined ? { name, text, values } : { text, values }
      let isSpent = true
      try {
        const { rows } = await Promise.race([client.query(query), giveUp])
        isSpent = false
        return rows
      } catch (error) {
        isSpent = !isOfStatement(error)
        // Nothing was done, and the next attempt needs nothing of a connection.
        if (isOfPreparation(error)) prepares = false
        throw error
      } finally {
        client.release(isSpent)
      }
    },
    close: async () => {
      await pool.end()
    },
  }
}

/** How long statements that nobody waits for may hold up the end. */
const endSeconds = 1

/** This driver closes no single connection: what is given up on keeps its own until it is done. */
const sqlSession = (sql: PostgresSql): Session => ({
  run: ({ text }, parameters, giveUp) => Promise.race([sql.unsafe(text, parameters), giveUp]),
  close: async () => {
    await sql.end({ timeout: endSeconds })
  },
})

const pgliteSession = (database: Pglite, hear: Hear): Session => ({
  run: async ({ text }, parameters, giveUp) => {
    const running = database.query(text, parameters, { onNotice: hear })
    return (await Promise.race([running, giveUp])).rows
  },
  close: async () => {
    await database.close()
  },
})

/** Works with any of the drivers. Throws `TypeError` for anything else. */
export function sessionOf(database: PostgresDatabase, hear: Hear): Session {
  if ("unsafe" in database) return sqlSession(database)
  if ("connect" in database) return poolSession(database, hear)
  if ("waitReady" in database) return pgliteSession(database, hear)
  throw new TypeError("database must be a Pool of `pg`, the function of `postgres`, or a PGlite")
}
