import * as z from "zod/mini"
import {
  type KeyStore,
  type KeyStoresRecord,
  keyStoreEntryFormat,
  keyStoreEntryKey,
  keyStoreEntryPrefix,
  keyStoresFormat,
  keyStoresKey,
} from "../../formats/stored/key-store-records.js"
import {
  type ConnectionAdmission,
  connected,
  connection,
  disconnected,
  failed,
  requireRoomForStore,
  withoutStore,
  withStore,
} from "../../model/key-stores.js"
import { isDeleted } from "../../model/keys.js"
import { storeEntryToKey } from "../../model/ties.js"
import { hexOf } from "../../vocabulary/bytes.js"
import { invariant } from "../../vocabulary/errors.js"
import type { KeyStoreType } from "../../vocabulary/key-stores.js"
import { limits } from "../../vocabulary/limits.js"
import { pick } from "../../vocabulary/pick.js"
import {
  noSuchStore,
  storeHasKeys,
  storeOrNameNeeded,
} from "../../vocabulary/refusals/key-stores.js"
import type { Call, LocatedKeyStore } from "../call.js"
import { followAll } from "../follow.js"
import { pageOf } from "../paging.js"
import { row } from "../row.js"
import * as shape from "../shapes.js"
import type { Subject } from "../subjects.js"
import { cloudHsmStores } from "./cloud-hsm.js"
import { externalStores } from "./external.js"
import {
  createInput,
  describeInput,
  requireMembersOf,
  type StoreEntry,
  storeEntry,
  updateInput,
} from "./inputs.js"
import type { StoreKind } from "./kinds.js"

const kinds = { AWS_CLOUDHSM: cloudHsmStores, EXTERNAL_KEY_STORE: externalStores }

const kindOf = (type: KeyStoreType): StoreKind<KeyStore> => pick(kinds, type)

/** Key stores have no ARN: policies know them as `*`. */
const anyStore = (action: string): Subject => ({ by: "account", action })

const namedStore = (admitted: ConnectionAdmission): Subject => ({
  by: "key store",
  member: "CustomKeyStoreId",
  connection: admitted,
  hsm: "of the region",
})

function storeOf(call: Call<unknown>): LocatedKeyStore {
  invariant(call.keyStore, "the call has located its key store")
  return call.keyStore
}

/** The stores of the caller's account; none yet is an empty record. */
async function storesOf(call: Call<unknown>) {
  const { account } = call.caller
  const before = await call.records.read(keyStoresFormat, keyStoresKey(account))
  return { before, record: before ?? { account, stores: [] } }
}

/** Proposes a store as it is to be. */
const changeStore = ({ record }: LocatedKeyStore, store: KeyStore) =>
  [{ kind: "key stores", before: record, after: withStore(record, store) }] as const

/** Makes a custom key store, behind which stands a CloudHSM cluster or an external proxy. */
export const CreateCustomKeyStore = row({
  input: createInput,
  reply: () => z.object({ CustomKeyStoreId: z.string() }),
  subjects: [anyStore("kms:CreateCustomKeyStore")],
  effect: "write",
  audit: [
    "CustomKeyStoreName",
    "CustomKeyStoreType",
    "CloudHsmClusterId",
    "XksProxyConnectivity",
    "XksProxyUriEndpoint",
    "XksProxyUriPath",
    "XksProxyVpcEndpointServiceName",
    "XksProxyVpcEndpointServiceOwner",
  ],
  perform: async (call) => {
    const { input, nowMs, entropy } = call
    const { before, record } = await storesOf(call)
    requireRoomForStore(record, call.quotas.keyStoresPerAccount)
    const id = `cks-${hexOf(entropy(new Uint8Array(9))).slice(1)}`
    const name = input.CustomKeyStoreName
    const base = { id, name, createdMs: nowMs, state: "DISCONNECTED" } as const
    const kind = kindOf(input.CustomKeyStoreType ?? "AWS_CLOUDHSM")
    const after = withStore(record, await kind.create(call, base, input, record))
    return { reply: { CustomKeyStoreId: id }, changes: [{ kind: "key stores", before, after }] }
  },
})

const describe = (store: KeyStore): StoreEntry => ({
  CustomKeyStoreId: store.id,
  CustomKeyStoreName: store.name,
  CustomKeyStoreType: store.type,
  ConnectionState: store.state,
  ...(store.errorCode !== undefined && { ConnectionErrorCode: store.errorCode }),
  CreationDate: new Date(store.createdMs),
  ...kindOf(store.type).entry(store),
})

/** The store of that id or name, or all of them. */
function selectStores({ stores }: KeyStoresRecord, id?: string, name?: string) {
  const wanted = id ?? name
  if (wanted === undefined) return stores
  const store = stores.find((one) => (id === undefined ? one.name === name : one.id === id))
  if (store === undefined) throw noSuchStore({ store: wanted })
  return [store]
}

