import { type KeyRecord, keyRecordKey } from "../../formats/stored/key-records.js"
import type { Change } from "../../model/changes.js"
import { dueRotationMs, isCopiedFirst, rotated, withNextMaterial } from "../../model/rotation.js"
import { newMaterial } from "../../operations/bound-tokens.js"
import { limits } from "../../vocabulary/limits.js"
import type { Host } from "../host/host.js"
import type { ReadSet } from "../records/read-set.js"
import { announceAndFinish } from "./announce.js"

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
 * material copied to them, as far as they can be reached, and uses it then.
 */
export async function rotate(
  host: Host,
  reads: ReadSet,
  key: KeyRecord,
  nowMs: number,
): Promise<void> {
  const dueMs = dueRotationMs(key, nowMs)
  if (dueMs !== undefined && key.multiRegion?.rotating === undefined) {
    await host.commit([await rotationOf(host, key, { nowMs, dueMs })], reads)
  }
  if (key.multiRegion !== undefined) await announceAndFinish(host, key)
}

/**
 * Does what is due of a key beside a call. True when the key was changed, by this host or by
 * another one that was quicker: then what was read of it is outdated.
 */
export const rotateBeside = (
  host: Host,
  reads: ReadSet,
  key: KeyRecord,
  nowMs: number,
): Promise<boolean> =>
  host.sideWork.attempt({
    name: keyRecordKey(key.account, key.keyId),
    write: "rotation",
    waitMs: limits.sideWorkMs,
    run: async () => {
      await rotate(host, reads, key, nowMs)
      return { hasChanged: true }
    },
  })
