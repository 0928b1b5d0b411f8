import { plainCaller, type RegionReply } from "../../formats/regions/region-bodies.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import { RecordError } from "../../formats/stored/record-format.js"
import {
  type KeyElsewhere,
  outboxFormat,
  outboxKey,
  outboxPrefix,
} from "../../formats/stored/region-records.js"
import type { KnownCaller } from "../../model/caller.js"
import { RegionError, type RegionLink } from "../../ports/region-link.js"
import type { Region } from "../../vocabulary/arns.js"
import { errorTable, type KmsErrorName } from "../../vocabulary/errors.js"
import { quoted } from "../../vocabulary/refusals/refusal.js"
import { internalFailure } from "../../vocabulary/refusals/requests.js"
import { createAnswers } from "./answers.js"
import type { BareHost } from "./bare-host.js"
import { createCourier } from "./courier.js"
import { createKnownRegions } from "./known-regions.js"
import { createNotes } from "./notes.js"
import { createOutbox } from "./outbox.js"
import { createSettler, type SettleHere } from "./settler.js"
import { createSynchronizer } from "./synchronize.js"

type KeyName = Pick<KeyRecord, "account" | "keyId">

/** A call that needs a related key in another region, too. */
export interface Consultation {
  readonly operation: string
  readonly key: KeyName
  readonly input: Readonly<Record<string, unknown>>
  readonly caller: KnownCaller
}

/** What a round of deliveries has done. */
export interface DeliveryReport {
  /** Regions that were told how a key stands, counted by region and key. */
  readonly messagesDelivered: number
  /** Regions that have to be told something and did not answer. */
  readonly regionsUnreachable: readonly Region[]
  readonly unreadable: readonly string[]
}

/** This host among the regions of its partition. */
export interface Regions {
  /** The public replication key of this region's domain. */
  replicationKey(): Promise<Uint8Array>
  connect(region: Region, replicationKey: Uint8Array, link: RegionLink): Promise<void>
  /** Trusts a region no more. */
  disconnect(region: Region): Promise<void>
  /** Answers a message of another region; throws {@link RegionError} when it is not genuine. */
  receive(message: Uint8Array): Promise<Uint8Array>
  knows(region: Region): Promise<boolean>
  /** False from when a region did not answer until it is heard of again. */
  isUp(region: Region): boolean
  /** Throws the refusal of the other region, or a retryable failure when it does not answer. */
  consult(region: Region, consultation: Consultation): Promise<void>
  /**
   * Has another region do what is due of a related key, and takes in what it says. Resolves to the
   * moment before which nothing more is due there, where it says one. Throws {@link RegionError}
   * when there is no answer.
   */
  settle(region: Region, key: KeyName): Promise<number | undefined>
  /**
   * Tells other regions of a key at once, as far as they are up. Does not fail: what could not be
   * said stays in the outbox.
   */
  announce(key: KeyName): Promise<void>
  /** Empties the outbox, as far as other regions answer. */
  deliverAll(): Promise<DeliveryReport>
  /** Resolves when nothing runs in the background any more. */
  idle(): Promise<void>
}

const pageEntries = 200

/** What the answer to a consultation means; throws unless it permits. */
function requirePermitted(reply: RegionReply): void {
  if (reply.kind === "permitted") return
  const isRefusal = reply.kind === "refused" && Object.hasOwn(errorTable, reply.name)
  throw isRefusal ? quoted(reply.name as KmsErrorName, reply.message) : internalFailure()
}

/** The members of an input that are text, numbers or truth values: what other regions see. */
const scalarsOf = (input: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(input).filter((entry): entry is [string, string | number | boolean] =>
      ["string", "number", "boolean"].includes(typeof entry[1]),
    ),
  )

