import type { Storage } from "@keywright/storage"
import { openEtcdStorage } from "@keywright/storage/etcd"
import { openPostgresStorage } from "@keywright/storage/postgres"
import pg from "pg"
import { createEtcdCluster, hasEtcd } from "../../../tools/src/servers/etcd-cluster.js"
import {
  createPostgresServer,
  postgresPrograms,
} from "../../../tools/src/servers/postgres-server.js"

/** A store for hosts of a test, and how it is taken away from them for a while. */
export interface Machines {
  open(): Promise<Storage>
  interrupt(): Promise<void>
  remove(): void
}

async function postgresMachines(programs: string): Promise<Machines> {
  const server = await createPostgresServer(programs)
  return {
    open: () =>
      openPostgresStorage(new pg.Pool({ connectionString: server.url, max: 4 }), {
        patienceMs: 30_000,
      }),
    interrupt: async () => {
      await server.stop("immediate")
      await server.start()
    },
    remove: server.remove,
  }
}

async function etcdMachines(): Promise<Machines> {
  const cluster = await createEtcdCluster(3)
  return {
    open: () => openEtcdStorage({ endpoints: cluster.endpoints, patienceMs: 60_000 }),
    interrupt: async () => {
      await cluster.kill(0)
      await cluster.start(0)
    },
    remove: cluster.remove,
  }
}

const programs = postgresPrograms()

/** The stores over a network, each with how it is made where this machine has it. */
export const networkStores: readonly (readonly [
  name: string,
  make: (() => Promise<Machines>) | undefined,
])[] = [
  ["PostgreSQL", programs === undefined ? undefined : () => postgresMachines(programs)],
  ["etcd", hasEtcd() ? etcdMachines : undefined],
]
