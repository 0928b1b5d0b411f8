import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import {
  type KeyStoreEntry,
  keyStoreEntryFormat,
  keyStoreEntryKey,
} from "../../formats/stored/key-store-records.js"
import type { XksKeyMetadata } from "../../formats/xks/xks-messages.js"
import type { Change } from "../../model/changes.js"
import { isDeleted } from "../../model/keys.js"
import { storeEntryToKey } from "../../model/ties.js"
import { refuseCreateKey } from "../../model/xks-failures.js"
import type { Origin } from "../../vocabulary/key-specs.js"
import { limits } from "../../vocabulary/limits.js"
import { pick } from "../../vocabulary/pick.js"
import {
  externalKeyInUse,
  externalKeyUnaddressable,
  externalKeyUnusable,
  noMultiRegion,
  originNeedsMember,
  storeNeedless,
  wrongStoreForOrigin,
} from "../../vocabulary/refusals/key-stores.js"
import type { Call, LocatedKeyStore } from "../call.js"
import { requireAgreement } from "../follow.js"
import { hsmsToCreate, requireActive } from "./cloud-hsm.js"
import { proxyOf } from "./external.js"

/* How a new KMS key enters a custom key store. */

/** The members of CreateKey that say where a key goes. */
export interface StoreChoice {
  readonly CustomKeyStoreId?: string | undefined
  readonly XksKeyId?: string | undefined
  readonly MultiRegion?: boolean | undefined
}

/** The members of {@link StoreChoice} that an origin takes, all of them. */
const membersOfOrigin: Readonly<Record<Origin, readonly (keyof StoreChoice)[]>> = {
  AWS_KMS: ["MultiRegion"],
  EXTERNAL: ["MultiRegion"],
  AWS_CLOUDHSM: ["CustomKeyStoreId"],
  EXTERNAL_KEY_STORE: ["CustomKeyStoreId", "XksKeyId"],
}

/** Refuses a choice that does not go with the origin. */
export function checkStoreChoice(origin: Origin, choice: StoreChoice): void {
  const members = membersOfOrigin[origin]
  for (const member of ["CustomKeyStoreId", "XksKeyId"] as const) {
    const isGiven = choice[member] !== undefined
    if (isGiven && !members.includes(member)) throw storeNeedless()
    if (!isGiven && members.includes(member)) throw originNeedsMember({ origin, member })
  }
  if (choice.MultiRegion === true && !members.includes("MultiRegion")) {
    throw noMultiRegion({ origin })
  }
}

/** A key without a store, or how it stands in its store and what else changes by that. */
export interface Placement {
  readonly keyStore?: Exclude<KeyRecord["keyStore"], undefined>
  readonly changes: readonly Change[]
}

/** The name's holder, unless that is a key whose deletion date has passed. */
async function requireUnused(
  call: Call<unknown>,
  entry: KeyStoreEntry,
): Promise<KeyStoreEntry | undefined> {
  const key = keyStoreEntryKey(entry)
  const before = await call.records.read(keyStoreEntryFormat, key)
  if (before === undefined) return undefined
  const holderKey = keyRecordKey(entry.account, before.keyId)
  const holder = await call.records.read(keyRecordFormat, holderKey)
  await requireAgreement(call.records, storeEntryToKey, before, holder)
  if (holder === undefined || isDeleted(holder, call.nowMs)) return before
  throw externalKeyInUse()
}

/** What an external key must be. Source: XKS proxy API specification, GetKeyMetadata. */
function requireUsable({ keySpec, keyUsage, keyStatus }: XksKeyMetadata): void {
  const isUsable =
    keySpec === "AES_256" &&
    keyStatus === "ENABLED" &&
    ["ENCRYPT", "DECRYPT"].every((usage) => keyUsage.includes(usage))
  if (!isUsable) throw externalKeyUnusable()
}

/** The longest path of a request about a key, without what stands in front of the key id. */
const longestOperation = "/keys//metadata".length

function requireAddressable(uri: string, xksKeyId: string): void {
  // A path that is `.` or `..` means another one, and a longer URI is none that a proxy must take.
  const lengthMax = limits.xksUriCharactersMax - longestOperation
  if (/^\.{1,2}$/.test(xksKeyId) || uri.length + xksKeyId.length > lengthMax) {
    throw externalKeyUnaddressable({ id: xksKeyId })
  }
}

type StoreOf<Type> = Extract<LocatedKeyStore["store"], { readonly type: Type }>

type Requirement = (
  call: Call<unknown>,
  store: LocatedKeyStore["store"],
  account: string,
  name: string,
) => Promise<void>

/** What a key needs of each type of store; throws the refusal. */
const requirements = {
  AWS_CLOUDHSM: async (call: Call<unknown>, store: StoreOf<"AWS_CLOUDHSM">, account: string) => {
    const cluster = call.backings.cluster(account, store.clusterId)
    if (cluster !== undefined) requireActive(await cluster.status(), hsmsToCreate)
  },
  EXTERNAL_KEY_STORE: async (
    call: Call<unknown>,
    store: StoreOf<"EXTERNAL_KEY_STORE">,
    account: string,
    xksKeyId: string,
  ) => {
    const { uriEndpoint, uriPath } = store.proxy
    requireAddressable(uriEndpoint + uriPath, xksKeyId)
    const proxy = await proxyOf(call, store, account)
    requireUsable(await proxy.keyMetadata(xksKeyId).catch(refuseCreateKey))
  },
}

/**
 * Where a new key goes. No store is deleted meanwhile: it would have to be disconnected first,
 * which changes the record that this call has read and expects unchanged.
 */
export async function placeKey(
  call: Call<StoreChoice>,
  { account, keyId, origin }: Pick<KeyRecord, "account" | "keyId" | "origin">,
): Promise<Placement> {
  if (call.keyStore === undefined) return { changes: [] }
  const { store } = call.keyStore
  if (store.type !== origin) throw wrongStoreForOrigin({ id: store.id, origin })
  const { XksKeyId: xksKeyId } = call.input
  const entry = { account, storeId: store.id, name: xksKeyId ?? keyId, keyId }
  const before = await requireUnused(call, entry)
  await pick<Requirement>(requirements, store.type)(call, store, account, entry.name)
  return {
    keyStore: { id: store.id, ...(xksKeyId !== undefined && { xksKeyId }) },
    changes: [{ kind: "key store entry", before, after: entry }],
  }
}
