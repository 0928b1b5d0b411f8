import type { KeyRecord } from "../formats/stored/key-records.js"
import type { PresentMaterial } from "../model/key-materials.js"
import type { Binding, BoundToken, KeyBinding } from "../ports/bindings.js"
import type { Place } from "../vocabulary/arns.js"
import { hexOf } from "../vocabulary/bytes.js"
import type { Call } from "./call.js"

/** Where a key is, and what of it its material is bound to. */
type KeyInPlace = readonly [
  place: Pick<Place, "partition">,
  key: Pick<KeyRecord, "account" | "keyId" | "keySpec" | "keyUsage" | "origin" | "keyStore">,
]

/** What the key material of a key is bound to. */
export const bindingOf = (
  { partition }: KeyInPlace[0],
  { account, keyId, keySpec, keyUsage, origin, keyStore }: KeyInPlace[1],
  keyMaterialId: string,
): Binding => ({
  partition,
  account,
  keyId,
  keyMaterialId,
  keySpec,
  keyUsage,
  origin,
  keyStoreId: keyStore?.id,
  xksKeyId: keyStore?.xksKeyId,
})

/** What all key materials of a key are bound to. */
export function keyBindingOf(...key: KeyInPlace): KeyBinding {
  const { keyMaterialId: _, ...binding } = bindingOf(...key, "")
  return binding
}

/** A key token together with the binding that it must have. */
export const boundToken = (
  place: Place,
  key: KeyRecord,
  material: PresentMaterial,
): BoundToken => ({ token: material.token, binding: bindingOf(place, key, material.id) })

/** Fresh key material that the HSM makes, wrapped, under a random id. */
export async function newMaterial(
  { place, entropy, hsm, nowMs }: Pick<Call<unknown>, "place" | "entropy" | "hsm" | "nowMs">,
  key: KeyRecord,
): Promise<Pick<PresentMaterial, "id" | "token" | "createdMs">> {
  const id = hexOf(entropy(new Uint8Array(32)))
  const token = await hsm.generateKey(bindingOf(place, key, id))
  return { id, token, createdMs: nowMs }
}
