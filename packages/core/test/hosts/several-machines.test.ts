import type { Storage } from "@keywright/storage"
import { openEtcdStorage } from "@keywright/storage/etcd"
import { openPostgresStorage } from "@keywright/storage/postgres"
import pg from "pg"
import { afterAll, describe, expect, it } from "vitest"
import { createEtcdCluster, hasEtcd } from "../../../storage/test/support/etcd-cluster.js"
import {
  createPostgresServer,
  postgresPrograms,
} from "../../../storage/test/support/postgres-server.js"
import type { KmsClient } from "../../src/client.js"
import type { Kms } from "../../src/kms.js"
import { account, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { newKey } from "../support/world.js"

/*
 * Hosts that share a store over a network: PostgreSQL and etcd, as they are. What a host promises
 * on one machine it promises on several.
 */

/** A store for hosts of a test, and how it is taken away from them for a while. */
interface Place {
  open(): Promise<Storage>
  interrupt(): Promise<void>
  remove(): void
}

async function postgresPlace(programs: string): Promise<Place> {
  const server = await createPostgresServer(programs)
  return {
    open: () =>
      openPostgresStorage(new pg.Pool({ connectionString: server.url, max: 4 }), {
        patienceMs: 30_000,
      }),
    interrupt: async () => {
      server.stop("immediate")
      await server.start()
    },
    remove: server.remove,
  }
}

async function etcdPlace(): Promise<Place> {
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
const places: readonly (readonly [string, (() => Promise<Place>) | undefined])[] = [
  ["PostgreSQL", programs === undefined ? undefined : () => postgresPlace(programs)],
  ["etcd", hasEtcd() ? etcdPlace : undefined],
]

describe.each(places)("three hosts on %s", (name, make) => {
  const only = make === undefined ? it.skip : it
  const why = make === undefined ? ` (there is no ${name})` : ""
  let place: Place | undefined
  const opened: Kms[] = []
  afterAll(async () => {
    for (const kms of opened) await kms.close()
    place?.remove()
  })

  async function openHosts(): Promise<readonly KmsClient[]> {
    place ??= await make?.()
    const { open } = place as Place
    const hosts = [0, 1, 2].map(async () => {
      const kms = await openHost({ storage: await open() })
      opened.push(kms)
      return kms.as(kms.administrator)
    })
    return Promise.all(hosts)
  }

  const of = (roots: readonly KmsClient[], i: number): KmsClient => roots[i % 3] as KmsClient

  only(`honour a change with the next request, wherever it was made${why}`, async () => {
    const roots = await openHosts()
    const KeyId = await newKey(of(roots, 0))
    for (let i = 0; i < 6; i += 1) {
      const { CiphertextBlob = new Uint8Array() } = await of(roots, i).encrypt({
        KeyId,
        Plaintext: Uint8Array.of(i),
      })
      const { Plaintext } = await of(roots, i + 1).decrypt({ CiphertextBlob })
      expect(Plaintext).toEqual(Uint8Array.of(i))
      await of(roots, i + 2).disableKey({ KeyId })
      await expect(of(roots, i).decrypt({ CiphertextBlob })).rejects.toMatchObject({
        name: "DisabledException",
      })
      await of(roots, i + 1).enableKey({ KeyId })
    }
  })

  only(`lose no write to one key, and refuse none${why}`, async () => {
    const roots = await openHosts()
    const KeyId = await newKey(of(roots, 0))
    const grant = { KeyId, GranteePrincipal: userOf(account), Operations: ["Decrypt" as const] }
    await Promise.all(Array.from({ length: 60 }, (_, i) => of(roots, i).createGrant(grant)))
    const { Grants = [] } = await of(roots, 1).listGrants({ KeyId, Limit: 100 })
    expect(Grants).toHaveLength(60)
  })

  only(`make keys together, while the store is gone for a moment${why}`, async () => {
    const roots = await openHosts()
    const before = (await of(roots, 0).listKeys({ Limit: 1000 })).Keys?.length ?? 0
    const making = Array.from({ length: 45 }, (_, i) => of(roots, i).createKey({}))
    await place?.interrupt()
    await Promise.all(making)
    const { Keys = [] } = await of(roots, 2).listKeys({ Limit: 1000 })
    expect(Keys).toHaveLength(before + 45)
    expect((await opened[0]?.verify())?.findings).toEqual([])
  })
})
