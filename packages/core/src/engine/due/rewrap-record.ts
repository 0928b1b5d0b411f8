import { type KeyRecord, keyRecordFormat, keysPrefix } from "../../formats/stored/key-records.js"
import {
  type KeyStore,
  type KeyStoresRecord,
  keyStoresFormat,
  keyStoresKey,
} from "../../formats/stored/key-store-records.js"
import type { RecordFormat } from "../../formats/stored/record-format.js"
import {
  type KnownRegionRecord,
  knownRegionFormat,
  knownRegionKey,
  type OfferRecord,
  offerFormat,
  offerPrefix,
  type ReplicationKeyRecord,
  replicationKeyFormat,
  replicationKeyKey,
} from "../../formats/stored/region-records.js"
import { isPresent } from "../../model/key-materials.js"
import { boundToken } from "../../operations/bound-tokens.js"
import { credentialPlace, passwordPlace, secretToken } from "../../operations/key-stores/secrets.js"
import { isHsmError } from "../../ports/hsm.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import type { Place } from "../../vocabulary/arns.js"
import { domainName } from "../regions/known-regions.js"

/*
 * Which records hold tokens under the domain key, and what each token is bound to.
 */

interface Rewrapping {
  readonly place: Place
  readonly hsm: RegionHsm
}

/** The token itself if it is under the current domain key, else what `wrap` makes of it. */
const current = async (
  { hsm }: Rewrapping,
  token: Uint8Array,
  wrap: () => ReturnType<RegionHsm["rewrap"]>,
): Promise<Uint8Array> => ((await hsm.isCurrent(token)) ? token : wrap())

async function rewrapKey(at: Rewrapping, key: KeyRecord): Promise<KeyRecord> {
  // Those are under a domain key of their cluster.
  if (key.origin === "AWS_CLOUDHSM") return key
  const { place, hsm } = at
  const materials = key.materials.map(async (material) => {
    if (!isPresent(material)) return material
    const bound = boundToken(place, key, material)
    return { ...material, token: await current(at, bound.token, () => hsm.rewrap(bound)) }
  })
  return { ...key, materials: await Promise.all(materials) }
}

async function rewrapStore(at: Rewrapping, account: string, store: KeyStore): Promise<KeyStore> {
  const { hsm } = at
  if (store.type === "AWS_CLOUDHSM") {
    const bound = secretToken(at, passwordPlace(account, store), store.password)
    const token = await current(at, bound.token, () => hsm.rewrap(bound))
    return { ...store, password: { ...store.password, token } }
  }
  const bound = secretToken(at, credentialPlace(account, store), store.secretAccessKey)
  const token = await current(at, bound.token, () => hsm.rewrap(bound))
  return { ...store, secretAccessKey: { ...store.secretAccessKey, token } }
}

async function rewrapStores(at: Rewrapping, record: KeyStoresRecord): Promise<KeyStoresRecord> {
  const stores = record.stores.map((store) => rewrapStore(at, record.account, store))
  return { ...record, stores: await Promise.all(stores) }
}

async function rewrapOwnKey(at: Rewrapping, { token }: ReplicationKeyRecord) {
  const kept = { kind: "replication key", token } as const
  return { token: await current(at, token, () => at.hsm.rewrapReplication(kept)) }
}

async function rewrapRegion(at: Rewrapping, known: KnownRegionRecord): Promise<KnownRegionRecord> {
  const { endorsement: token, region } = known
  const kept = { kind: "endorsement", token, name: domainName(at.place, region) } as const
  try {
    return { ...known, endorsement: await current(at, token, () => at.hsm.rewrapReplication(kept)) }
  } catch (error) {
    // From before trust was withdrawn: it counts no more, and keeps no domain key.
    if (isHsmError(error) && error.code === "token-refused") return known
    throw error
  }
}

async function rewrapOffer(at: Rewrapping, record: OfferRecord): Promise<OfferRecord> {
  const { offer, offerToken: token } = record
  const kept = { kind: "offer", token, offer } as const
  return { ...record, offerToken: await current(at, token, () => at.hsm.rewrapReplication(kept)) }
}

interface Holder {
  readonly prefix: string
  /** The same record with all its tokens under the current domain key. */
  rewrap(at: Rewrapping, bytes: Uint8Array, key: string): Promise<Uint8Array>
}

const holder = <Value>(
  prefix: string,
  format: RecordFormat<Value>,
  rewrap: (at: Rewrapping, record: Value) => Promise<Value>,
): Holder => ({
  prefix,
  rewrap: async (at, bytes, key) => format.encode(await rewrap(at, format.decode(bytes, key))),
})

const holders: readonly Holder[] = [
  holder(keysPrefix, keyRecordFormat, rewrapKey),
  holder(keyStoresKey(""), keyStoresFormat, rewrapStores),
  holder(replicationKeyKey, replicationKeyFormat, rewrapOwnKey),
  holder(knownRegionKey(""), knownRegionFormat, rewrapRegion),
  holder(offerPrefix, offerFormat, rewrapOffer),
]

/** What holds tokens under a storage key; `undefined` where there are none. */
export const tokenHolder = (key: string): Holder | undefined =>
  holders.find(({ prefix }) => key.startsWith(prefix))
