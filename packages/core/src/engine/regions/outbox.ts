import type { RegionReply, RegionRequest } from "../../formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import {
  type KeyElsewhere,
  type OutboxRecord,
  outboxFormat,
  outboxKey,
  type ReplicaDraftRecord,
  replicaDraftFormat,
  replicaDraftKey,
  tombstoneKey,
} from "../../formats/stored/region-records.js"
import { afterAnswer } from "../../model/handover.js"
import { findReplica, isPrimary, reportOf, sharedOf } from "../../model/replicas.js"
import { limits } from "../../vocabulary/limits.js"
import type { ReadSet } from "../records/read-set.js"
import type { BareHost } from "./bare-host.js"
import type { Courier } from "./courier.js"
import type { KnownRegions } from "./known-regions.js"
import { wrapMaterials } from "./transfers.js"

/** An entry of the outbox and all that it is about, as they were read together. */
interface Letter {
  readonly reads: ReadSet
  readonly entry: OutboxRecord
  readonly key: KeyRecord | undefined
  readonly draft: ReplicaDraftRecord | undefined
}

const answersToOthers = ["offered", "permitted", "refused", "settled"] as const
type ForOthers = Extract<RegionReply, { kind: (typeof answersToOthers)[number] }>

/** Whether an answer is one that ends no delivery. */
const isForOthers = (reply: RegionReply): reply is ForOthers =>
  answersToOthers.some((kind) => kind === reply.kind)

/** How a delivery ended; of one that was put off the entry stays. */
export type Delivered = "delivered" | "put off"

/** What there is to say to a region about a key; `undefined` when there is nothing any more. */
function requestOf({ entry, key, draft }: Letter): RegionRequest | undefined {
  const { account, keyId, region, gone } = entry
  const name = { account, keyId }
  if (gone !== undefined) return { kind: "gone", ...name, replica: gone }
  if (key?.multiRegion === undefined) return undefined
  const { primaryRegion, handingOver } = key.multiRegion
  // A key that was the primary and had something to say still says it: maybe nobody else can.
  const isReplicaThere = findReplica(key, region) !== undefined
  if (isReplicaThere || (handingOver !== undefined && primaryRegion === region)) {
    return { kind: "synchronize", ...name, shared: sharedOf(key), draft: draft && ownOf(draft) }
  }
  const report = !isPrimary(key) && primaryRegion === region ? reportOf(key) : undefined
  return report && { kind: "report", ...name, report }
}

const ownOf = ({ createdMs, description, policy, tags }: ReplicaDraftRecord) => ({
  createdMs,
  description,
  policy,
  tags,
})

export interface Outbox {
  /**
   * Tells a region how a key stands, if it has to be told. Throws `RegionError` when the region
   * does not answer. Safe to run from several hosts at once.
   */
  deliver(address: KeyElsewhere): Promise<Delivered>
}

export function createOutbox(host: BareHost, known: KnownRegions, courier: Courier): Outbox {
  const { place, reader, storage, commit, clock } = host

  const open = async (address: KeyElsewhere): Promise<Letter | undefined> => {
    const reads = await reader.begin()
    const entry = await reads.read(outboxFormat, outboxKey(address))
    if (entry === undefined) return undefined
    const key = await reads.read(keyRecordFormat, keyRecordKey(address.account, address.keyId))
    const draft = await reads.read(replicaDraftFormat, replicaDraftKey(address))
    return { reads, entry, key, draft }
  }

  /** Takes a letter out, unless there is something new to say: also when the key is not as told. */
  const remove = ({ reads, entry, draft }: Letter): Promise<boolean> => {
    const remove = [outboxKey(entry), ...(draft ? [replicaDraftKey(draft)] : [])]
    // Whoever would still ask for that replica knows now that it is gone.
    if (entry.gone !== undefined) remove.push(tombstoneKey(entry))
    return storage.commit({ expect: reads.expectations(), put: [], remove })
  }

  /** Takes a letter out together with a change of its key; false when either has changed. */
  const settle = ({ reads, entry, draft }: Letter, before: KeyRecord, after: KeyRecord) => {
    const remove = [outboxKey(entry), ...(draft ? [replicaDraftKey(draft)] : [])]
    return commit([{ kind: "key", before, after }], reads, { remove })
  }

  /** Says it, and sends the materials that the other side lacks. */
  const converse = async (letter: Letter, request: RegionRequest): Promise<RegionReply> => {
    const { region } = letter.entry
    const reply = await courier.ask(region, request)
    if (reply.kind !== "offered" || request.kind !== "synchronize") return reply
    const transfer = letter.key && (await wrapMaterials(host, known, region, letter.key, reply))
    if (transfer === undefined)
      return { kind: "declined", reason: "nothing goes there for that offer" }
    return courier.ask(region, { ...request, transfer, transferred: reply.missing })
  }

  /** The region is to be told by way of another one, where the primary is now. */
  const redirect = ({ entry, reads }: Letter, region: string): Promise<boolean> => {
    const key = outboxKey(entry)
    const expect = reads.expectations().filter((expected) => expected.key === key)
    const moved = { ...entry, region }
    const put = [{ key: outboxKey(moved), value: outboxFormat.encode(moved) }]
    return storage.commit({ expect, put, remove: [key] })
  }

  /** Writes what follows from an answer; false when something has changed meanwhile. */
  const finish = (letter: Letter, reply: RegionReply): Promise<boolean> | "put off" => {
    const { entry, key } = letter
    if (isForOthers(reply)) return "put off"
    if (reply.kind === "moved") {
      return reply.region === entry.region ? "put off" : redirect(letter, reply.region)
    }
    if (key?.multiRegion === undefined || entry.gone !== undefined) {
      return reply.kind === "declined" ? "put off" : remove(letter)
    }
    const at = { ownRegion: place.region, nowMs: clock() }
    const after = afterAnswer(key, entry.region, reply, at)
    if (after === undefined) return "put off"
    return after === key ? remove(letter) : settle(letter, key, after)
  }

  return {
    deliver: async (address) => {
      for (let attempts = 0; attempts < limits.deliveryAttemptsMax; attempts += 1) {
        const letter = await open(address)
        if (letter === undefined) return "delivered"
        const request = requestOf(letter)
        const finished =
          request === undefined
            ? await remove(letter)
            : await finish(letter, await converse(letter, request))
        if (finished === "put off") return "put off"
        if (finished) return "delivered"
      }
      return "put off"
    },
  }
}
