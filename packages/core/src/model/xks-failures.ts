import type { KmsErrorName } from "../vocabulary/errors.js"
import type { ConnectionErrorCode } from "../vocabulary/key-stores.js"
import { quoted } from "../vocabulary/refusals/refusal.js"

/** One way in which a proxy does not do what it is asked, and how each caller is told. */
export interface XksFailureRow {
  /** The words, which are the same in every operation. */
  readonly message: string
  /** By CreateKey. A cryptographic operation always answers `KMSInvalidStateException`. */
  readonly createKey: KmsErrorName
  /** By CreateCustomKeyStore and UpdateCustomKeyStore. */
  readonly keyStore: KmsErrorName
  /** What stands in DescribeCustomKeyStores after ConnectCustomKeyStore. */
  readonly connection: ConnectionErrorCode
}

const unreadable: XksFailureRow = {
  message:
    "AWS KMS cannot interpret the response from the external key store proxy. If you see this " +
    "error repeatedly, report it to your external key store proxy administrator.",
  createKey: "CustomKeyStoreInvalidStateException",
  keyStore: "XksProxyInvalidResponseException",
  connection: "XKS_PROXY_INVALID_RESPONSE",
}

/** A failure that differs from an unreadable answer in these columns. */
const failure = (message: string, columns: Partial<XksFailureRow>): XksFailureRow => ({
  ...unreadable,
  message,
  ...columns,
})

/**
 * Every failure of a proxy. Where the specification says nothing, because the request in question
 * cannot end so, the answer counts as unreadable.
 *
 * Source: External Key Store Proxy API Specification, "Error codes"; AWS KMS Developer Guide,
 * "Troubleshooting external key stores".
 */
export const xksFailures = {
  unreadable,
  keyDisabled: failure(
    "The external key associated with this KMS key in an external key store is not enabled in " +
      "the external key manager. Enable the external key in the external key manager and retry " +
      "the request.",
    { createKey: "XksKeyInvalidConfigurationException" },
  ),
  ciphertextRefused: failure(
    "The external key store proxy rejected the request because the specified ciphertext or " +
      "encryption context is corrupted, missing, or otherwise invalid.",
    {},
  ),
  /** What the proxy decrypted is not what our HSM had encrypted. */
  plaintextRefused: failure(
    "The ciphertext that the external key store proxy submitted for decryption, or the " +
      "encryption context, is corrupted, missing, or otherwise invalid.",
    {},
  ),
  keyUsage: failure(
    "The external key associated with this KMS key in an external key store does not support " +
      "the requested operation. Enable the operation on the key in your external key manager, " +
      "and try the request again.",
    { createKey: "XksKeyInvalidConfigurationException" },
  ),
  unauthenticated: failure(
    "The external key store proxy rejected the request because it could not authenticate AWS " +
      "KMS. Verify the XKS proxy authentication credentials for your external key store and " +
      "update if necessary.",
    {
      keyStore: "XksProxyIncorrectAuthenticationCredentialException",
      connection: "INVALID_CREDENTIALS",
    },
  ),
  denied: failure(
    "The external key store proxy denied access to the operation. Verify that the user and the " +
      "external key are both authorized for this operation, and try the request again.",
    { createKey: "KMSInvalidStateException", connection: "XKS_PROXY_ACCESS_DENIED" },
  ),
  keyNotFound: failure(
    "The external key associated with this KMS key in an external key store was not found in " +
      "its external key manager. If the external key ID associated with this KMS key is " +
      "incorrect, create a new KMS key with the correct external key ID.",
    { createKey: "XksKeyNotFoundException" },
  ),
  uriPath: failure(
    "The external key store proxy rejected the request because of an invalid URI path. Verify " +
      "the URI path for your external key store and update if necessary.",
    {
      keyStore: "XksProxyInvalidConfigurationException",
      connection: "XKS_PROXY_INVALID_CONFIGURATION",
    },
  ),
  unsupported: failure(
    "The external key store proxy rejected the request because it does not support the " +
      "requested operation. If you see this error repeatedly, report it to your external key " +
      "store proxy administrator.",
    // The specification names an XksKeyInvalidResponseException, which KMS does not have.
    { createKey: "XksKeyInvalidConfigurationException" },
  ),
  dependencyTimeout: failure(
    "The external key store proxy did not respond to the request in the time allotted. Retry " +
      "the request. If you see this error repeatedly, report it to your external key store " +
      "proxy administrator.",
    { keyStore: "XksProxyUriUnreachableException", connection: "XKS_PROXY_TIMED_OUT" },
  ),
  throttled: failure(
    "The external key store proxy rejected the request due to a very high request rate. Reduce " +
      "the frequency of your calls using KMS keys in this external key store.",
    { keyStore: "XksProxyUriUnreachableException", connection: "XKS_PROXY_NOT_REACHABLE" },
  ),
  managerFailed: failure(
    "The external key store proxy rejected the request because it cannot communicate with the " +
      "external key manager. Verify that the external key store proxy configuration is correct " +
      "and that the external key manager is available.",
    { connection: "XKS_PROXY_NOT_REACHABLE" },
  ),
  /** The proxy answers, and says that every instance behind it is unavailable. */
  managerUnavailable: failure(
    "The external key store proxy reports that all external key manager instances are " +
      "unavailable.",
    { keyStore: "XksProxyUriUnreachableException", connection: "XKS_PROXY_NOT_REACHABLE" },
  ),
  unreachable: failure(
    "AWS KMS cannot communicate with the external key store proxy. This might be a transient " +
      "network issue. If you see this error repeatedly, verify that your external key store " +
      "proxy is active and is connected to the network, and that its endpoint URI is correct " +
      "in your external keystore.",
    { keyStore: "XksProxyUriUnreachableException", connection: "XKS_PROXY_NOT_REACHABLE" },
  ),
  tls: failure(
    "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS " +
      "configuration, including its certificate.",
    {
      keyStore: "XksProxyUriUnreachableException",
      connection: "XKS_PROXY_INVALID_TLS_CONFIGURATION",
    },
  ),
  timeout: failure(
    "AWS KMS rejected the request because the external key store proxy did not respond in time. " +
      "Retry the request. If you see this error repeatedly, report it to your external key " +
      "store proxy administrator.",
    { keyStore: "XksProxyUriUnreachableException", connection: "XKS_PROXY_TIMED_OUT" },
  ),
} as const satisfies Readonly<Record<string, XksFailureRow>>

export type XksFailure = keyof typeof xksFailures

/** What the names of errors mean that a proxy answers; a name that is not here is unreadable. */
export const xksErrorNames: Readonly<Record<string, XksFailure>> = {
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
}

/** A proxy did not do what it was asked. Each kind of call words it in its own way. */
export class XksError extends Error {
  override readonly name = "XksError"
  readonly failure: XksFailure

  constructor(failure: XksFailure, options?: { readonly cause?: unknown }) {
    super(`the external key store proxy failed: ${failure}`, options)
    this.failure = failure
  }
}

/** What is thrown instead of a failure of a proxy; everything else is thrown again as it is. */
const refusing =
  (nameOf: (row: XksFailureRow) => KmsErrorName) =>
  (thrown: unknown): never => {
    if (!(thrown instanceof XksError)) throw thrown
    const row = xksFailures[thrown.failure]
    throw quoted(nameOf(row), row.message, thrown)
  }

/** For the three kinds of operation that ask a proxy. */
export const refuseUse = refusing(() => "KMSInvalidStateException")
export const refuseCreateKey = refusing((row) => row.createKey)
export const refuseKeyStore = refusing((row) => row.keyStore)
