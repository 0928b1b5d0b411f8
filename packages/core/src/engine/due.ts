import type { KeyRecord } from "../formats/records.js"
import { keyRecordFormat, keyRecordKey } from "../formats/records.js"
import type { Change } from "../model/changes.js"
import {
  dueRotationMs,
  isCopiedFirst,
  rotated,
  withNextMaterial,
  withRotationFinished,
} from "../model/rotation.js"
import { newMaterial } from "../operations/key-material.js"
import { storageChange } from "./entries.js"
import type { ReadSet } from "./records.js"
import type { RegionParts } from "./regions/parts.js"
import type { Regions } from "./regions/regions.js"

/** What it takes to bring keys up to date. */
export interface DueParts extends RegionParts {
  readonly regions: Regions
}

/**
 * Rotates a key whose rotation is due, or goes on with one that has begun. A key with replicas
 * first has its new material copied to them, as far as they can be reached, and uses it then.
 * True when the key was changed, by this host or by another one that was quicker: then what was
 * read of it is outdated.
 */
export async function rotateIfDue(
  parts: DueParts,
  reads: ReadSet,
  key: KeyRecord,
  nowMs: number,
): Promise<boolean> {
  const { place, entropy, domain, storage, regions } = parts
  const commit = (after: KeyRecord): Promise<boolean> =>
    storage.commit(storageChange([{ kind: "key", before: key, after }], reads.expectations()))

  if (key.multiRegion?.rotating !== undefined) {
    await regions.announce(key)
    if (await commit(withRotationFinished(key))) await regions.announce(key)
    return true
  }
  const dueMs = dueRotationMs(key, nowMs)
  if (dueMs === undefined) return false
  const material = await domain.use((hsm) => newMaterial({ place, entropy, hsm, nowMs }, key))
  const rotation = isCopiedFirst(key) ? withNextMaterial : rotated
  await commit(rotation(key, material, "AUTOMATIC", dueMs))
  return true
}

/**
 * What follows when changes are written: other regions are told of them, and rotations that wait
 * for that go on. Does not fail: what is left undone is done by the next call or a sweep.
 */
export async function followUp(parts: DueParts, changes: readonly Change[]): Promise<void> {
  for (const { kind, before, after } of changes) {
    const key = kind === "key" ? (after ?? before) : undefined
    if (key?.multiRegion === undefined) continue
    try {
      await parts.regions.announce(key)
      const reads = await parts.reader.begin()
      const record = await reads.read(keyRecordFormat, keyRecordKey(key.account, key.keyId))
      if (record?.multiRegion?.rotating === undefined) continue
      await rotateIfDue(parts, reads, record, parts.clock())
    } catch {
      // The call that was answered is done.
    }
  }
}
