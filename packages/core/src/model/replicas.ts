import type { KeyMaterialRecord, KeyRecord } from "../formats/stored/key-records.js"
import type {
  GoneReplica,
  MultiRegionRecord,
  ReplicaRecord,
  ReplicaReport,
  SharedProperties,
} from "../formats/stored/multi-region-record.js"
import type { Region } from "../vocabulary/arns.js"
import { invariant } from "../vocabulary/errors.js"
import type { KeyState } from "../vocabulary/key-states.js"
import { isPresent, isReplica, settled } from "./key-materials.js"
import { startWaiting } from "./keys.js"

/*
 * The rules of related multi-Region keys: one primary, which decides what they share, and
 * replicas, which follow it.
 *
 * Source: AWS KMS Developer Guide, "Multi-Region keys".
 */

export const isPrimary = (key: KeyRecord): boolean => key.multiRegion?.type === "PRIMARY"
/** What a key has as a multi-Region key; it must be one. */
export function relationOf(key: KeyRecord): MultiRegionRecord {
  invariant(key.multiRegion, "the key is a multi-Region key")
  return key.multiRegion
}

export const related = (key: KeyRecord, change: Partial<MultiRegionRecord>): KeyRecord => ({
  ...key,
  multiRegion: { ...relationOf(key), ...change },
})

/** What a new primary key starts with. */
export const newPrimary = (region: Region): MultiRegionRecord => ({
  type: "PRIMARY",
  primaryRegion: region,
  replicas: [],
  version: 1,
  since: 0,
  reports: 0,
})

const sharedMaterial = (material: KeyMaterialRecord) => {
  const { id, state, createdMs, description, rotationType, rotatedMs } = material
  return { id, state, createdMs, description, rotationType, rotatedMs }
}

/** What related keys share, as this key has it. */
export function sharedOf(key: KeyRecord): SharedProperties {
  const { version, primaryRegion, replicas } = relationOf(key)
  const { keySpec, keyUsage, origin, rotation, materials } = key
  return {
    version,
    primaryRegion,
    replicas: replicas.map(({ region, since }) => ({ region, since })),
    keySpec,
    keyUsage,
    origin,
    rotation,
    materials: materials.map(sharedMaterial),
  }
}

const isSharedAlike = (a: KeyRecord, b: KeyRecord): boolean =>
  JSON.stringify({ ...sharedOf(a), version: 0 }) === JSON.stringify({ ...sharedOf(b), version: 0 })

/** The ids of the materials that are there. */
const presentIds = ({ materials }: KeyRecord): readonly string[] =>
  materials.filter(isPresent).map(({ id }) => id)

const pendingStates: readonly string[] = [
  "PENDING_ROTATION",
  "PENDING_MULTI_REGION_IMPORT_AND_ROTATION",
]

/** New imported material can become current once every replica has it. */
function settlePending(key: KeyRecord): KeyRecord {
  if (key.origin !== "EXTERNAL") return key
  const hasIt = (id: string, { reported }: ReplicaRecord) => reported?.materials.includes(id)
  const materials = key.materials.map((material) => {
    if (!pendingStates.includes(material.state)) return material
    const isEverywhere = relationOf(key).replicas.every((replica) => hasIt(material.id, replica))
    const state = isEverywhere ? "PENDING_ROTATION" : "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    return { ...material, state } as const
  })
  return { ...key, materials }
}

/**
 * A key as it is to be written: a primary whose shared properties have changed has a new version,
 * and a replica whose imported material has come or gone has a report to make. Counted in this one
 * place, so that no operation can forget it.
 */
export function stamped(before: KeyRecord | undefined, after: KeyRecord): KeyRecord {
  if (before?.multiRegion === undefined || after.multiRegion === undefined) return after
  const { version, reports } = after.multiRegion
  if (isPrimary(after)) {
    const next = settlePending(after)
    return isSharedAlike(before, next) ? next : related(next, { version: version + 1 })
  }
  const isReported = after.origin !== "EXTERNAL" || !isReplica(before)
  const isUnchanged = isReported || presentIds(before).join() === presentIds(after).join()
  return isUnchanged ? after : related(after, { reports: reports + 1 })
}

