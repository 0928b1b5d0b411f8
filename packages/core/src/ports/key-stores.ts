import type { Eventually } from "../vocabulary/eventually.js"
import type { ConnectionErrorCode } from "../vocabulary/key-stores.js"
import type { Hsm } from "./hsm.js"

/** How a cluster is doing. */
export interface CloudHsmClusterStatus {
  /** Initialized and active. */
  readonly isActive: boolean
  /** Active HSMs: creating a key store or a key in it takes two, connecting takes one. */
  readonly activeHsms: number
  /** Why KMS cannot connect now; absent when it can. */
  readonly connectionErrorCode?: ConnectionErrorCode | undefined
}

/**
 * What an AWS CloudHSM key store is connected to: another HSM, whose keys live in a domain of
 * their own. It must be an HSM that nothing else uses.
 */
export interface CloudHsmCluster {
  readonly hsm: Hsm
  /** The certificate that CreateCustomKeyStore must be given, in PEM; white space is ignored. */
  readonly trustAnchorCertificate: string
  /** The password of `kmsuser`, which connecting needs. Default: every password will do. */
  readonly password?: string | undefined
  /** The account that has the cluster. Default: the account of the engine. */
  readonly account?: string | undefined
  /** Asked whenever it matters. Default: active, with two HSMs. */
  readonly status?: (() => Eventually<CloudHsmClusterStatus>) | undefined
}

/** The clusters that custom key stores can name, by cluster id (`cluster-…`). */
export type CloudHsmClusters = Readonly<Record<string, CloudHsmCluster>>

/** An answer of a proxy, as `fetch` gives it. */
export interface XksResponse {
  readonly status: number
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>
      cancel(): Promise<void>
    }
  } | null
}

/** How a request to a proxy is to be sent. A redirect is an error: the request is signed. */
export interface XksRequest {
  readonly method: "POST"
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly redirect: "error"
  /** What `timeout` made, as it is: of whatever type the `fetch` of the platform wants. */
  readonly signal: never
}

/** Says once that time is up, as an `AbortSignal` does. */
export interface XksTimeout {
  readonly aborted: boolean
  addEventListener(type: "abort", listener: () => void): void
}

/**
 * How external key store proxies are reached. On most platforms:
 * `{ fetch, timeout: (ms) => AbortSignal.timeout(ms) }`. A `fetch` that brings a client
 * certificate along makes mutual TLS. Whoever may create key stores chooses which host is asked,
 * always over HTTPS: a `fetch` for a network with secrets of its own should know its proxies. The
 * time limit holds also for a `fetch` that ignores its signal: the answer is then no longer
 * waited for.
 */
export interface XksOptions {
  fetch(url: string, request: XksRequest): Promise<XksResponse>
  timeout(timeoutMs: number): XksTimeout
}
