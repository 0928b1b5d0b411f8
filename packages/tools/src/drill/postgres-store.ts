import { setTimeout as wait } from "node:timers/promises"
import pg from "pg"
import {
  createPostgresServer,
  type PostgresServer,
  postgresPrograms,
} from "../servers/postgres-server.js"
import { createWire, type Wire } from "../servers/wire.js"
import { loopback, type Zones } from "../servers/zones.js"
import type { Fault } from "./fault.js"
import type { MakeStore, Store } from "./store.js"

const settings = [
  "synchronous_standby_names=ANY 1 (*)",
  "synchronous_commit=on",
  // The disk of each is small.
  "wal_keep_size=160MB",
  "max_wal_size=128MB",
]
const diskMebibytes = 512

async function ask(server: PostgresServer, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: server.url })
  // A server that ends meanwhile tells the question that is under way, too.
  client.on("error", () => undefined)
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
  readonly make: (zone: number, primary?: PostgresServer) => Promise<PostgresServer>
}

/** The zone in which a server is. */
const zoneOf = ({ zones }: Zones, { address }: PostgresServer): number =>
  zones.findIndex((zone) => zone.address === address)

/** The standby that has received most: everything that was acknowledged is there. */
async function newest(standbys: readonly PostgresServer[]): Promise<PostgresServer> {
  const sql = "select pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::float8"
  const received = await Promise.all(standbys.map(async (one) => Number((await ask(one, sql))[0])))
  return standbys[received.indexOf(Math.max(...received))] as PostgresServer
}

async function follow(standby: PostgresServer, primary: PostgresServer): Promise<void> {
  const conninfo = `host=${primary.address} port=${primary.port} user=keywright`
  await ask(standby, `alter system set primary_conninfo = '${conninfo}'`)
  await ask(standby, "select pg_reload_conf()")
}

/** The primary is lost, a standby takes its place, and a new one is made. */
async function failOver(trio: Trio, zones: Zones, wires: readonly Wire[]): Promise<void> {
  const former = trio.primary
  await former.stop("immediate")
  const next = await newest(trio.standbys)
  await next.promote()
  for (const wire of wires) wire.pointTo(next.port, next.address)
  const others = trio.standbys.filter((one) => one !== next)
  await Promise.all(others.map((other) => follow(other, next)))
  former.remove()
  const made = await trio.make(zoneOf(zones, former), next)
  trio.primary = next
  trio.standbys = [...others, made]
}

/** The disk is full until there is room again; a server whose log has none ends by itself. */
async function fillDisk({ primary }: Trio): Promise<void> {
  primary.disk?.fill()
  // The log needs a new file sooner or later: now.
  await ask(primary, "select pg_switch_wal()").catch(() => undefined)
  await wait(1500)
  primary.disk?.free()
  await primary.recover()
}

const faultsOf = (trio: Trio, zones: Zones, wires: readonly Wire[]): readonly Fault[] => [
  ...(trio.primary.disk === undefined
    ? []
    : [{ name: "a full disk", kills: "nothing" as const, strike: () => fillDisk(trio) }]),
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
    strike: () => failOver(trio, zones, wires),
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
async function standbysOf(primary: PostgresServer, make: Trio["make"]): Promise<PostgresServer[]> {
  const making = [1, 2].map((zone) => make(zone, primary))
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

async function make(hostsCount: number, zones: Zones, programs: string): Promise<Store> {
  const makeServer: Trio["make"] = (zone, primary) =>
    createPostgresServer(programs, settings, {
      primary,
      zone: zones.zones[zone] ?? loopback,
      diskMebibytes,
    })
  const primary = await makeServer(0)
  const standbys = await standbysOf(primary, makeServer)
  const trio: Trio = { primary, standbys, make: makeServer }
  const ends = { target: primary.address, near: zones.address }
  const wires = await Promise.all(
    Array.from({ length: hostsCount }, () => createWire(primary.port, ends)),
  )
  return {
    name: "PostgreSQL",
    links: wires.map((wire) => [wire]),
    addresses: wires.map(({ port }) => ({
      store: "PostgreSQL",
      durability: "replicated",
      url: `postgres://keywright@${zones.address}:${port}/postgres`,
    })),
    faults: faultsOf(trio, zones, wires),
    remove: () => {
      for (const wire of wires) wire.cut()
      for (const server of [trio.primary, ...trio.standbys]) server.remove()
    },
  }
}

/** A primary and two standbys, of which one must confirm each commit. */
export const makePostgresStore: MakeStore = (hostsCount, zones) => {
  const programs = postgresPrograms()
  return programs === undefined ? undefined : make(hostsCount, zones, programs)
}
