/** What can stand behind a custom key store. Keys in it have an origin of the same name. */
export const keyStoreTypes = ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] as const
export type KeyStoreType = (typeof keyStoreTypes)[number]

/** How the keys of a type of key store behave where that is not how all keys do. */
export interface KeyStoreTypeRow {
  /** GenerateRandom can take its bytes from such a store. */
  readonly makesRandom: boolean
  /** What may be updated while the store is connected. */
  readonly updatedWhileConnected: readonly string[]
  /** Why a key cannot be used while its store is not connected. */
  readonly notConnected: (keyArn: string) => string
}

/** Source: AWS KMS Developer Guide, "Key stores"; KMS API reference, UpdateCustomKeyStore. */
export const keyStoreTypeTable: Readonly<Record<KeyStoreType, KeyStoreTypeRow>> = {
  AWS_CLOUDHSM: {
    makesRandom: true,
    updatedWhileConnected: ["NewCustomKeyStoreName"],
    notConnected: (keyArn) => `${keyArn} is unavailable.`,
  },
  EXTERNAL_KEY_STORE: {
    makesRandom: false,
    updatedWhileConnected: [
      "NewCustomKeyStoreName",
      "XksProxyAuthenticationCredential",
      "XksProxyUriPath",
    ],
    notConnected: () =>
      "This KMS key is in a custom key store that is not connected to its external key store " +
      "proxy. Connect the external key store and try the request again.",
  },
}

/** Source: KMS API reference, CustomKeyStoresListEntry. */
export const connectionStates = [
  "CONNECTED",
  "CONNECTING",
  "FAILED",
  "DISCONNECTED",
  "DISCONNECTING",
] as const
export type ConnectionState = (typeof connectionStates)[number]

/** Why a connection failed. Source: KMS API reference, CustomKeyStoresListEntry. */
export const connectionErrorCodes = [
  "INVALID_CREDENTIALS",
  "CLUSTER_NOT_FOUND",
  "NETWORK_ERRORS",
  "INTERNAL_ERROR",
  "INSUFFICIENT_CLOUDHSM_HSMS",
  "USER_LOCKED_OUT",
  "USER_NOT_FOUND",
  "USER_LOGGED_IN",
  "SUBNET_NOT_FOUND",
  "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
  "XKS_PROXY_ACCESS_DENIED",
  "XKS_PROXY_NOT_REACHABLE",
  "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
  "XKS_PROXY_INVALID_RESPONSE",
  "XKS_PROXY_INVALID_CONFIGURATION",
  "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
  "XKS_PROXY_TIMED_OUT",
  "XKS_PROXY_INVALID_TLS_CONFIGURATION",
] as const
export type ConnectionErrorCode = (typeof connectionErrorCodes)[number]

export const xksConnectivities = ["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"] as const
export type XksConnectivity = (typeof xksConnectivities)[number]

const clusterId = /^cluster-[2-7a-zA-Z]{11,16}$/
export const isClusterId = (text: string): boolean => clusterId.test(text)
