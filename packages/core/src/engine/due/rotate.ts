import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import type { Change } from "../../model/changes.js"
import {
  dueRotationMs,
  isCopiedFirst,
  rotated,
  withNextMaterial,
  withRotationFinished,
} from "../../model/rotation.js"
import { newMaterial } from "../../operations/bound-tokens.js"
import type { Host } from "../host/host.js"
import type { ReadSet } from "../records/record-reader.js"

type KeyName = Pick<KeyRecord, "account" | "keyId">

/** Goes on with a rotation that has begun: its material is with the replicas that answer. */
async function finishRotation(host: Host, name: KeyName): Promise<void> {
  const { reader, commit, regions } = host
  const reads = await reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(name.account, name.keyId))
  if (before?.multiRegion?.rotating === undefined) return
  const after = withRotationFinished(before)
  await commit([{ kind: "key", before, after }], reads)
  await regions.announce(name)
}

/** Tells other regions of a key, and goes on with what waits for that. */
async function announceAndFinish(host: Host, name: KeyName): Promise<void> {
  await host.regions.announce(name)
  await finishRotation(host, name)
}

/** Whether a key is to be rotated, or a rotation of it that has begun goes on. */
export const isRotationDue = (key: KeyRecord, nowMs: number): boolean =>
  dueRotationMs(key, nowMs) !== undefined || key.multiRegion?.rotating !== undefined

/** The key under new material, or with its next one where replicas are to have it first. */
export async function rotationOf(
  { place, entropy, domain }: Host,
  key: KeyRecord,
  { nowMs, dueMs }: { readonly nowMs: number; readonly dueMs: number },
): Promise<Change> {
  const material = await domain.use((hsm) => newMaterial({ place, entropy, hsm, nowMs }, key))
  const rotation = isCopiedFirst(key) ? withNextMaterial : rotated
  return { kind: "key", before: key, after: rotation(key, material, "AUTOMATIC", dueMs) }
}

/**
 * Rotates a key, or goes on with a rotation that has begun. A key with replicas first has its new
 * material copied to them, as far as they can be reached, and uses it then. True when the key was
 * changed, by this host or by another one that was quicker: then what was read of it is outdated.
 */
export async function rotate(
  host: Host,
  reads: ReadSet,
  key: KeyRecord,
  nowMs: number,
): Promise<true> {
  const dueMs = dueRotationMs(key, nowMs)
  if (dueMs !== undefined && key.multiRegion?.rotating === undefined) {
    await host.commit([await rotationOf(host, key, { nowMs, dueMs })], reads)
  }
  if (key.multiRegion !== undefined) await announceAndFinish(host, key)
  return true
}

/**
 * What follows when changes are written: other regions are told of them, and rotations that wait
 * for that go on. Does not fail: what is left undone is done by the next call or a sweep.
 */
export async function followUp(host: Host, changes: readonly Change[]): Promise<void> {
  for (const { kind, before, after } of changes) {
    const key = kind === "key" ? (after ?? before) : undefined
    if (key?.multiRegion === undefined) continue
    // The call that was answered is done, whatever happens here.
    await announceAndFinish(host, key).catch(() => undefined)
  }
}