/** Lists the custom key stores of the account, or shows one of them. */
export const DescribeCustomKeyStores = row({
  input: describeInput,
  reply: () => z.object({ CustomKeyStores: z.array(storeEntry()), ...shape.pageReply() }),
  subjects: [anyStore("kms:DescribeCustomKeyStores")],
  effect: "read",
  audit: ["CustomKeyStoreId", "CustomKeyStoreName", "Limit", "Marker"],
  check: ({ CustomKeyStoreId, CustomKeyStoreName }) => {
    if (CustomKeyStoreId === undefined || CustomKeyStoreName === undefined) return
    throw storeOrNameNeeded()
  },
  perform: async (call) => {
    const { CustomKeyStoreId, CustomKeyStoreName } = call.input
    const { record } = await storesOf(call)
    const selected = selectStores(record, CustomKeyStoreId, CustomKeyStoreName)
    const paging = {
      list: "DescribeCustomKeyStores",
      nameOf: ({ id }: KeyStore) => id,
      limitDefault: limits.keyStoresPageDefault,
      limitMax: limits.keyStoresPageMax,
    }
    const byId = [...selected].sort((a, b) => (a.id < b.id ? -1 : 1))
    const { records, reply } = pageOf(call, paging, byId)
    return { reply: { CustomKeyStores: records.map(describe), ...reply } }
  },
})

/** Changes the name of a custom key store, or what stands behind it. */
export const UpdateCustomKeyStore = row({
  input: updateInput,
  reply: shape.nothing,
  subjects: [anyStore("kms:UpdateCustomKeyStore"), namedStore(connection.update)],
  effect: "write",
  audit: [
    "CustomKeyStoreId",
    "NewCustomKeyStoreName",
    "CloudHsmClusterId",
    "XksProxyConnectivity",
    "XksProxyUriEndpoint",
    "XksProxyUriPath",
    "XksProxyVpcEndpointServiceName",
    "XksProxyVpcEndpointServiceOwner",
  ],
  perform: async (call) => {
    const { input } = call
    const { store, record } = storeOf(call)
    requireMembersOf(store.type, input)
    const named = { ...store, name: input.NewCustomKeyStoreName ?? store.name }
    const after = await kindOf(store.type).update(call, named, input, record)
    return { reply: {}, changes: changeStore(storeOf(call), after) }
  },
})

const storeInput = () => z.object({ CustomKeyStoreId: shape.customKeyStoreId() })

/**
 * Connects a custom key store to its cluster or proxy, so that its keys can be used.
 *
 * The connection is made, or has failed, when the call returns: `CONNECTING` is never seen.
 */
export const ConnectCustomKeyStore = row({
  input: storeInput,
  reply: shape.nothing,
  subjects: [anyStore("kms:ConnectCustomKeyStore"), namedStore(connection.connect)],
  effect: "write",
  audit: ["CustomKeyStoreId"],
  perform: async (call) => {
    const { store, record } = storeOf(call)
    if (store.state !== "DISCONNECTED") return { reply: {} }
    const errorCode = await kindOf(store.type).connect(call, store, record.account)
    const after = errorCode === undefined ? connected(store) : failed(store, errorCode)
    return { reply: {}, changes: changeStore(storeOf(call), after) }
  },
})

/** Disconnects a custom key store. Its keys cannot be used until it is connected again. */
export const DisconnectCustomKeyStore = row({
  input: storeInput,
  reply: shape.nothing,
  subjects: [anyStore("kms:DisconnectCustomKeyStore"), namedStore(connection.disconnect)],
  effect: "write",
  audit: ["CustomKeyStoreId"],
  perform: (call) => ({
    reply: {},
    changes: changeStore(storeOf(call), disconnected(storeOf(call).store)),
  }),
})

const keysPage = 100

/**
 * Whether a key is in the store; one whose deletion date has passed is not. No key comes into the
 * store meanwhile: that expects the record of the stores, which its deletion changes.
 */
async function hasKeys(call: Call<unknown>, { record, store }: LocatedKeyStore): Promise<boolean> {
  const { account } = record
  const prefix = keyStoreEntryPrefix(account, store.id)
  let after: string | undefined
  for (;;) {
    const page = await call.records.list(keyStoreEntryFormat, { prefix, after, limit: keysPage })
    const followed = await followAll(call.records, storeEntryToKey, page.records)
    if (followed.some(({ to: key }) => !isDeleted(key, call.nowMs))) return true
    const last = page.records.at(-1)
    if (!page.more || last === undefined) return false
    after = keyStoreEntryKey(last)
  }
}

/** Deletes a custom key store that is disconnected and has no keys. */
export const DeleteCustomKeyStore = row({
  input: storeInput,
  reply: shape.nothing,
  subjects: [anyStore("kms:DeleteCustomKeyStore"), namedStore(connection.delete)],
  effect: "write",
  audit: ["CustomKeyStoreId"],
  perform: async (call) => {
    const { record: before, store } = storeOf(call)
    if (await hasKeys(call, storeOf(call))) throw storeHasKeys()
    const after = withoutStore(before, store.id)
    return { reply: {}, changes: [{ kind: "key stores", before, after }] }
  },
})
