import type { KeyRecord } from "../formats/stored/key-records.js"
import type { PresentMaterial } from "../model/key-materials.js"
import type { Binding, BoundToken } from "../ports/bindings.js"
import type { Place } from "../vocabulary/arns.js"
import { hexOf } from "../vocabulary/bytes.js"
import type { Call } from "./call.js"

/** What the key material of a key is bound to. */
export const bindingOf = (
  { partition }: Place,
  {
    account,
    keyId,
    keySpec,
    keyUsage,
  }: Pick<KeyRecord, "account" | "keyId" | "keySpec" | "keyUsage">,
  keyMaterialId: string,
): Binding => ({ partition, account, keyId, keyMaterialId, keySpec, keyUsage })

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
