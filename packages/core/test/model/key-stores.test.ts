import { describe, expect, it } from "vitest"
import type { KeyStore, ProxyRecord } from "../../src/formats/stored/key-store-records.js"
import {
  connected,
  disconnected,
  failed,
  requireDistinct,
  requireRoomForStore,
  stateInStore,
  withoutStore,
  withStore,
} from "../../src/model/key-stores.js"
import {
  refuseCreateKey,
  refuseKeyStore,
  refuseUse,
  XksError,
  type XksFailure,
  xksErrorNames,
  xksFailures,
} from "../../src/model/xks-failures.js"
import { keyStates } from "../../src/vocabulary/key-states.js"
import { connectionStates, keyStoreTypeTable } from "../../src/vocabulary/key-stores.js"
import { account } from "../support/accounts.js"
import { keyRecord } from "../support/key-records.js"

const secret = { keyMaterialId: "m", token: Uint8Array.of(1), ciphertext: Uint8Array.of(2) }
const cluster = (id: string, more: object = {}): KeyStore => ({
  id,
  name: id,
  createdMs: 1,
  state: "DISCONNECTED",
  type: "AWS_CLOUDHSM",
  clusterId: `cluster-${id}`,
  trustAnchorCertificate: "c",
  password: secret,
  ...more,
})
const external = (id: string, proxy: Partial<ProxyRecord> = {}, name = id): KeyStore => ({
  id,
  name,
  createdMs: 1,
  state: "DISCONNECTED",
  type: "EXTERNAL_KEY_STORE",
  proxy: {
    uriEndpoint: `https://${id}.example.com`,
    uriPath: "/kms/xks/v1",
    connectivity: "PUBLIC_ENDPOINT",
    accessKeyId: "a",
    ...proxy,
  },
  secretAccessKey: secret,
})

describe("a key in a key store", () => {
  it.each(keyStates)("shows its state while the store is connected: %s", (state) => {
    const hidden = state === "Enabled" || state === "Disabled"
    for (const connection of connectionStates) {
      const shown = stateInStore(keyRecord({ state }), cluster("a", { state: connection }))
      expect(shown).toBe(hidden && connection !== "CONNECTED" ? "Unavailable" : state)
    }
    expect(stateInStore(keyRecord({ state }), undefined)).toBe(hidden ? "Unavailable" : state)
  })
})

const vpc = { connectivity: "VPC_ENDPOINT_SERVICE" } as const

const endpoint = { uriEndpoint: "https://one.example.com" }

const path = { uriPath: "/a/kms/xks/v1" }

const service = { ...vpc, vpcEndpointServiceName: "s" }

const pairs: readonly (readonly [
  sentence: string,
  one: KeyStore,
  other: KeyStore,
  ends: string,
])[] = [
  ["another name and cluster", cluster("a"), cluster("b"), "OK"],
  ["one name", cluster("a"), cluster("b", { name: "a" }), "CustomKeyStoreNameInUseException"],
  [
    "one name of two types",
    cluster("a"),
    external("b", {}, "a"),
    "CustomKeyStoreNameInUseException",
  ],
  [
    "one cluster",
    cluster("a"),
    cluster("b", { clusterId: "cluster-a" }),
    "CloudHsmClusterInUseException",
  ],
  ["itself", cluster("a"), cluster("a", { name: "new" }), "OK"],
  ["two endpoints", external("a"), external("b"), "OK"],
  ["one URI", external("a", endpoint), external("b", endpoint), "XksProxyUriInUseException"],
  [
    "one URI in capitals",
    external("a", endpoint),
    external("b", { uriEndpoint: "https://ONE.example.com" }),
    "XksProxyUriInUseException",
  ],
  [
    "two paths of a public endpoint",
    external("a", endpoint),
    external("b", { ...endpoint, ...path }),
    "OK",
  ],
  [
    "two paths of an endpoint in a VPC",
    external("a", { ...endpoint, ...vpc }),
    external("b", { ...endpoint, ...path }),
    "XksProxyUriEndpointInUseException",
  ],
  [
    "two paths of an endpoint, the other in a VPC",
    external("a", endpoint),
    external("b", { ...endpoint, ...path, ...vpc }),
    "XksProxyUriEndpointInUseException",
  ],
  ["two endpoints in a VPC", external("a", vpc), external("b", vpc), "OK"],
  [
    "one service",
    external("a", service),
    external("b", service),
    "XksProxyVpcEndpointServiceInUseException",
  ],
  [
    "two services",
    external("a", service),
    external("b", { ...service, vpcEndpointServiceName: "t" }),
    "OK",
  ],
  ["a cluster and a proxy", cluster("a"), external("b"), "OK"],
]

