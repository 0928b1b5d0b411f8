import process from "node:process"
import type { Kms } from "@keywright/core"
import { createMemoryStorage } from "@keywright/storage"
import { openPostgresStorage } from "@keywright/storage/postgres"
import pg from "pg"
import { createPostgresServer } from "../servers/postgres-server.js"
import { createWire } from "../servers/wire.js"
import { at, newKeys, openHost, Plaintext, timesMs } from "./timed-hosts.js"

/*
 * What a call costs that has to read its key from the store.
 */

/** A bare read, a call that reads, and the same call on the memory storage. */
export interface Cold {
  readonly bareMs: number
  readonly coldMs: number
  readonly memoryMs: number
}

export interface Reads {
  readonly near: Cold
  /** Each answer comes a millisecond later, as from another zone. */
  readonly far: Cold
  readonly hotQueries: number
}

/** A DescribeKey over keys that the host does not remember. */
async function describing(kms: Kms, keys: number): Promise<() => Promise<unknown>> {
  const [client, ids] = [kms.as(kms.administrator), await newKeys(kms, keys)]
  let turn = 0
  return () => {
    turn += 1
    return client.describeKey({ KeyId: ids[turn % ids.length] ?? "" })
  }
}

/** At a store with this address. */
async function measureCold(connectionString: string, turns: number): Promise<Cold> {
  const poolOf = () => new pg.Pool({ connectionString, max: 2 })
  const forgetful = { cachedRecordsBytesMax: 10_000 }
  const host = await openHost(await openPostgresStorage(poolOf()), forgetful)
  const nearby = await openHost(createMemoryStorage(), forgetful)
  const [cold, memory] = [await describing(host, 100), await describing(nearby, 100)]
  // The storage gives up on a server that is silent, so this does, too.
  const bare = new pg.Pool({ connectionString, max: 2, query_timeout: 10_000 })
  const { rows } = await bare.query(
    "select key from keywright.keywright_entry where key like 'key/%'",
  )
  const sql = "select key, revision::text, value from keywright.keywright_entry where key = any($1)"
  let read = 0
  const once = () => {
    read += 1
    return bare.query(sql, [[rows[read % rows.length]?.key]])
  }
  const acts = [once, cold, memory]
  const taken: number[][] = acts.map(() => [])
  // One call after the other: each meets the processor's caches as the others have left them.
  for (let turn = -300; turn < turns; turn += 1) {
    for (const [i, act] of acts.entries()) {
      const [tookMs = 0] = await timesMs(act, 1)
      if (turn >= 0) taken[i]?.push(tookMs)
    }
  }
  await Promise.all([host.close(), nearby.close(), bare.end()])
  const [bareMs = 0, coldMs = 0, memoryMs = 0] = taken.map((times) => at(0.1, times))
  return { bareMs, coldMs, memoryMs }
}

/** The round trips of 1,000 calls about a key that is remembered. */
async function countHotQueries(connectionString: string): Promise<number> {
  const pool = new pg.Pool({ connectionString, max: 2 })
  const remembering = await openHost(await openPostgresStorage(pool, { stalenessMs: 600_000 }))
  const [KeyId = ""] = await newKeys(remembering, 1)
  const use = () => remembering.as(remembering.administrator).encrypt({ KeyId, Plaintext })
  await timesMs(use, 100)
  // Its use is written down now, and not while round trips are counted.
  await remembering.sweep()
  await timesMs(use, 100)
  let queries = 0
  pool.on("acquire", () => {
    queries += 1
  })
  await timesMs(use, 1000)
  await remembering.close()
  return queries
}

/** With a server of its own. */
export async function measureReads(programs: string): Promise<Reads> {
  const server = await createPostgresServer(programs)
  process.once("exit", server.remove)
  const wire = await createWire(server.port)
  wire.slow(1)
  const far = server.url.replace(`:${server.port}/`, `:${wire.port}/`)
  const reads = {
    near: await measureCold(server.url, 1500),
    far: await measureCold(far, 500),
    hotQueries: await countHotQueries(server.url),
  }
  await wire.close()
  server.remove()
  return reads
}