/** A region that has to be told of a key; `gone` says which replica there is no more. */
export interface Announcement {
  readonly region: Region
  readonly gone?: GoneReplica | undefined
}

/** What is told of a replica whose deletion date has passed. */
export const goneReplica = (key: KeyRecord): GoneReplica => ({
  since: relationOf(key).since,
  deletedMs: key.deletionMs ?? 0,
})

/** Who has to be told that a key was written like this. */
export function announcements(
  before: KeyRecord | undefined,
  after: KeyRecord | undefined,
): readonly Announcement[] {
  const was = before?.multiRegion
  const is = after?.multiRegion
  if (before !== undefined && was !== undefined && is === undefined) {
    return was.type === "REPLICA" ? [{ region: was.primaryRegion, gone: goneReplica(before) }] : []
  }
  if (is === undefined || was === undefined) return []
  if (is.type === "PRIMARY") {
    const isNew = is.version !== was.version || was.type !== "PRIMARY"
    return isNew ? is.replicas.map(({ region }) => ({ region })) : []
  }
  const hasNews = is.reports !== was.reports || (is.handingOver && !was.handingOver)
  return hasNews ? [{ region: is.primaryRegion }] : []
}

export const byRegion = (a: ReplicaRecord, b: ReplicaRecord): number =>
  a.region < b.region ? -1 : 1

export const findReplica = (key: KeyRecord, region: Region): ReplicaRecord | undefined =>
  relationOf(key).replicas.find((replica) => replica.region === region)

/** Whether a primary has a replica of that version in a region. */
export const awaitsReplica = (key: KeyRecord, region: Region, since: number): boolean =>
  isPrimary(key) && findReplica(key, region)?.since === since

/** Whether a region has a related key, as far as this key knows. */
export const isRelatedTo = (key: KeyRecord, region: Region): boolean =>
  relationOf(key).primaryRegion === region || findReplica(key, region) !== undefined

/** The primary with one replica more, which the version that is written now names first. */
export function withReplica(key: KeyRecord, region: Region): KeyRecord {
  const { replicas, version } = relationOf(key)
  return related(key, { replicas: [...replicas, { region, since: version + 1 }].sort(byRegion) })
}

/**
 * The primary without a replica that is gone. The waiting period of one that waited for its
 * replicas has begun when the last of them went, in whatever order it hears of them.
 */
export function withoutReplica(
  key: KeyRecord,
  region: Region,
  { since, deletedMs }: GoneReplica,
  nowMs: number,
): KeyRecord {
  const found = findReplica(key, region)
  if (found?.since !== since) return key
  const replicas = relationOf(key).replicas.filter((replica) => replica !== found)
  const after = related(key, { replicas })
  const { pendingWindowDays, pendingFromMs = 0, ...rest } = after
  if (pendingWindowDays === undefined) return after
  // The clock of another region may be ahead.
  const fromMs = Math.max(pendingFromMs, Math.min(deletedMs, nowMs))
  if (replicas.length > 0) return { ...after, pendingFromMs: fromMs }
  return startWaiting(rest, fromMs, pendingWindowDays)
}

/** The report of a replica; `undefined` of a key whose materials nobody asks for. */
export function reportOf(key: KeyRecord): ReplicaReport | undefined {
  const { since, reports, type } = relationOf(key)
  if (key.origin !== "EXTERNAL" || type !== "REPLICA") return undefined
  return { since, number: reports, materials: presentIds(key) }
}

