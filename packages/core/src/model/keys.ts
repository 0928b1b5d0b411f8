import type { KeyRecord, TagRecord } from "../formats/stored/key-records.js"
import type { KeyStore } from "../formats/stored/key-store-records.js"
import type { LastUsageRecord } from "../formats/stored/last-usage-record.js"
import { keyArn, type Place } from "../vocabulary/arns.js"
import { dayMs } from "../vocabulary/durations.js"
import { invariant } from "../vocabulary/errors.js"
import {
  isCustomerMasterKeySpec,
  type KeySpec,
  keySpecRow,
  type UsageAlgorithms,
} from "../vocabulary/key-specs.js"
import type { KeyState } from "../vocabulary/key-states.js"
import {
  findCurrentMaterial,
  isPermanent,
  isPresent,
  lacksMaterial,
  stateWithoutMaterial,
} from "./key-materials.js"
import { withMissedRotationDue } from "./rotation.js"

/*
 * The rules of one KMS key, true without clock, disk or promise. A transition takes a record and
 * answers the record after it; whether the operation is admitted was decided before.
 */

/** A number by which keys stand in slots: ids end with digits that are as good as random. */
export const slotNumberOf = ({ keyId }: Pick<KeyRecord, "keyId">): number =>
  (keyId.charCodeAt(keyId.length - 2) << 4) + keyId.charCodeAt(keyId.length - 1)

/** A key whose deletion date has passed does not exist, whether or not it was swept. */
export const isDeleted = (key: Pick<KeyRecord, "deletionMs">, nowMs: number): boolean =>
  key.deletionMs !== undefined && key.deletionMs <= nowMs

/** The algorithms that a key spec has for a usage; the usage must be one that the spec allows. */
export function algorithmsOf(spec: KeySpec, usage: KeyRecord["keyUsage"]): UsageAlgorithms {
  const algorithms = keySpecRow(spec).usages[usage]
  invariant(algorithms, "a key has a usage that its spec allows")
  return algorithms
}

export const enable = (key: KeyRecord, nowMs: number): KeyRecord => ({
  ...withMissedRotationDue(key, nowMs),
  state: "Enabled",
})

export const disable = (key: KeyRecord): KeyRecord => ({ ...key, state: "Disabled" })

/** Starts the waiting period. */
export const startWaiting = (key: KeyRecord, nowMs: number, windowDays: number): KeyRecord => ({
  ...key,
  state: "PendingDeletion",
  deletionMs: nowMs + windowDays * dayMs,
})

/** The waiting period of a primary key begins when its last replica is gone. */
export const scheduleDeletion = (key: KeyRecord, nowMs: number, windowDays: number): KeyRecord =>
  key.multiRegion?.type === "PRIMARY" && key.multiRegion.replicas.length > 0
    ? {
        ...key,
        state: "PendingReplicaDeletion",
        pendingWindowDays: windowDays,
        pendingFromMs: nowMs,
      }
    : startWaiting(key, nowMs, windowDays)

/** The key comes back disabled, whatever it was before; or still waits for its material. */
export const cancelDeletion = (key: KeyRecord): KeyRecord => {
  const { deletionMs: _, pendingWindowDays: __, pendingFromMs: ___, ...rest } = key
  return { ...rest, state: lacksMaterial(key) ? stateWithoutMaterial(key) : "Disabled" }
}

const byKey = (a: TagRecord, b: TagRecord): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** Adds tags, and overwrites those of the same key. Sorted by key. */
export const withTags = (
  present: readonly TagRecord[],
  added: readonly TagRecord[],
): readonly TagRecord[] => {
  const names = new Set(added.map((tag) => tag.key))
  return [...present.filter((tag) => !names.has(tag.key)), ...added].sort(byKey)
}

export const withoutTags = (
  present: readonly TagRecord[],
  names: readonly string[],
): readonly TagRecord[] => present.filter((tag) => !names.includes(tag.key))

export const withAlias = (key: KeyRecord, name: string): KeyRecord => ({
  ...key,
  aliases: [...key.aliases.filter((alias) => alias !== name), name].sort(),
})

