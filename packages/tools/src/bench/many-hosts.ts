import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import type { Kms } from "@keywright/core"
import { createMemoryStorage } from "@keywright/storage"
import { postgresPrograms } from "../servers/postgres-server.js"
import { median } from "./figures.js"
import { measureReads, type Reads } from "./store-reads.js"
import { at, newKeys, openHost, Plaintext } from "./timed-hosts.js"

/*
 * A program of its own: calls by the clock on a shared store, beside a noisy tenant, and in regions
 * of which one is dead. Prints what it found as JSON.
 */

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
  readonly reads?: Reads
  readonly tenants: Tenants
  readonly regions: Regions
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
  for (let round = 0; round < 15; round += 1) {
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
  ...(programs === undefined ? {} : { reads: await measureReads(programs) }),
  tenants: await measureTenants(),
  regions: await measureRegions(),
}
process.stdout.write(JSON.stringify(found))
process.exit(0)
