import type { RegionReply } from "../../formats/regions/region-bodies.js"
import type { KeyRecord } from "../../formats/stored/key-records.js"
import type { OfferRecord } from "../../formats/stored/region-records.js"
import { isPresent } from "../../model/key-materials.js"
import { bindingOf, boundToken, keyBindingOf } from "../../operations/bound-tokens.js"
import { isHsmError } from "../../ports/hsm.js"
import type { Region } from "../../vocabulary/arns.js"
import type { BareHost } from "./bare-host.js"
import type { KnownRegions } from "./known-regions.js"

type Offered = Extract<RegionReply, { kind: "offered" }>

/**
 * The materials that another region lacks, wrapped for its offer. `undefined` when the offer is
 * not genuine, the region is not known, or this key has not all of them, or only imported ones, or
 * when the HSM lets none of them leave.
 */
export async function wrapMaterials(
  { place, domain }: BareHost,
  known: KnownRegions,
  region: Region,
  key: KeyRecord,
  { offer, missing }: Offered,
): Promise<Uint8Array | undefined> {
  // What was imported is imported into each region by its owner, whoever asks for it.
  if (key.origin === "EXTERNAL" || new Set(missing).size < missing.length) return undefined
  const target = await known.find(region)
  const materials = missing.map((id) => key.materials.find((material) => material.id === id))
  if (target === undefined || !materials.every(isPresent)) return undefined
  const replicationKey = await known.ownKey()
  const keys = materials.map((material) => boundToken(place, key, material))
  try {
    return await domain.use((hsm) => hsm.wrapForRegion({ replicationKey, target, offer, keys }))
  } catch (error) {
    if (isHsmError(error) && error.code === "unsupported") return undefined
    throw error
  }
}

/** A one-time key for the materials of a key, which only that region can use. */
export async function makeOffer(
  { place, domain }: BareHost,
  known: KnownRegions,
  source: Region,
  key: KeyRecord,
): Promise<OfferRecord | undefined> {
  const peer = await known.find(source)
  if (peer === undefined) return undefined
  const replicationKey = await known.ownKey()
  const { account, keyId } = key
  const binding = keyBindingOf(place, key)
  const made = await domain.use((hsm) =>
    hsm.offerTransfer({ replicationKey, source: peer, binding }),
  )
  return { account, keyId, source, offer: made.offer, offerToken: made.offerToken }
}

/** The tokens of transferred materials by id; `undefined` when any of it is not genuine. */
export async function unwrapMaterials(
  { place, domain }: BareHost,
  known: KnownRegions,
  { source: region, offer, offerToken }: OfferRecord,
  key: KeyRecord,
  ids: readonly string[],
  transfer: Uint8Array,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const source = await known.find(region)
  if (source === undefined) return undefined
  const bindings = ids.map((id) => bindingOf(place, key, id))
  const tokens = await domain.use((hsm) =>
    hsm.unwrapFromRegion({ source, offer, offerToken, transfer, bindings }),
  )
  return tokens && new Map(ids.map((id, i) => [id, tokens[i] as Uint8Array]))
}
