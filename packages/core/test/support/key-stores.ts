import type { KmsOptions } from "../../src/kms-options.js"
import type { CloudHsmCluster } from "../../src/ports/key-stores.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { sealOf } from "./hosts.js"
import { openWorld, type World } from "./world.js"
import { addKey, openXksProxy, type XksProxyServer } from "./xks-proxy.js"

export const clusterId = "cluster-abcdefg2345"
export const otherClusterId = "cluster-other234567"
export const certificate = "-----BEGIN CERTIFICATE-----\nMIIBexample\n-----END CERTIFICATE-----\n"
export const password = "kmsuser-Passw0rd"

/** A cluster with an HSM under a root key of its own. */
export const clusterOf = (seed = 90, members: Partial<CloudHsmCluster> = {}): CloudHsmCluster => ({
  hsm: createSoftwareHsm({ seal: sealOf(seed) }),
  trustAnchorCertificate: certificate,
  password,
  ...members,
})

export const hsmStoreInput = (members: object = {}) => ({
  CustomKeyStoreName: "hsm",
  CloudHsmClusterId: clusterId,
  TrustAnchorCertificate: certificate,
  KeyStorePassword: password,
  ...members,
})

export const xksStoreInput = (proxy: XksProxyServer, members: object = {}) => ({
  CustomKeyStoreName: "external",
  CustomKeyStoreType: "EXTERNAL_KEY_STORE" as const,
  XksProxyConnectivity: "PUBLIC_ENDPOINT" as const,
  XksProxyUriEndpoint: proxy.endpoint,
  XksProxyUriPath: proxy.uriPath,
  XksProxyAuthenticationCredential: proxy.credential,
  ...members,
})

export interface StoreWorld extends World {
  readonly storeId: string
  /** Makes a key in the store and answers its id. */
  newStoreKey(input?: object): Promise<string>
  entry(): Promise<Record<string, unknown>>
  state(keyId: string): Promise<string | undefined>
  /** Connects or disconnects the store. */
  connect(): Promise<unknown>
  disconnect(): Promise<unknown>
}

const describeStore = (world: World, storeId: string): Omit<StoreWorld, keyof World> => {
  const CustomKeyStoreId = storeId
  const { root } = world
  return {
    storeId,
    newStoreKey: (input = {}) => world.newKey({ CustomKeyStoreId, ...input }),
    entry: async () => {
      const reply = await root.describeCustomKeyStores({ CustomKeyStoreId })
      return { ...reply.CustomKeyStores?.[0] }
    },
    state: async (KeyId) => (await root.describeKey({ KeyId })).KeyMetadata?.KeyState,
    connect: () => root.connectCustomKeyStore({ CustomKeyStoreId }),
    disconnect: () => root.disconnectCustomKeyStore({ CustomKeyStoreId }),
  }
}

/** A world with a CloudHSM key store that is connected. */
export async function openHsmStore(options: Partial<KmsOptions> = {}): Promise<StoreWorld> {
  const world = await openWorld({ keyStores: { [clusterId]: clusterOf() }, ...options })
  const { CustomKeyStoreId = "" } = await world.root.createCustomKeyStore(hsmStoreInput())
  const stores = describeStore(world, CustomKeyStoreId)
  await stores.connect()
  return {
    ...world,
    ...stores,
    newStoreKey: (input = {}) => stores.newStoreKey({ Origin: "AWS_CLOUDHSM", ...input }),
  }
}

export interface XksWorld extends StoreWorld {
  readonly proxy: XksProxyServer
}

/** A world with an external key store that is connected, and two keys at its proxy. */
export async function openXksStore(options: Partial<KmsOptions> = {}): Promise<XksWorld> {
  const proxy = await openXksProxy()
  const world = await openWorld({ xks: proxy.xks, ...options })
  proxy.nowMs = world.clock
  addKey(proxy, "first")
  addKey(proxy, "second")
  const { CustomKeyStoreId = "" } = await world.root.createCustomKeyStore(xksStoreInput(proxy))
  const stores = describeStore(world, CustomKeyStoreId)
  await stores.connect()
  return {
    ...world,
    ...stores,
    proxy,
    newStoreKey: (input = {}) =>
      stores.newStoreKey({ Origin: "EXTERNAL_KEY_STORE", XksKeyId: "first", ...input }),
  }
}
