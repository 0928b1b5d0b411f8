import type { KeyRecord } from "../formats/records.js"
import { dueRotationMs, rotated } from "../model/rotation.js"
import { newMaterial } from "../operations/key-material.js"
import type { Eventually } from "../vocabulary/eventually.js"
import { storageChange } from "./entries.js"
import type { Parts } from "./parts.js"
import type { ReadSet } from "./records.js"

/**
 * Rotates a key whose rotation is due. True when the key was changed, by this host or by another
 * one that was quicker: then what was read of it is outdated.
 */
export function rotateIfDue(
  parts: Parts,
  reads: ReadSet,
  key: KeyRecord,
  nowMs: number,
): Eventually<boolean> {
  const dueMs = dueRotationMs(key, nowMs)
  return dueMs === undefined ? false : rotate(parts, reads, key, { nowMs, dueMs })
}

async function rotate(
  parts: Parts,
  reads: ReadSet,
  key: KeyRecord,
  { nowMs, dueMs }: { readonly nowMs: number; readonly dueMs: number },
): Promise<true> {
  const { place, entropy, domain, storage } = parts
  const material = await domain.use((hsm) => newMaterial({ place, entropy, hsm, nowMs }, key))
  const after = rotated(key, material, "AUTOMATIC", dueMs)
  await storage.commit(storageChange([{ kind: "key", before: key, after }], reads.expectations()))
  return true
}
