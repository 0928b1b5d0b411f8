import { setTimeout as wait } from "node:timers/promises"
import pg from "pg"
import {
  createPostgresServer,
  type PostgresServer,
  postgresPrograms,
} from "../servers/postgres-server.js"
import { createWire, type Wire } from "../servers/wire.js"
import type { Fault } from "./fault.js"
import type { MakeStore, Store } from "./store.js"

const settings = ["synchronous_standby_names=ANY 1 (*)", "synchronous_commit=on"]

async function ask(server: PostgresServer, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    const { rows } = await client.query({ text: sql, rowMode: "array" })
    return rows.map(([first]) => first)
  } finally {
    await client.end()
  }
}

/** A primary and those that follow it, and how one becomes the other. */
interface Trio {
  primary: PostgresServer
  standbys: PostgresServer[]
}

/** The standby that has received most: everything that was acknowledged is there. */
async function newest(standbys: readonly PostgresServer[]): Promise<PostgresServer> {
  const sql = "select pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::float8"
  const received = await Promise.all(standbys.map(async (one) => Number((await ask(one, sql))[0])))
  return standbys[received.indexOf(Math.max(...received))] as PostgresServer
}

async function follow(standby: PostgresServer, primary: PostgresServer): Promise<void> {
  const conninfo = `host=127.0.0.1 port=${primary.port} user=keywright`
  await ask(standby, `alter system set primary_conninfo = '${conninfo}'`)
  await ask(standby, "select pg_reload_conf()")
}

/** The primary is lost, a standby takes its place, and a new one is made. */
async function failOver(trio: Trio, programs: string, wires: readonly Wire[]): Promise<void> {
  const former = trio.primary
  await former.stop("immediate")
  const next = await newest(trio.standbys)
  await next.promote()
  for (const wire of wires) wire.pointTo(next.port)
  const others = trio.standbys.filter((one) => one !== next)
  await Promise.all(others.map((other) => follow(other, next)))
  former.remove()
  const made = await createPostgresServer(programs, settings, next)
  trio.primary = next
  trio.standbys = [...others, made]
}

const faultsOf = (trio: Trio, programs: string, wires: readonly Wire[]): readonly Fault[] => [
  {
    name: "kill of the primary, which comes back",
    kills: "a member",
    strike: async () => {
      await trio.primary.stop("immediate")
      await trio.primary.start()
    },
  },
  {
    name: "a change of the primary",
    kills: "a member",
    strike: () => failOver(trio, programs, wires),
  },
  {
    name: "a standby that stands still",
    kills: "nothing",
    strike: async () => {
      const [standby] = trio.standbys
      standby?.signal("SIGSTOP")
      await wait(2500)
      standby?.signal("SIGCONT")
    },
  },
]

/** Two standbys. Where one cannot be made, no server is left behind. */
async function standbysOf(primary: PostgresServer, programs: string): Promise<PostgresServer[]> {
  const making = [1, 2].map(() => createPostgresServer(programs, settings, primary))
  try {
    return await Promise.all(making)
  } catch (error) {
    for (const made of await Promise.allSettled(making)) {
      if (made.status === "fulfilled") made.value.remove()
    }
    primary.remove()
    throw error
  }
}

async function make(hostsCount: number, programs: string): Promise<Store> {
  const primary = await createPostgresServer(programs, settings)
  const trio: Trio = { primary, standbys: await standbysOf(primary, programs) }
  const wires = await Promise.all(
    Array.from({ length: hostsCount }, () => createWire(primary.port)),
  )
  return {
    name: "PostgreSQL",
    links: wires.map((wire) => [wire]),
    addresses: wires.map(({ port }) => ({
      store: "PostgreSQL",
      durability: "replicated",
      url: `postgres://keywright@127.0.0.1:${port}/postgres`,
    })),
    faults: faultsOf(trio, programs, wires),
    remove: () => {
      for (const wire of wires) wire.cut()
      for (const server of [trio.primary, ...trio.standbys]) server.remove()
    },
  }
}

/** A primary and two standbys, of which one must confirm each commit. */
export const makePostgresStore: MakeStore = (hostsCount) => {
  const programs = postgresPrograms()
  return programs === undefined ? undefined : make(hostsCount, programs)
}
