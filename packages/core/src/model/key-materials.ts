import type { KeyMaterialRecord, KeyRecord } from "../formats/stored/key-records.js"
import { invariant } from "../vocabulary/errors.js"
import type { KeyState } from "../vocabulary/key-states.js"

/*
 * The rules of the key materials of one key: which one is used, and how imported material comes
 * and goes.
 */

/** Key material that is there to be used. */
export type PresentMaterial = KeyMaterialRecord & { readonly token: Uint8Array }

export const isPresent = (material: KeyMaterialRecord | undefined): material is PresentMaterial =>
  material?.token !== undefined

export const findCurrentMaterial = (key: KeyRecord): KeyMaterialRecord | undefined =>
  key.materials.findLast(({ state }) => state === "CURRENT")

/** The material that encrypts, signs and so on; the state of the key says that it is there. */
export function currentMaterial(key: KeyRecord): PresentMaterial {
  const material = findCurrentMaterial(key)
  invariant(isPresent(material), "a key in use has key material")
  return material
}

/**
 * The material of that id, if something may be encrypted under it and it is there. A multi-Region
 * key opens what a related key encrypted before it has heard that the material became current.
 */
export function materialById(key: KeyRecord, id: string): PresentMaterial | undefined {
  const material = key.materials.find((one) => one.id === id)
  if (!isPresent(material)) return undefined
  return isPermanent(material) || key.multiRegion !== undefined ? material : undefined
}

/** Material that something may already have been encrypted under. */
export const isPermanent = ({ state }: KeyMaterialRecord): boolean =>
  state === "CURRENT" || state === "NON_CURRENT"

/** A key can be used only while all of its permanent material is there. */
export const lacksMaterial = (key: KeyRecord): boolean =>
  findCurrentMaterial(key) === undefined ||
  key.materials.some((material) => isPermanent(material) && !isPresent(material))

export const isReplica = (key: KeyRecord): boolean => key.multiRegion?.type === "REPLICA"

/** The state of a key that lacks material: who is to bring it, its owner or its primary? */
export const stateWithoutMaterial = (key: KeyRecord): KeyState =>
  isReplica(key) && key.origin !== "EXTERNAL" ? "Creating" : "PendingImport"

const waitingStates: readonly KeyState[] = ["PendingDeletion", "PendingReplicaDeletion"]
export const awaitsDeletion = ({ state }: KeyRecord): boolean => waitingStates.includes(state)

const lackingStates: readonly KeyState[] = ["PendingImport", "Creating"]

/** The state that follows when material has come or gone; a key that waits for deletion waits. */
export function settled(key: KeyRecord): KeyRecord {
  if (awaitsDeletion(key)) return key
  if (lacksMaterial(key)) return { ...key, state: stateWithoutMaterial(key) }
  if (!lackingStates.includes(key.state)) return key
  return { ...key, state: key.multiRegion?.handingOver ? "Updating" : "Enabled" }
}

/**
 * Without the bytes of a material: what was never used goes whole, the rest leaves its name. So
 * does all that a replica loses, because which materials there are is the primary's to say.
 */
export function withoutMaterial(key: KeyRecord, id: string): KeyRecord {
  const materials = key.materials.flatMap((material) => {
    if (material.id !== id) return [material]
    const { token: _, expiresMs: __, ...rest } = material
    return isPermanent(material) || isReplica(key) ? [rest] : []
  })
  return settled({ ...key, materials })
}

/** With a material in the place of its former self, or as the newest. */
export function withMaterial(key: KeyRecord, material: PresentMaterial): KeyRecord {
  const isKnown = key.materials.some(({ id }) => id === material.id)
  const materials = isKnown
    ? key.materials.map((one) => (one.id === material.id ? material : one))
    : [...key.materials, material]
  return settled({ ...key, materials })
}

const isExpired = ({ expiresMs }: KeyMaterialRecord, nowMs: number): boolean =>
  expiresMs !== undefined && expiresMs <= nowMs

/** The key as time has left it. The same object when time has changed nothing. */
export function asOf(key: KeyRecord, nowMs: number): KeyRecord {
  let current = key
  for (const material of key.materials) {
    if (isExpired(material, nowMs)) current = withoutMaterial(current, material.id)
  }
  return current
}
