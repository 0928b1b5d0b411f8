import type { RegionReply, RegionRequest } from "../../formats/regions/region-bodies.js"
import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import {
  type OfferRecord,
  offerFormat,
  offerKey,
  type TombstoneRecord,
  tombstoneFormat,
  tombstoneKey,
} from "../../formats/stored/region-records.js"
import type { Change } from "../../model/changes.js"
import { completeHandover } from "../../model/handover.js"
import { isReplica } from "../../model/key-materials.js"
import { isDeleted } from "../../model/keys.js"
import {
  missingMaterials,
  newReplica,
  refusalToFollow,
  relationOf,
  reportOf,
  withRejection,
  withShared,
} from "../../model/replicas.js"
import { keyToTombstone } from "../../model/ties.js"
import { requireAgreement, TornReadError } from "../../operations/follow.js"
import { RegionError } from "../../ports/region-link.js"
import type { Region } from "../../vocabulary/arns.js"
import { limits } from "../../vocabulary/limits.js"
import { destroyKey } from "../records/destroy-key.js"
import type { ReadSet } from "../records/read-set.js"
import type { BareHost } from "./bare-host.js"
import type { Courier } from "./courier.js"
import type { KnownRegions } from "./known-regions.js"
import { goneReply } from "./settler.js"
import { makeOffer, unwrapMaterials } from "./transfers.js"

type Synchronize = Extract<RegionRequest, { kind: "synchronize" }>

/** A message about a key, and what this region has of it. */
interface Matter {
  readonly from: Region
  readonly message: Synchronize
  readonly reads: ReadSet
  /** What is stored; absent for a replica that is to be made. */
  readonly before: KeyRecord | undefined
  /** The same, or the replica that is to be made. */
  readonly key: KeyRecord
  readonly offer: OfferRecord | undefined
}

/** What to answer; `undefined` when something changed meanwhile: then it is looked at again. */
type Reply = Promise<RegionReply | undefined>

const declined = (reason: string): RegionReply => ({ kind: "declined", reason })

const synchronized = (key: KeyRecord): RegionReply => ({
  kind: "synchronized",
  version: relationOf(key).version,
  report: reportOf(key),
})

const nothing: ReadonlyMap<string, Uint8Array> = new Map()

function unlessTorn(thrown: unknown): undefined {
  if (!(thrown instanceof TornReadError)) throw thrown
}

export interface Synchronizer {
  /** Makes a key follow its primary, or become the primary, or come to be. */
  synchronize(from: Region, message: Synchronize): Promise<RegionReply>
}