describe("a key store", () => {
  it("is connected, is not, or has failed for a reason", () => {
    const broken = failed(cluster("a"), "NETWORK_ERRORS")
    expect(broken).toEqual(cluster("a", { state: "FAILED", errorCode: "NETWORK_ERRORS" }))
    expect(connected(broken)).toEqual(cluster("a", { state: "CONNECTED" }))
    expect(disconnected(broken)).toEqual(cluster("a"))
    expect("errorCode" in disconnected(broken)).toBe(false)
  })

  it("stands in the place of its former self, or is the newest", () => {
    const record = { account, stores: [cluster("a"), cluster("b")] }
    const changed = cluster("a", { name: "new" })
    expect(withStore(record, changed)).toEqual({ account, stores: [changed, cluster("b")] })
    expect(withStore(record, cluster("c")).stores.map(({ id }) => id)).toEqual(["a", "b", "c"])
    expect(withoutStore(record, "a")).toEqual({ account, stores: [cluster("b")] })
    expect(withoutStore(record, "c")).toEqual(record)
  })

  it("is one of so many", () => {
    const record = { account, stores: [cluster("a")] }
    expect(() => requireRoomForStore(record, 2)).not.toThrow()
    expect(() => requireRoomForStore(record, 1)).toThrow(
      expect.objectContaining({ name: "LimitExceededException" }),
    )
  })

  it.each(pairs)("beside one with %s", (_sentence, one, other, ends) => {
    const act = () => requireDistinct({ account, stores: [cluster("z"), one] }, other)
    if (ends === "OK") return act()
    expect(act).toThrow(expect.objectContaining({ name: ends }))
    expect(act).toThrow(new RegExp(one.id))
  })

  it("makes random bytes, and may be changed while connected, as its type says", () => {
    const { AWS_CLOUDHSM: hsm, EXTERNAL_KEY_STORE: proxy } = keyStoreTypeTable
    expect([hsm.makesRandom, proxy.makesRandom]).toEqual([true, false])
    expect(hsm.updatedWhileConnected).toEqual(["NewCustomKeyStoreName"])
    expect(proxy.updatedWhileConnected).toEqual([
      "NewCustomKeyStoreName",
      "XksProxyAuthenticationCredential",
      "XksProxyUriPath",
    ])
    expect(hsm.notConnected("arn")).toBe("arn is unavailable.")
    expect(proxy.notConnected("arn")).toBe(
      "This KMS key is in a custom key store that is not connected to its external key store " +
        "proxy. Connect the external key store and try the request again.",
    )
  })
})

/*
 * Source: External Key Store Proxy API Specification, "Error codes"; AWS KMS Developer Guide,
 * "Troubleshooting external key stores".
 */
const told: Readonly<
  Record<XksFailure, readonly [createKey: string, keyStore: string, connection: string]>
