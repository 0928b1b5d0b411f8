import type { KeyRecord } from "../formats/stored/key-records.js"
import type { Region } from "../vocabulary/arns.js"
import { dayMs } from "../vocabulary/durations.js"
import { limits } from "../vocabulary/limits.js"
import { isPrimary, relationOf } from "./replicas.js"

/*
 * What time may have done to a key in another region, where alone it is known. Source: AWS KMS
 * Developer Guide, "Deleting multi-Region keys" and "Rotating multi-Region keys".
 */

/** A related key of which nobody here knows how time has left it. */
export interface RelatedKey {
  readonly region: Region
  /** Differs when what is known of it here has changed since. */
  readonly known: number
}

/** Whether a primary waits for its replicas, each of which may be gone by now. */
export const awaitsReplicas = ({ state, multiRegion }: KeyRecord): boolean =>
  state === "PendingReplicaDeletion" && multiRegion !== undefined

/** Whether a key has replicas, each of which may be gone by now. */
export const hasReplicas = (key: KeyRecord): boolean =>
  isPrimary(key) && relationOf(key).replicas.length > 0

export const awaitedReplicas = (key: KeyRecord): readonly RelatedKey[] =>
  relationOf(key).replicas.map(({ region, since }) => ({ region, known: since }))

/** The primary of a replica, when it has had to rotate since it was heard of. */
export function overduePrimary(key: KeyRecord, nowMs: number): RelatedKey | undefined {
  const { rotation, multiRegion } = key
  if (rotation === undefined || rotation.nextMs > nowMs) return undefined
  if (multiRegion?.type !== "REPLICA") return undefined
  return { region: multiRegion.primaryRegion, known: multiRegion.version }
}

/** Before when a key that is there is not gone, whatever becomes of it. */
export const earliestDeletionMs = ({ deletionMs }: KeyRecord, nowMs: number): number =>
  Math.min(deletionMs ?? Number.POSITIVE_INFINITY, nowMs + limits.pendingWindowDaysMin * dayMs)

/** Until when a region that answered need not be asked again. */
export const quietUntil = (saidMs: number | undefined, nowMs: number): number =>
  saidMs !== undefined && saidMs > nowMs
    ? Math.min(saidMs, nowMs + limits.pendingWindowDaysMin * dayMs)
    : nowMs + limits.restMs