export const withoutAlias = (key: KeyRecord, name: string): KeyRecord => ({
  ...key,
  aliases: key.aliases.filter((alias) => alias !== name),
})

type Listed = {
  -readonly [Name in keyof UsageAlgorithms]: UsageAlgorithms[Name] extends
    | readonly (infer Algorithm)[]
    | undefined
    ? Algorithm[]
    : never
}

/** The algorithms of a key as replies list them: copies, so that the table stays as it is. */
export const algorithmLists = (spec: KeySpec, usage: KeyRecord["keyUsage"]): Listed =>
  Object.fromEntries(
    Object.entries(algorithmsOf(spec, usage)).map(([name, list]) => [name, [...list]]),
  )

/**
 * How imported material ends, which is when the first that the key cannot do without does; nothing
 * of material that is not there.
 */
function expiration(key: KeyRecord) {
  if (!isPresent(findCurrentMaterial(key))) return {}
  const times = key.materials.filter(isPermanent).flatMap(({ expiresMs }) => expiresMs ?? [])
  if (times.length === 0) return { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" as const }
  return {
    ExpirationModel: "KEY_MATERIAL_EXPIRES" as const,
    ValidTo: new Date(Math.min(...times)),
  }
}

/** How a multi-Region key stands to its related keys. */
function multiRegionConfiguration(
  { partition }: Place,
  { account, keyId, multiRegion }: KeyRecord,
) {
  if (multiRegion === undefined) return { MultiRegion: false }
  const regional = (Region: string) => ({
    Arn: keyArn({ partition, region: Region }, account, keyId),
    Region,
  })
  return {
    MultiRegion: true,
    MultiRegionConfiguration: {
      MultiRegionKeyType: multiRegion.type,
      PrimaryKey: regional(multiRegion.primaryRegion),
      ReplicaKeys: multiRegion.replicas.map(({ region }) => regional(region)),
    },
  }
}

/** Where a key in a custom key store is. */
function storeMetadata({ keyStore }: KeyRecord, store: KeyStore | undefined) {
  if (keyStore === undefined) return {}
  const { id, xksKeyId } = keyStore
  return {
    CustomKeyStoreId: id,
    ...(store?.type === "AWS_CLOUDHSM" && { CloudHsmClusterId: store.clusterId }),
    ...(xksKeyId !== undefined && { XksKeyConfiguration: { Id: xksKeyId } }),
  }
}

/**
 * `KeyMetadata`, as CreateKey and DescribeKey answer it. The state that shows is not that of the
 * record where the key's store hides it.
 */
export function keyMetadata(
  place: Place,
  key: KeyRecord,
  { state = key.state, store }: { state?: KeyState; store?: KeyStore | undefined } = {},
) {
  const arn = keyArn(place, key.account, key.keyId)
  const row = keySpecRow(key.keySpec)
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: arn,
    CreationDate: new Date(key.createdMs),
    Enabled: state === "Enabled",
    Description: key.description,
    KeyUsage: key.keyUsage,
    KeyState: state,
    ...(key.deletionMs !== undefined && { DeletionDate: new Date(key.deletionMs) }),
    Origin: key.origin,
    ...storeMetadata(key, store),
    KeyManager: key.keyManager,
    KeySpec: key.keySpec,
    ...(isCustomerMasterKeySpec(key.keySpec) && { CustomerMasterKeySpec: key.keySpec }),
    ...algorithmLists(key.keySpec, key.keyUsage),
    ...multiRegionConfiguration(place, key),
    ...(key.pendingWindowDays !== undefined && {
      PendingDeletionWindowInDays: key.pendingWindowDays,
    }),
    ...(key.origin === "EXTERNAL" && expiration(key)),
    ...(row.kind === "symmetric-encryption" &&
      key.keyStore === undefined && {
        CurrentKeyMaterialId: findCurrentMaterial(key)?.id,
      }),
  }
}

/** Whole days since a key was last used, or made if it never was. */
export const daysWithoutUsage = (
  { createdMs }: KeyRecord,
  last: LastUsageRecord | undefined,
  nowMs: number,
): number => Math.max(0, Math.floor((nowMs - (last?.usedMs ?? createdMs)) / dayMs))
