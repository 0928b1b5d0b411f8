import type { RegionReply } from "../formats/regions/region-bodies.js"
import type { KeyRecord } from "../formats/stored/key-records.js"
import type { GoneReplica } from "../formats/stored/multi-region-record.js"
import type { Region } from "../vocabulary/arns.js"
import { pick } from "../vocabulary/pick.js"
import {
  byRegion,
  findReplica,
  related,
  relationOf,
  withoutReplica,
  withReport,
} from "./replicas.js"

/*
 * How the primary region of a key changes, and what a key makes of the answers of other regions.
 *
 * Source: AWS KMS Developer Guide, "Change the primary key in a set of multi-Region keys".
 */

/**
 * The primary becomes a replica at once and waits for the new primary to say that it took over:
 * so there is never a moment with two primaries, and there may be one with none.
 */
export function handOver(key: KeyRecord, ownRegion: Region, region: Region): KeyRecord {
  const { replicas, version } = relationOf(key)
  const since = version + 1
  const others = replicas.filter((replica) => replica.region !== region)
  const handingOver = { state: key.state, since: findReplica(key, region)?.since ?? 0 }
  const after = related(key, {
    type: "REPLICA",
    primaryRegion: region,
    replicas: [...others, { region: ownRegion, since }].sort(byRegion),
    version: since,
    since,
    handingOver,
  })
  return { ...after, state: "Updating" }
}

/** The new primary has taken over, or will not: back to the state before, unless that changed. */
export function completeHandover(key: KeyRecord): KeyRecord {
  const { handingOver, ...multiRegion } = relationOf(key)
  const isUpdating = key.state === "Updating" && handingOver !== undefined
  return { ...key, multiRegion, state: isUpdating ? handingOver.state : key.state }
}

/**
 * The new primary will never take over by what it was told: this key is the primary again. Only an
 * answer that binds the other side may lead here, or there would be two.
 */
function takeBack(key: KeyRecord, ownRegion: Region): KeyRecord {
  const { replicas, primaryRegion: region, handingOver } = relationOf(key)
  const others = replicas.filter((replica) => replica.region !== ownRegion)
  return related(completeHandover(key), {
    type: "PRIMARY",
    primaryRegion: ownRegion,
    replicas: [...others, { region, since: handingOver?.since ?? 0 }].sort(byRegion),
  })
}

/** What a region answered when it was told of a key. */
type Told = Extract<
  RegionReply,
  { kind: "synchronized" | "gone" | "declined" | "rejected" | "noted" }
>

type Effect = (key: KeyRecord, region: Region, reply: Told, nowMs: number) => KeyRecord | undefined

type Effects = {
  readonly [Kind in Told["kind"]]: (
    key: KeyRecord,
    region: Region,
    reply: Extract<Told, { kind: Kind }>,
    nowMs: number,
  ) => KeyRecord | undefined
}

/** How a replica went that is not there: as its region says, if it can still tell. */
const goneAs = (
  since: number | undefined,
  replica: GoneReplica | undefined,
  nowMs: number,
): GoneReplica =>
  replica !== undefined && replica.since === since
    ? replica
    : { since: since ?? 0, deletedMs: nowMs }

/** What becomes of the key of a primary that was told; `undefined`: it has to be told again. */
const toldByPrimary: Effects = {
  synchronized: (key, region, { report }) => (report ? withReport(key, region, report) : key),
  gone: (key, region, { replica }, nowMs) =>
    withoutReplica(key, region, goneAs(findReplica(key, region)?.since, replica, nowMs), nowMs),
  declined: () => undefined,
  rejected: () => undefined,
  noted: (key) => key,
}

/** The same of a key that gives its primary role away. */
const toldByFormer = (ownRegion: Region): Effects => ({
  synchronized: completeHandover,
  gone: (key, region, { replica }, nowMs) =>
    withoutReplica(
      takeBack(key, ownRegion),
      region,
      goneAs(relationOf(key).handingOver?.since, replica, nowMs),
      nowMs,
    ),
  declined: () => undefined,
  rejected: (key) => takeBack(key, ownRegion),
  noted: (key) => key,
})

/** And of any other, which has only reported. */
const reported: Effects = {
  synchronized: (key) => key,
  gone: (key) => key,
  declined: () => undefined,
  rejected: () => undefined,
  noted: (key) => key,
}

/** The key after a region answered; `undefined` when the region has to be told again. */
export function afterAnswer(
  key: KeyRecord,
  region: Region,
  reply: Told,
  { ownRegion, nowMs }: { readonly ownRegion: Region; readonly nowMs: number },
): KeyRecord | undefined {
  const { type, handingOver } = relationOf(key)
  const former = handingOver === undefined ? reported : toldByFormer(ownRegion)
  const effects = type === "PRIMARY" ? toldByPrimary : former
  return pick<Effect>(effects, reply.kind)(key, region, reply, nowMs)
}
