import type { RegionReply } from "../../formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import { outboxFormat, outboxKey } from "../../formats/stored/region-records.js"
import { earliestDeletionMs } from "../../model/elsewhere.js"
import { isDeleted } from "../../model/keys.js"
import { goneReplica, isPrimary, isRelatedTo, withoutReplica } from "../../model/replicas.js"
import type { Region } from "../../vocabulary/arns.js"
import type { ReadSet } from "../records/read-set.js"
import type { BareHost } from "./bare-host.js"
import type { Courier } from "./courier.js"
import type { TakeNote } from "./notes.js"

const noRelation = "the sender has no related key"

type KeyName = Pick<KeyRecord, "account" | "keyId">

/** Does what is due of a primary key, by rules that stand in a room above. */
export type SettleHere = (key: KeyName) => Promise<void>

/** How regions hear of each other what time has done, without waiting for a sweep. */
export interface Settler {
  /** Answers how a key stands once what was due here is done. */
  answer(from: Region, key: KeyName): Promise<RegionReply>
  /**
   * Asks another region, and takes in its answer. Resolves to the moment before which nothing is
   * due there, where it says one. Throws `RegionError` when the region does not answer.
   */
  ask(region: Region, key: KeyName): Promise<number | undefined>
}

/** There is no such key; the primary learns how it went, if it was not told yet. */
export async function goneReply(reads: ReadSet, replica: KeyName, primaryRegion: Region) {
  const { account, keyId } = replica
  const untold = outboxKey({ region: primaryRegion, account, keyId })
  const letter = await reads.read(outboxFormat, untold)
  return { kind: "gone", replica: letter?.gone } as const
}

export function createSettler(
  { reader, clock }: BareHost,
  courier: Courier,
  takeNote: TakeNote,
  settleHere: SettleHere,
): Settler {
  const answer: Settler["answer"] = async (from, name) => {
    const reads = await reader.begin()
    const key = await reads.read(keyRecordFormat, keyRecordKey(name.account, name.keyId))
    const nowMs = clock()
    if (key?.multiRegion === undefined) return goneReply(reads, name, from)
    if (!isRelatedTo(key, from)) return { kind: "declined", reason: noRelation }
    if (isDeleted(key, nowMs)) return { kind: "gone", replica: goneReplica(key) }
    if (!isPrimary(key)) return { kind: "settled", quietUntilMs: earliestDeletionMs(key, nowMs) }
    await settleHere(name)
    return { kind: "settled" }
  }

  const ask: Settler["ask"] = async (region, { account, keyId }) => {
    const reply = await courier.ask(region, { kind: "settle", account, keyId })
    if (reply.kind === "settled") return reply.quietUntilMs
    const { replica } = reply.kind === "gone" ? reply : {}
    if (replica !== undefined) {
      const without = (key: KeyRecord) => withoutReplica(key, region, replica, clock())
      await takeNote({ region, account, keyId }, without)
    }
    return undefined
  }

  return { answer, ask }
}