/** The side of a replica. `follow` is told which keys changed, so that others hear of it. */
export function createSynchronizer(
  host: BareHost,
  known: KnownRegions,
  courier: Courier,
  follow: (key: KeyRecord) => void,
): Synchronizer {
  const { place, reader, storage, commit, domain, clock } = host

  /** The replica that a message asks to make, unless it is one that was deleted since. */
  const toBeMade = (message: Synchronize, tombstone: TombstoneRecord | undefined) => {
    const { draft, shared, account, keyId } = message
    const key = draft && newReplica({ account, keyId }, shared, draft, place.region)
    return key && keyToTombstone.agrees(key, tombstone) ? key : undefined
  }

  /**
   * A message can come again when the replica that it made is long gone. Nothing here remembers
   * that for ever, but the primary knows which replicas it has.
   */
  const isAwaited = async (from: Region, { account, keyId, multiRegion }: KeyRecord) => {
    const since = multiRegion?.since ?? 0
    try {
      const reply = await courier.ask(from, { kind: "confirm", account, keyId, since })
      return reply.kind === "permitted"
    } catch (error) {
      if (error instanceof RegionError) return false
      throw error
    }
  }

  const write = async (matter: Matter, after: KeyRecord, offer: OfferRecord | undefined) => {
    const { before, reads } = matter
    const changes: Change[] = [{ kind: "key", before, after }]
    if (before === undefined) {
      changes.push({ kind: "key count", account: after.account, more: 1 })
    }
    const entry = offerKey(after)
    const put = offer ? [{ key: entry, value: offerFormat.encode(offer) }] : []
    const remove = offer || !matter.offer ? [] : [entry]
    return commit(changes, reads, { put, remove })
  }

  /** Asks for what is missing. A replica that is new is there from now on, and is being created. */
  const ask = async (matter: Matter, missing: readonly string[]): Reply => {
    const { from, key, before, message, reads } = matter
    const offer =
      matter.offer?.source === from ? matter.offer : await makeOffer(host, known, from, key)
    if (offer === undefined) return declined("the region is not known")
    const isOffered = offer === matter.offer
    const after = before ?? withShared(key, message.shared, nothing, place.region)
    if (before === undefined) {
      if (!(await write(matter, after, offer))) return undefined
    } else if (!isOffered) {
      const put = [{ key: offerKey(key), value: offerFormat.encode(offer) }]
      if (!(await storage.commit({ expect: reads.expectations(), put, remove: [] })))
        return undefined
    }
    return { kind: "offered", offer: offer.offer, missing }
  }

  const apply = async (matter: Matter, tokens: ReadonlyMap<string, Uint8Array>): Reply => {
    const { from, key, message } = matter
    const followed = withShared(key, message.shared, tokens, place.region)
    const isConfirmed = relationOf(key).primaryRegion === from
    const after = isConfirmed ? completeHandover(followed) : followed
    if (!(await write(matter, after, undefined))) return undefined
    follow(after)
    return synchronized(after)
  }

  /** Says no to becoming the primary, and keeps to it: the other side relies on that. */
  const reject = async (matter: Matter, after: KeyRecord): Reply => {
    const isNew = after !== matter.key
    return isNew && !(await write(matter, after, matter.offer)) ? undefined : { kind: "rejected" }
  }

  const settle = async (matter: Matter): Reply => {
    const { from, message, key, offer } = matter
    const { shared, transfer, transferred = [] } = message
    const { version } = relationOf(key)
    const missing = isReplica(key) ? missingMaterials(key, shared) : []
    const isNews = shared.version > version || (shared.version === version && missing.length > 0)
    if (!isNews) return synchronized(key)
    const refusal = refusalToFollow(key, from, shared, place.region)
    if (refusal !== undefined) return declined(refusal)
    const rejecting = withRejection(key, shared, place.region)
    if (rejecting !== undefined) return reject(matter, rejecting)
    if (missing.length === 0) return apply(matter, nothing)
    const isComplete = missing.every((id) => transferred.includes(id))
    if (transfer === undefined || offer?.source !== from || !isComplete) return ask(matter, missing)
    const tokens = await unwrapMaterials(host, known, offer, key, transferred, transfer)
    return tokens === undefined ? declined("the transfer is not genuine") : apply(matter, tokens)
  }

  const attempt = async (from: Region, message: Synchronize): Reply => {
    const { account, keyId, shared } = message
    const reads = await reader.begin()
    const before = await reads.read(keyRecordFormat, keyRecordKey(account, keyId))
    if (before !== undefined && isDeleted(before, clock())) {
      await destroyKey(host, before, clock())
      return undefined
    }
    const tombstone = await reads.read(tombstoneFormat, tombstoneKey(message))
    if (before !== undefined) await requireAgreement(reads, keyToTombstone, before, tombstone)
    const key = before ?? toBeMade(message, tombstone)
    if (key?.multiRegion === undefined) return goneReply(reads, message, from)
    if (before === undefined && !(await isAwaited(from, key))) {
      return declined("the sender has not confirmed that the replica is to be made")
    }
    const isSupported = await domain.use((hsm) => hsm.keySpecs.includes(shared.keySpec))
    if (!isSupported) return declined("the key spec is not supported in this region")
    const offer = await reads.read(offerFormat, offerKey(message))
    return settle({ from, message, reads, before, key, offer })
  }

  return {
    synchronize: async (from, message) => {
      for (let attempts = 0; attempts < limits.deliveryAttemptsMax; attempts += 1) {
        const reply = await attempt(from, message).catch(unlessTorn)
        if (reply !== undefined) return reply
      }
      return declined("the key is being changed")
    },
  }
}
