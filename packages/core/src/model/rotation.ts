import type { KeyMaterialRecord, KeyRecord } from "../formats/stored/key-records.js"
import type { MultiRegionRecord, RotationType } from "../formats/stored/multi-region-record.js"
import { dayMs, minuteMs } from "../vocabulary/durations.js"
import { invariant } from "../vocabulary/errors.js"
import { keySpecRow } from "../vocabulary/key-specs.js"
import { limits } from "../vocabulary/limits.js"
import {
  noPendingMaterial,
  rotationIsNear,
  tooManyRotations,
} from "../vocabulary/refusals/materials.js"
import { isPresent, type PresentMaterial } from "./key-materials.js"

/*
 * The rules of rotation: when it is due, and what becomes of a key's materials.
 *
 * Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
 */

/** Whether a key of this kind can have more than one key material. */
export const canRotate = (key: KeyRecord): boolean =>
  keySpecRow(key.keySpec).kind === "symmetric-encryption" &&
  (key.origin === "AWS_KMS" || key.origin === "EXTERNAL")

/** The count begins anew whenever a period is set. */
export const enableRotation = (key: KeyRecord, nowMs: number, periodDays: number): KeyRecord => ({
  ...key,
  rotation: { periodDays, nextMs: nowMs + periodDays * dayMs },
})

export const disableRotation = (key: KeyRecord): KeyRecord => {
  const { rotation: _, ...rest } = key
  return rest
}

/** Whether another rotation would be one too many for what a store takes. */
const hasAllMaterials = ({ materials }: KeyRecord): boolean =>
  materials.length >= limits.materialsPerKeyMax

/**
 * When a key rotates next, as it stands; a key that does not rotate has no such moment. Replicas
 * rotate when their primary does.
 */
export const nextRotationMs = (key: KeyRecord): number | undefined =>
  // A key that can be stored no more could be used no more.
  key.state !== "Enabled" || key.multiRegion?.type === "REPLICA" || hasAllMaterials(key)
    ? undefined
    : key.rotation?.nextMs

/**
 * When the rotation was due that has not happened; `undefined` when none is. A key that is not
 * enabled does not rotate. Of several that were missed, the last counts: nobody can have used the
 * material of the others.
 */
export function dueRotationMs(key: KeyRecord, nowMs: number): number | undefined {
  const nextMs = nextRotationMs(key)
  if (nextMs === undefined || nextMs > nowMs || key.rotation === undefined) return undefined
  const periodMs = key.rotation.periodDays * dayMs
  return nextMs + Math.floor((nowMs - nextMs) / periodMs) * periodMs
}

/**
 * The key as it is when it is enabled again: a rotation that it has missed is due now, and the next
 * one a period later. For replicas their primary keeps the schedule.
 */
export function withMissedRotationDue(key: KeyRecord, nowMs: number): KeyRecord {
  const { rotation, multiRegion } = key
  if (rotation === undefined || rotation.nextMs > nowMs) return key
  if (multiRegion?.type === "REPLICA") return key
  return { ...key, rotation: { ...rotation, nextMs: nowMs } }
}

/** The key under a new current material; the one before still decrypts. */
export function rotated(
  key: KeyRecord,
  material: Pick<PresentMaterial, "id" | "token" | "createdMs"> & Partial<KeyMaterialRecord>,
  rotationType: RotationType,
  rotatedMs: number,
): KeyRecord {
  const before = key.materials
    .filter(({ id }) => id !== material.id)
    .map((one) => (one.state === "CURRENT" ? { ...one, state: "NON_CURRENT" as const } : one))
  const current = { ...material, state: "CURRENT" as const, rotationType, rotatedMs }
  const { rotation } = key
  const isScheduled = rotationType === "AUTOMATIC" && rotation !== undefined
  const nextMs = rotatedMs + (rotation?.periodDays ?? 0) * dayMs
  return {
    ...key,
    materials: [...before, current],
    ...(isScheduled && { rotation: { ...rotation, nextMs } }),
  }
}

type NewMaterial = Pick<PresentMaterial, "id" | "token" | "createdMs">

/**
 * Whether new material is copied to replicas before it is used. Imported material is with them
 * already.
 */
export const isCopiedFirst = ({ multiRegion, origin }: KeyRecord): boolean =>
  origin !== "EXTERNAL" && multiRegion?.type === "PRIMARY" && multiRegion.replicas.length > 0

/** The key with its next material, which waits until replicas had their chance to get it. */
export function withNextMaterial(
  key: KeyRecord,
  material: NewMaterial,
  type: RotationType,
  atMs: number,
): KeyRecord {
  const { multiRegion, materials } = withRotationFinished(key)
  invariant(multiRegion, "a key that copies material is a multi-Region key")
  const next = { ...material, state: "PENDING_ROTATION" as const }
  return {
    ...key,
    materials: [...materials, next],
    multiRegion: { ...multiRegion, rotating: { type, atMs } },
  }
}

/** The key whose next material has become current, where there is one. */
export function withRotationFinished(key: KeyRecord): KeyRecord {
  const { rotating, ...multiRegion } = key.multiRegion ?? {}
  if (rotating === undefined) return key
  const rest = { ...key, multiRegion: multiRegion as MultiRegionRecord }
  const next = key.materials.find(({ state }) => state === "PENDING_ROTATION")
  return isPresent(next) ? rotated(rest, next, rotating.type, rotating.atMs) : rest
}

const onDemandRotations = (key: KeyRecord): number =>
  key.materials.filter(({ rotationType }) => rotationType === "ON_DEMAND").length

/** Refuses a rotation on demand that is one too many, or too close to an automatic one. */
export function requireRotationOnDemand(key: KeyRecord, arn: string, nowMs: number): void {
  if (onDemandRotations(key) >= limits.onDemandRotationsPerKeyMax || hasAllMaterials(key)) {
    throw tooManyRotations({ arn })
  }
  const soonMs = nowMs + limits.rotationConflictMinutes * minuteMs
  if (key.rotation === undefined || key.rotation.nextMs > soonMs) return
  throw rotationIsNear({ arn })
}

/** Imported material that waits to become current. */
export function pendingMaterial(key: KeyRecord, arn: string): PresentMaterial {
  const pending = key.materials.find(({ state }) => state === "PENDING_ROTATION")
  if (pending?.token !== undefined) return { ...pending, token: pending.token }
  throw noPendingMaterial({ arn })
}