/** The primary with what a replica reported; the same object when it is nothing new. */
export function withReport(key: KeyRecord, region: Region, report: ReplicaReport): KeyRecord {
  const found = findReplica(key, region)
  if (found?.since !== report.since) return key
  if (found.reported !== undefined && found.reported.number >= report.number) return key
  const { number, materials } = report
  const replicas = relationOf(key).replicas.map((replica) =>
    replica === found ? { ...replica, reported: { number, materials } } : replica,
  )
  return settlePending(related(key, { replicas }))
}

/** The materials of shared properties whose bytes a key lacks. Imported ones never travel. */
export const missingMaterials = (
  key: KeyRecord,
  { materials }: SharedProperties,
): readonly string[] =>
  key.origin === "EXTERNAL"
    ? []
    : materials
        .map(({ id }) => id)
        .filter((id) => !isPresent(key.materials.find((material) => material.id === id)))

/** A new replica, which has nothing yet; `undefined` when the primary does not name it. */
export function newReplica(
  name: Pick<KeyRecord, "account" | "keyId">,
  { primaryRegion, replicas, keySpec, keyUsage, origin }: SharedProperties,
  own: Pick<KeyRecord, "createdMs" | "description" | "policy" | "tags">,
  ownRegion: Region,
): KeyRecord | undefined {
  const since = replicas.find(({ region }) => region === ownRegion)?.since
  if (since === undefined) return undefined
  return {
    ...name,
    ...own,
    keySpec,
    keyUsage,
    origin,
    keyManager: "CUSTOMER",
    multiRegion: { type: "REPLICA", primaryRegion, replicas: [], version: 0, since, reports: 0 },
    state: "Creating",
    aliases: [],
    grantsCount: 0,
    materials: [],
  }
}

const canTakeOver: readonly KeyState[] = ["Enabled", "Disabled", "PendingImport"]

/** Why a key does not follow what another region says of it; `undefined` when it does. */
export function refusalToFollow(
  key: KeyRecord,
  from: Region,
  shared: SharedProperties,
  ownRegion: Region,
): string | undefined {
  const { type, since } = relationOf(key)
  if (type === "PRIMARY") return "this key is the primary"
  // The primary may have changed unheard: then a related key says so, which is newer.
  if (!isRelatedTo(key, from)) return "the sender has no related key"
  const isAlike =
    key.keySpec === shared.keySpec &&
    key.keyUsage === shared.keyUsage &&
    key.origin === shared.origin
  if (!isAlike) return "this is another kind of key"
  if (shared.primaryRegion === ownRegion) return undefined
  const named = shared.replicas.find(({ region }) => region === ownRegion)
  return named?.since === since ? undefined : "the sender means another replica"
}

/** A key that does not become the primary as it is asked to; `undefined` when it does. */
export function withRejection(
  key: KeyRecord,
  { version, primaryRegion }: SharedProperties,
  ownRegion: Region,
): KeyRecord | undefined {
  if (primaryRegion !== ownRegion) return undefined
  const { rejectedVersion = -1 } = relationOf(key)
  if (version <= rejectedVersion) return key
  return canTakeOver.includes(key.state) ? undefined : related(key, { rejectedVersion: version })
}

/** A key as the shared properties of its primary say, which may have made it the primary. */
export function withShared(
  key: KeyRecord,
  shared: SharedProperties,
  tokens: ReadonlyMap<string, Uint8Array>,
  ownRegion: Region,
): KeyRecord {
  const { version, primaryRegion, rotation } = shared
  const materials = shared.materials.map((material): KeyMaterialRecord => {
    const { token, expiresMs } = key.materials.find(({ id }) => id === material.id) ?? {}
    return { ...material, token: tokens.get(material.id) ?? token, expiresMs }
  })
  const isToBePrimary = primaryRegion === ownRegion
  const after = related(key, {
    type: isToBePrimary ? "PRIMARY" : "REPLICA",
    primaryRegion,
    replicas: shared.replicas.filter(({ region }) => !isToBePrimary || region !== ownRegion),
    version,
  })
  return settled({ ...after, materials, rotation })
}