export function createRegions(host: BareHost, timeoutMs: number, settleHere: SettleHere): Regions {
  const { storage } = host
  const known = createKnownRegions(host)
  const courier = createCourier(host, known, timeoutMs)
  const outbox = createOutbox(host, known, courier)
  const running = new Set<Promise<void>>()

  /** Says what there is to say of a key, to all regions that are up. */
  const announce = async ({ account, keyId }: KeyName): Promise<void> => {
    const regions = courier.linkedRegions().filter(courier.isUp)
    if (regions.length === 0) return
    const addresses = regions.map((region) => ({ region, account, keyId }))
    try {
      const entries = await storage.get(addresses.map(outboxKey))
      const waiting = addresses.filter((_, i) => entries[i] !== undefined)
      await Promise.allSettled(waiting.map((address) => outbox.deliver(address)))
    } catch {
      // The change is written, and so is that it has to be told: a sweep tells it.
    }
  }

  /** What follows from a message is said after it was answered, so that nobody waits in a ring. */
  const follow = (key: KeyRecord): void => {
    const task: Promise<void> = announce(key).finally(() => running.delete(task))
    running.add(task)
  }

  const synchronizer = createSynchronizer(host, known, courier, follow)
  const takeNote = createNotes(host, follow)
  const settler = createSettler(host, courier, takeNote, settleHere)
  const answer = createAnswers(host, { synchronizer, settler, takeNote })

  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.all(running)
  }

  return {
    replicationKey: async () => {
      const replicationKey = await known.ownKey()
      return host.domain.use((hsm) => hsm.replicationPublicKey(replicationKey))
    },
    connect: async (region, replicationKey, link) => {
      await known.endorse(region, replicationKey)
      courier.connect(region, link)
    },
    disconnect: async (region) => {
      courier.disconnect(region)
      await known.withdraw(region)
    },
    receive: (message) => courier.receive(message, answer),
    knows: async (region) => (await known.find(region)) !== undefined,
    isUp: courier.isUp,

    consult: async (region, { operation, key, input, caller }) => {
      const { account, keyId } = key
      const reply = await courier.ask(region, {
        kind: "consult",
        account,
        keyId,
        operation,
        input: scalarsOf(input),
        requester: plainCaller(caller),
      })
      requirePermitted(reply)
    },

    settle: settler.ask,
    announce,
    deliverAll: async () => {
      await idle()
      const waiting = await readOutbox(host)
      const report = { messagesDelivered: 0, unreadable: [...waiting.unreadable] }
      const unreachable = new Set<Region>()
      const deliverTo = async (addresses: readonly KeyElsewhere[]): Promise<void> => {
        for (const address of addresses) {
          await host.rest()
          try {
            if ((await outbox.deliver(address)) === "delivered") report.messagesDelivered += 1
          } catch (error) {
            if (error instanceof RecordError) report.unreadable.push(error.message)
            else if (error instanceof RegionError) return void unreachable.add(address.region)
            else throw error
          }
        }
      }
      await Promise.all([...waiting.byRegion.values()].map(deliverTo))
      await idle()
      return { ...report, regionsUnreachable: [...unreachable].sort() }
    },
    idle,
  }
}

/** Everything in the outbox, by the region that is to be told. */
async function readOutbox({ storage, rest }: BareHost) {
  const byRegion = new Map<Region, KeyElsewhere[]>()
  const unreadable: string[] = []
  let after: string | undefined
  for (;;) {
    await rest()
    const page = await storage.list({ prefix: outboxPrefix, after, limit: pageEntries })
    for (const { key, value } of page.entries) {
      try {
        const { region, account, keyId } = outboxFormat.decode(value, key)
        const addresses = byRegion.get(region) ?? []
        addresses.push({ region, account, keyId })
        byRegion.set(region, addresses)
      } catch (error) {
        if (!(error instanceof RecordError)) throw error
        unreadable.push(error.message)
      }
    }
    after = page.entries.at(-1)?.key
    if (!page.more) return { byRegion, unreadable }
  }
}
