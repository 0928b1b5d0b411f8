import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../formats/records.js"
import type { Change } from "../model/changes.js"
import {
  dueRotationMs,
  isCopiedFirst,
  rotated,
  withNextMaterial,
  withRotationFinished,
} from "../model/rotation.js"
import { newMaterial } from "../operations/key-material.js"
import type { Eventually } from "../vocabulary/eventually.js"
import type { Parts } from "./parts.js"
import type { ReadSet } from "./records.js"

type KeyName = Pick<KeyRecord, "account" | "keyId">

/** Goes on with a rotation that has begun: its material is with the replicas that answer. */
async function finishRotation(parts: Parts, name: KeyName): Promise<void> {
  const { reader, commit, regions } = parts
  const reads = await reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(name.account, name.keyId))
  if (before?.multiRegion?.rotating === undefined) return
  const after = withRotationFinished(before)
  await commit([{ kind: "key", before, after }], reads)
  await regions.announce(name)
}

/** Tells other regions of a key, and goes on with what waits for that. */
async function announceAndFinish(parts: Parts, name: KeyName): Promise<void> {
  await parts.regions.announce(name)
  await finishRotation(parts, name)
}

/**
 * Rotates a key whose rotation is due, or goes on with one that has begun. A key with replicas
 * first has its new material copied to them, as far as they can be reached, and uses it then.
 * True when the key was changed, by this host or by another one that was quicker: then what was
 * read of it is outdated.
 */
export function rotateIfDue(
  parts: Parts,
  reads: ReadSet,
  key: KeyRecord,
  nowMs: number,
): Eventually<boolean> {
  const dueMs = dueRotationMs(key, nowMs)
  const hasBegun = key.multiRegion?.rotating !== undefined
  return dueMs === undefined && !hasBegun ? false : rotate(parts, reads, key, { nowMs, dueMs })
}

async function rotate(
  parts: Parts,
  reads: ReadSet,
  key: KeyRecord,
  { nowMs, dueMs }: { readonly nowMs: number; readonly dueMs: number | undefined },
): Promise<true> {
  const { place, entropy, domain, commit } = parts
  if (dueMs !== undefined && key.multiRegion?.rotating === undefined) {
    const material = await domain.use((hsm) => newMaterial({ place, entropy, hsm, nowMs }, key))
    const rotation = isCopiedFirst(key) ? withNextMaterial : rotated
    const after = rotation(key, material, "AUTOMATIC", dueMs)
    await commit([{ kind: "key", before: key, after }], reads)
  }
  if (key.multiRegion !== undefined) await announceAndFinish(parts, key)
  return true
}

/**
 * What follows when changes are written: other regions are told of them, and rotations that wait
 * for that go on. Does not fail: what is left undone is done by the next call or a sweep.
 */
export async function followUp(parts: Parts, changes: readonly Change[]): Promise<void> {
  for (const { kind, before, after } of changes) {
    const key = kind === "key" ? (after ?? before) : undefined
    if (key?.multiRegion === undefined) continue
    // The call that was answered is done, whatever happens here.
    await announceAndFinish(parts, key).catch(() => undefined)
  }
}