> = {
  unreadable: [
    "CustomKeyStoreInvalidState",
    "XksProxyInvalidResponse",
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  keyDisabled: [
    "XksKeyInvalidConfiguration",
    "XksProxyInvalidResponse",
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  ciphertextRefused: [
    "CustomKeyStoreInvalidState",
    "XksProxyInvalidResponse",
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  plaintextRefused: [
    "CustomKeyStoreInvalidState",
    "XksProxyInvalidResponse",
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  keyUsage: ["XksKeyInvalidConfiguration", "XksProxyInvalidResponse", "XKS_PROXY_INVALID_RESPONSE"],
  unauthenticated: [
    "CustomKeyStoreInvalidState",
    "XksProxyIncorrectAuthenticationCredential",
    "INVALID_CREDENTIALS",
  ],
  denied: ["KMSInvalidState", "XksProxyInvalidResponse", "XKS_PROXY_ACCESS_DENIED"],
  keyNotFound: ["XksKeyNotFound", "XksProxyInvalidResponse", "XKS_PROXY_INVALID_RESPONSE"],
  uriPath: [
    "CustomKeyStoreInvalidState",
    "XksProxyInvalidConfiguration",
    "XKS_PROXY_INVALID_CONFIGURATION",
  ],
  unsupported: [
    "XksKeyInvalidConfiguration",
    "XksProxyInvalidResponse",
    "XKS_PROXY_INVALID_RESPONSE",
  ],
  dependencyTimeout: [
    "CustomKeyStoreInvalidState",
    "XksProxyUriUnreachable",
    "XKS_PROXY_TIMED_OUT",
  ],
  throttled: ["CustomKeyStoreInvalidState", "XksProxyUriUnreachable", "XKS_PROXY_NOT_REACHABLE"],
  managerFailed: [
    "CustomKeyStoreInvalidState",
    "XksProxyInvalidResponse",
    "XKS_PROXY_NOT_REACHABLE",
  ],
  managerUnavailable: [
    "CustomKeyStoreInvalidState",
    "XksProxyUriUnreachable",
    "XKS_PROXY_NOT_REACHABLE",
  ],
  unreachable: ["CustomKeyStoreInvalidState", "XksProxyUriUnreachable", "XKS_PROXY_NOT_REACHABLE"],
  tls: [
    "CustomKeyStoreInvalidState",
    "XksProxyUriUnreachable",
    "XKS_PROXY_INVALID_TLS_CONFIGURATION",
  ],
  timeout: ["CustomKeyStoreInvalidState", "XksProxyUriUnreachable", "XKS_PROXY_TIMED_OUT"],
}

describe("a proxy that does not do what it is asked", () => {
  const caught = (refuse: (thrown: unknown) => never, thrown: unknown) => {
    try {
      return refuse(thrown)
    } catch (error) {
      return error as Error
    }
  }

  it("is told in the words of each operation", () => {
    const found = Object.keys(told).map((failure) => {
      const thrown = new XksError(failure as XksFailure)
      const { message, connection } = xksFailures[failure as XksFailure]
      const names = [refuseUse, refuseCreateKey, refuseKeyStore].map((refuse) => {
        const error = caught(refuse, thrown)
        expect(error).toMatchObject({ message, cause: thrown })
        return error.name
      })
      return [failure, ...names, connection]
    })
    const wanted = Object.entries(told).map(([failure, [createKey, keyStore, connection]]) => [
      failure,
      "KMSInvalidStateException",
      `${createKey}Exception`,
      `${keyStore}Exception`,
      connection,
    ])
    expect(found).toEqual(wanted)
  })

  it("has one sentence for each failure", () => {
    expect(Object.keys(xksFailures)).toEqual(Object.keys(told))
    const messages = Object.values(xksFailures).map(({ message }) => message)
    expect(new Set(messages).size).toBe(messages.length)
  })

  it("says by the names of its specification what went wrong", () => {
    expect(xksErrorNames).toEqual({
      ValidationException: "unreadable",
      InvalidStateException: "keyDisabled",
      InvalidCiphertextException: "ciphertextRefused",
      InvalidKeyUsageException: "keyUsage",
      AuthenticationFailedException: "unauthenticated",
      AccessDeniedException: "denied",
      KeyNotFoundException: "keyNotFound",
      InvalidUriPathException: "uriPath",
      ThrottlingException: "throttled",
      InternalException: "managerFailed",
      UnsupportedOperationException: "unsupported",
      DependencyTimeoutException: "dependencyTimeout",
    })
  })

  it("is told from what else was thrown", () => {
    const other = new Error("x")
    for (const refuse of [refuseUse, refuseCreateKey, refuseKeyStore]) {
      expect(caught(refuse, other)).toBe(other)
    }
    expect(new XksError("tls")).toMatchObject({ name: "XksError", failure: "tls" })
  })
})
