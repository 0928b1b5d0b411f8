import type { KeyRecord } from "../formats/stored/key-records.js"
import type { KeyStore, KeyStoresRecord, ProxyRecord } from "../formats/stored/key-store-records.js"
import type { KmsError } from "../vocabulary/errors.js"
import type { KeyState } from "../vocabulary/key-states.js"
import type { ConnectionErrorCode, ConnectionState } from "../vocabulary/key-stores.js"
import {
  clusterInUse,
  endpointInUse,
  endpointServiceInUse,
  nameInUse,
  tooManyStores,
  uriInUse,
} from "../vocabulary/refusals/key-stores.js"

/*
 * The rules of custom key stores: what each connection state admits, what keys in them are, and
 * what two stores of an account must not share.
 */

/** Whether a connection state admits an operation. "in part": as far as the type of store says. */
export type ConnectionVerdict = "admit" | "refuse" | "in part"
export type ConnectionAdmission = Readonly<Record<ConnectionState, ConnectionVerdict>>

/** Source: AWS KMS Developer Guide, "Connection states of key stores"; KMS API reference. */
export const connection = {
  connect: {
    DISCONNECTED: "admit",
    CONNECTING: "admit",
    CONNECTED: "admit",
    DISCONNECTING: "refuse",
    FAILED: "refuse",
  },
  disconnect: {
    DISCONNECTED: "refuse",
    CONNECTING: "admit",
    CONNECTED: "admit",
    DISCONNECTING: "refuse",
    FAILED: "admit",
  },
  update: {
    DISCONNECTED: "admit",
    CONNECTING: "refuse",
    CONNECTED: "in part",
    DISCONNECTING: "refuse",
    FAILED: "refuse",
  },
  delete: {
    DISCONNECTED: "admit",
    CONNECTING: "refuse",
    CONNECTED: "refuse",
    DISCONNECTING: "refuse",
    FAILED: "refuse",
  },
  /** CreateKey and GenerateRandom. */
  use: {
    DISCONNECTED: "refuse",
    CONNECTING: "refuse",
    CONNECTED: "admit",
    DISCONNECTING: "refuse",
    FAILED: "refuse",
  },
} as const satisfies Readonly<Record<string, ConnectionAdmission>>

/** States of a key that a store which is not connected hides. */
const hidden: readonly KeyState[] = ["Enabled", "Disabled"]

/**
 * The state of a key in a store. What was asked of the key meanwhile is in its record and shows
 * when the store is connected again.
 */
export const stateInStore = ({ state }: KeyRecord, store: KeyStore | undefined): KeyState =>
  store?.state !== "CONNECTED" && hidden.includes(state) ? "Unavailable" : state

const withState = (store: KeyStore, state: ConnectionState): KeyStore => {
  const { errorCode: _, ...rest } = store
  return { ...rest, state }
}

export const connected = (store: KeyStore): KeyStore => withState(store, "CONNECTED")
export const disconnected = (store: KeyStore): KeyStore => withState(store, "DISCONNECTED")
export const failed = (store: KeyStore, errorCode: ConnectionErrorCode): KeyStore => ({
  ...withState(store, "FAILED"),
  errorCode,
})

/** With a store in the place of its former self, or as the newest. */
export function withStore(record: KeyStoresRecord, store: KeyStore): KeyStoresRecord {
  const isKnown = record.stores.some(({ id }) => id === store.id)
  const stores = isKnown
    ? record.stores.map((one) => (one.id === store.id ? store : one))
    : [...record.stores, store]
  return { ...record, stores }
}

export const withoutStore = (record: KeyStoresRecord, id: string): KeyStoresRecord => ({
  ...record,
  stores: record.stores.filter((store) => store.id !== id),
})

interface UniquenessRule {
  readonly refusal: (other: { readonly id: string }) => KmsError
  readonly clashes: (a: KeyStore, b: KeyStore) => boolean
}

const betweenProxies =
  (clashes: (a: ProxyRecord, b: ProxyRecord) => boolean) =>
  (a: KeyStore, b: KeyStore): boolean =>
    "proxy" in a && "proxy" in b && clashes(a.proxy, b.proxy)

/** The case of a host name says nothing. */
const isSameEndpoint = (a: ProxyRecord, b: ProxyRecord): boolean =>
  a.uriEndpoint.toLowerCase() === b.uriEndpoint.toLowerCase()

/**
 * What two stores of one account and region must not have in common, in the order in which it is
 * looked at. Endpoints in a VPC are never shared; public ones are, by stores of other paths.
 *
 * Source: KMS API reference, CreateCustomKeyStore.
 */
const uniquenessRules: readonly UniquenessRule[] = [
  { refusal: nameInUse, clashes: (a, b) => a.name === b.name },
  {
    refusal: clusterInUse,
    clashes: (a, b) => "clusterId" in a && "clusterId" in b && a.clusterId === b.clusterId,
  },
  {
    refusal: uriInUse,
    clashes: betweenProxies((a, b) => isSameEndpoint(a, b) && a.uriPath === b.uriPath),
  },
  {
    refusal: endpointInUse,
    clashes: betweenProxies(
      (a, b) =>
        isSameEndpoint(a, b) &&
        (a.connectivity === "VPC_ENDPOINT_SERVICE" || b.connectivity === "VPC_ENDPOINT_SERVICE"),
    ),
  },
  {
    refusal: endpointServiceInUse,
    clashes: betweenProxies(
      (a, b) =>
        a.vpcEndpointServiceName !== undefined &&
        a.vpcEndpointServiceName === b.vpcEndpointServiceName,
    ),
  },
]

/** Refuses a store, new or changed, that shares with another one what must be its own. */
export function requireDistinct({ stores }: KeyStoresRecord, store: KeyStore): void {
  const others = stores.filter(({ id }) => id !== store.id)
  for (const { refusal, clashes } of uniquenessRules) {
    const other = others.find((one) => clashes(one, store))
    if (other !== undefined) throw refusal({ id: other.id })
  }
}

/** Refuses one store too many. */
export function requireRoomForStore({ stores }: KeyStoresRecord, storesMax: number): void {
  if (stores.length < storesMax) return
  throw tooManyStores()
}
