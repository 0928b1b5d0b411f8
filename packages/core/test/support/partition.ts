import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import type { RegionLink } from "../../src/ports/region-link.js"
import { createClock, type TestClock } from "./clock.js"
import { openRegion, type RegionName, type TestRegion } from "./regions.js"

/** What happens to the messages between two regions. */
export type Weather = (message: Uint8Array, pass: RegionLink["deliver"]) => Promise<Uint8Array>

export interface TestPartition {
  readonly regions: readonly TestRegion[]
  region(name: RegionName): TestRegion
  readonly clock: TestClock
  /** Every message that was sent, with the answer that came. */
  readonly sent: { from: string; to: string; message: Uint8Array; answer?: Uint8Array }[]
  /** From now on, all that goes to a region goes through this. */
  setWeather(to: RegionName, weather: Weather | undefined): void
  /** The region cannot be reached, and reaches nobody. */
  cut(name: RegionName): void
  mend(name: RegionName): void
  /** Sweeps everywhere until nobody has anything to say. */
  settle(): Promise<void>
  close(): Promise<void>
}

const sweepAtOnce = (regions: readonly TestRegion[]) =>
  Promise.all(regions.map(({ kms }) => kms.sweep()))

async function sweepInTurn(regions: readonly TestRegion[]) {
  const reports: Awaited<ReturnType<Kms["sweep"]>>[] = []
  for (const { kms } of regions) reports.push(await kms.sweep())
  return reports
}

const down: Weather = () => Promise.reject(new Error("the cable is cut"))

export async function openPartition(
  names: readonly RegionName[] = ["us-east-1", "eu-west-1"],
  optionsOf: (name: RegionName) => Partial<KmsOptions> = () => ({}),
): Promise<TestPartition> {
  const clock = createClock()
  const regions = await Promise.all(
    names.map((name) => openRegion(name, { clock, ...optionsOf(name) })),
  )
  const sent: TestPartition["sent"] = []
  const weather = new Map<string, Weather>()
  const cutOff = new Set<string>()

  const linkTo = (from: TestRegion, to: TestRegion): RegionLink => ({
    deliver: async (message) => {
      const record: TestPartition["sent"][number] = { from: from.name, to: to.name, message }
      sent.push(record)
      const pass = to.kms.regions.receive
      const isCut = cutOff.has(from.name) || cutOff.has(to.name)
      const through = isCut ? down : (weather.get(to.name) ?? ((bytes) => pass(bytes)))
      const answer = await through(message, pass)
      record.answer = answer
      return answer
    },
  })

  for (const from of regions) {
    for (const to of regions) {
      if (from === to) continue
      const replicationKey = await to.kms.regions.replicationKey()
      const link = linkTo(from, to)
      await from.kms.regions.connect({ region: to.name, replicationKey, link })
    }
  }

  const region = (name: RegionName): TestRegion => {
    const found = regions.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no region ${name}`)
    return found
  }

  return {
    regions,
    region,
    clock,
    sent,
    setWeather: (to, how) => {
      if (how === undefined) weather.delete(to)
      else weather.set(to, how)
    },
    cut: (name) => void cutOff.add(name),
    mend: (name) => void cutOff.delete(name),
    settle: async () => {
      let quietRounds = 0
      for (let round = 0; round < 12; round += 1) {
        const reports = await (round % 2 === 0 ? sweepAtOnce(regions) : sweepInTurn(regions))
        const isQuiet = reports.every(({ messagesDelivered }) => messagesDelivered === 0)
        quietRounds = isQuiet ? quietRounds + 1 : 0
        // Regions that speak to a third one in lockstep can keep putting each other off.
        if (quietRounds === 2) return
      }
      throw new Error("the regions do not come to rest")
    },
    close: async () => {
      await Promise.all(regions.map(({ kms }) => kms.close()))
    },
  }
}

/** A multi-Region key in the first region, with replicas in all others. */
export async function replicatedKey(
  partition: TestPartition,
  input: Parameters<KmsClient["createKey"]>[0] = {},
): Promise<string> {
  const [first, ...others] = partition.regions as [TestRegion, ...TestRegion[]]
  const { KeyMetadata } = await first.root.createKey({ MultiRegion: true, ...input })
  const KeyId = KeyMetadata?.KeyId ?? ""
  for (const { name } of others) await first.root.replicateKey({ KeyId, ReplicaRegion: name })
  return KeyId
}
