import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { createMemoryStorage, type Storage } from "@keywright/storage"
import { openPostgresStorage } from "@keywright/storage/postgres"
import pg from "pg"
import { createPostgresServer, postgresPrograms } from "../servers/postgres-server.js"
import { median } from "./figures.js"

/*
 * A program of its own: calls by the clock on a shared store, beside a noisy tenant, and in regions
 * of which one is dead. Prints what it found as JSON.
 */

export interface Cold {
  readonly bareMs: number
  readonly coldMs: number
  readonly memoryMs: number
  readonly hotQueries: number
}

export interface Tenants {
  readonly quota: number
  readonly aloneMs: number
  readonly besideMs: number
}

export interface Regions {
  readonly aliveRate: number
  readonly deadRate: number
  /** The median of what the rounds had by themselves. */
  readonly share: number
  readonly caughtUpMs: number
}

export interface Found {
  /** Absent where there is no PostgreSQL. */
  readonly cold?: Cold
  readonly tenants: Tenants
  readonly regions: Regions
}

const account = "111122223333"
const Plaintext = new Uint8Array(32)
const rounds = 15

type More = Partial<Parameters<typeof createKms>[0]>

const openHost = (storage: Storage, more: More = {}): Promise<Kms> =>
  createKms({
    region: "us-east-1",
    account,
    storage,
    hsm: createSoftwareHsm({
      seal: rootKeySeal(new Uint8Array(32).fill(4)),
      suite: opensslSuite(),
    }),
    ...more,
  })

async function newKeys(kms: Kms, count: number, principal = kms.administrator) {
  const ids: string[] = []
  for (let i = 0; i < count; i += 1) {
    ids.push((await kms.as(principal).createKey({})).KeyMetadata?.KeyId ?? "")
  }
  return ids
}

/** How long each of so many takes, one at a time. */
async function timesMs(act: () => Promise<unknown>, count: number): Promise<readonly number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i += 1) {
    const beganMs = performance.now()
    await act()
    taken.push(performance.now() - beganMs)
  }
  return taken
}

