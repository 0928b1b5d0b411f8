import type { KeyRecord } from "../formats/stored/key-records.js"
import type { CloudHsmStore, ProxyRecord } from "../formats/stored/key-store-records.js"
import type { XksKeyMetadata } from "../formats/xks/xks-messages.js"
import type { CallHead } from "../model/caller.js"
import type { CloudHsmClusterStatus } from "../ports/key-stores.js"

/** A proxy, and the credential in the clear: for one call and no longer. */
export interface ProxyTarget extends ProxyRecord {
  readonly secretAccessKey: string
}

/** A key and an external key on top of it, and what is authenticated with the message. */
export interface XksKeyUse {
  readonly xksKeyId: string
  readonly key: Pick<KeyRecord, "account" | "keyId">
  readonly messageAad: Uint8Array
}

/** An external key store proxy. Every method throws `XksError` when the proxy fails it. */
export interface XksProxy {
  /** Resolves when the proxy and a key manager behind it are there. */
  health(): Promise<void>
  keyMetadata(xksKeyId: string): Promise<XksKeyMetadata>
  encrypt(use: XksKeyUse, plaintext: Uint8Array): Promise<Uint8Array>
  /** `undefined` for what no proxy has made. */
  decrypt(use: XksKeyUse, ciphertext: Uint8Array): Promise<Uint8Array | undefined>
}

/** A CloudHSM cluster, as this host can reach it. */
export interface Cluster {
  readonly trustAnchorCertificate: string
  status(): Promise<CloudHsmClusterStatus>
  acceptsPassword(password: string): boolean
  /** Opens its HSM in the domain of the store, which is made where there is none. */
  open(account: string, store: CloudHsmStore): Promise<void>
}

/** What stands behind custom key stores. */
export interface Backings {
  /** `undefined` when the account has no such cluster, or this host cannot reach it. */
  cluster(account: string, clusterId: string): Cluster | undefined
  proxy(target: ProxyTarget, call: CallHead): XksProxy
}