/** One of all values in their order: 0.5 is the one in the middle. */
const at = (share: number, values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN

/** A DescribeKey over keys that the host does not remember. */
async function describing(kms: Kms, keys: number): Promise<() => Promise<unknown>> {
  const [client, ids] = [kms.as(kms.administrator), await newKeys(kms, keys)]
  let turn = 0
  return () => {
    turn += 1
    return client.describeKey({ KeyId: ids[turn % ids.length] ?? "" })
  }
}

async function measureCold(programs: string): Promise<Cold> {
  const server = await createPostgresServer(programs)
  process.once("exit", server.remove)
  const poolOf = () => new pg.Pool({ connectionString: server.url, max: 2 })
  const forgetful = { cachedRecordsBytesMax: 10_000 }
  const host = await openHost(await openPostgresStorage(poolOf()), forgetful)
  const [cold, nearby] = [
    await describing(host, 100),
    await openHost(createMemoryStorage(), forgetful),
  ]
  const memory = await describing(nearby, 100)
  const bare = poolOf()
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
  for (let round = -3; round < rounds; round += 1) {
    for (const [i, act] of acts.entries()) {
      const times = await timesMs(act, 100)
      if (round >= 0) taken[i]?.push(...times)
    }
  }
  await Promise.all([host.close(), nearby.close(), bare.end()])

  const pool = poolOf()
  const remembering = await openHost(await openPostgresStorage(pool, { stalenessMs: 600_000 }))
  const [KeyId = ""] = await newKeys(remembering, 1)
  const use = () => remembering.as(remembering.administrator).encrypt({ KeyId, Plaintext })
  await timesMs(use, 100)
  // Its use is written down now, and not while round trips are counted.
  await remembering.sweep()
  await timesMs(use, 100)
  let hotQueries = 0
  pool.on("acquire", () => {
    hotQueries += 1
  })
  await timesMs(use, 1000)
  await remembering.close()
  server.remove()
  const [bareMs = 0, coldMs = 0, memoryMs = 0] = taken.map((times) => at(0.1, times))
  return { bareMs, coldMs, memoryMs, hotQueries }
}

/** Calls that are due in even steps; how late each had its answer. */
async function pace(
  act: () => Promise<unknown>,
  ratePerS: number,
  forMs: number,
): Promise<readonly number[]> {
  const tookMs: number[] = []
  const beganMs = performance.now()
  const answers: Promise<void>[] = []
  for (let i = 0; (i * 1000) / ratePerS < forMs; i += 1) {
    const dueMs = beganMs + (i * 1000) / ratePerS
    if (dueMs > performance.now()) await wait(dueMs - performance.now())
    const answer = act()
      .catch(() => undefined)
      .then(() => void tookMs.push(performance.now() - dueMs))
    answers.push(answer)
  }
  await Promise.all(answers)
  return tookMs
}

async function measureTenants(): Promise<Tenants> {
  const quota = 50
  const requestQuotas = { "Cryptographic operations (symmetric)": quota }
  const kms = await openHost(createMemoryStorage(), { requestQuotas })
  const useOf = async (tenant: string): Promise<() => Promise<unknown>> => {
    const principal = `arn:aws:iam::${tenant}:root`
    const [KeyId = ""] = await newKeys(kms, 1, principal)
    return () => kms.as(principal).encrypt({ KeyId, Plaintext })
  }
  const [quiet, noisy] = [await useOf("111111111111"), await useOf("222222222222")]
  await pace(quiet, 100, 2000)
  const [alone, beside]: [number[], number[]] = [[], []]
  for (let round = 0; round < 5; round += 1) {
    alone.push(...(await pace(quiet, 100, 3000)))
    const noise = pace(noisy, 10 * quota, 3000)
    beside.push(...(await pace(quiet, 100, 3000)))
    await noise
  }
  await kms.close()
  return { quota, aloneMs: at(0.99, alone), besideMs: at(0.99, beside) }
}

async function measureRegions(): Promise<Regions> {
  const names = ["us-east-1", "eu-west-1", "ap-south-1"]
  const hosts = await Promise.all(
    names.map((region) => openHost(createMemoryStorage(), { region })),
  )
  const [east, west, south] = hosts as [Kms, Kms, Kms]
  let isDead = false
  const never = new Promise<never>(() => undefined)
  const keys = await Promise.all(hosts.map(({ regions }) => regions.replicationKey()))
  for (const host of hosts) {
    for (const [i, { region, regions }] of hosts.entries()) {
      if (region === host.region) continue
      let asked = 0
      const deliver = (message: Uint8Array): Promise<Uint8Array> => {
        if (!isDead || ![host, hosts[i]].includes(south)) return regions.receive(message)
        asked += 1
        return asked % 2 === 0 ? never : Promise.reject(new Error("refused"))
      }
      const replicationKey = keys[i] as Uint8Array
      await host.regions.connect({ region, replicationKey, link: { deliver } })
    }
  }
  const owner = east.as(east.administrator)
  const { KeyMetadata } = await owner.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId ?? ""
  for (const { region } of [west, south]) {
    await owner.replicateKey({ KeyId, ReplicaRegion: region })
  }
  let changes = 0
  const change = (): Promise<unknown> => {
    changes += 1
    return owner.enableKeyRotation({ KeyId, RotationPeriodInDays: 90 + (changes % 100) })
  }
  const sweeping = [east, west].map(async (kms) => {
    while (changes >= 0) {
      await kms.sweep()
      await wait(250)
    }
  })
  /**
   * Calls for each second of processor time in both living regions, with a change for the dead one
   * now and then. All that is done for that is in it.
   */
  const rateFor = async (forMs: number): Promise<number> => {
    const before = process.cpuUsage()
    const endMs = performance.now() + forMs
    let count = 0
    const caller = async (kms: Kms): Promise<void> => {
      for (; performance.now() < endMs; count += 1) {
        await kms.as(kms.administrator).encrypt({ KeyId, Plaintext })
        if (count % 1000 === 0) await change()
      }
    }
    await Promise.all([east, west].map(caller))
    const { user, system } = process.cpuUsage(before)
    return (count * 1e6) / (user + system)
  }
  await rateFor(1000)
  const taken: [number, number][] = []
  for (let round = 0; round < rounds; round += 1) {
    isDead = false
    const alive = await rateFor(1000)
    isDead = true
    taken.push([alive, await rateFor(1000)])
  }
  await change()
  isDead = false
  const returnedMs = performance.now()
  const periodAt = async (kms: Kms): Promise<number | undefined> =>
    (await kms.as(kms.administrator).getKeyRotationStatus({ KeyId })).RotationPeriodInDays
  const wanted = await periodAt(east)
  while ((await periodAt(south)) !== wanted) await wait(20)
  const caughtUpMs = performance.now() - returnedMs
  changes = Number.NEGATIVE_INFINITY
  await Promise.all(sweeping)
  await Promise.all(hosts.map((kms) => kms.close()))
  return {
    aliveRate: median(taken.map(([alive]) => alive)),
    deadRate: median(taken.map(([, dead]) => dead)),
    share: median(taken.map(([alive, dead]) => dead / alive)),
    caughtUpMs,
  }
}

const programs = postgresPrograms()
const found: Found = {
  ...(programs === undefined ? {} : { cold: await measureCold(programs) }),
  tenants: await measureTenants(),
  regions: await measureRegions(),
}
process.stdout.write(JSON.stringify(found))
process.exit(0)
