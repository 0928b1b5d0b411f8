import { ours, wordless } from "./refusal.js"

/*
 * Custom key stores. What a proxy of an external key store fails at has a table of its own, since
 * the error depends on what was asked: model/xks-failures.ts.
 */

export const noSuchStore = ours(
  "CustomKeyStoreNotFoundException",
  "Custom key store {store} does not exist",
)

export const wrongConnectionState = ours(
  "CustomKeyStoreInvalidStateException",
  "The connection state of custom key store {id} is {state}, which is not valid for this ",
  "operation.",
)

export const storeHasKeys = wordless("CustomKeyStoreHasCMKsException")

export const tooManyStores = ours(
  "LimitExceededException",
  "The account has as many key stores as it may have",
)

// What two stores of an account must not share.

const inUse = "It is in use by the custom key store {id}."

export const nameInUse = ours("CustomKeyStoreNameInUseException", inUse)
export const clusterInUse = ours("CloudHsmClusterInUseException", inUse)
export const uriInUse = ours("XksProxyUriInUseException", inUse)
export const endpointInUse = ours("XksProxyUriEndpointInUseException", inUse)
export const endpointServiceInUse = ours("XksProxyVpcEndpointServiceInUseException", inUse)

// CloudHSM clusters.

export const noSuchCluster = wordless("CloudHsmClusterNotFoundException")
export const clusterNotActive = wordless("CloudHsmClusterNotActiveException")
export const clusterNotRelated = wordless("CloudHsmClusterNotRelatedException")
export const incorrectTrustAnchor = wordless("IncorrectTrustAnchorException")
export const tooFewHsms = ours(
  "CloudHsmClusterInvalidConfigurationException",
  "The cluster must have at least {least} active HSMs.",
)

// External keys.

export const externalKeyInUse = wordless("XksKeyAlreadyInUseException")
export const externalKeyUnusable = wordless("XksKeyInvalidConfigurationException")
export const externalKeyUnaddressable = ours(
  "ValidationException",
  "XksKeyId {id} cannot be part of the URI of the external key store proxy",
)

// Members that do not go together.

export const storeOrNameNeeded = ours(
  "ValidationException",
  "Specify either CustomKeyStoreId or CustomKeyStoreName, not both.",
)
export const memberOfAnotherType = ours(
  "ValidationException",
  "{member} is not valid for custom key stores of type {type}",
)
export const memberMissing = ours(
  "ValidationException",
  "{member} is required for custom key stores of type {type}",
)
export const endpointServiceMissing = ours(
  "ValidationException",
  "XksProxyVpcEndpointServiceName is required for VPC_ENDPOINT_SERVICE connectivity",
)
export const endpointServiceNeedless = ours(
  "ValidationException",
  "A VPC endpoint service is not valid for PUBLIC_ENDPOINT connectivity",
)
export const storeNeedless = ours(
  "ValidationException",
  "CustomKeyStoreId and XksKeyId are not valid for this Origin",
)
export const originNeedsMember = ours("ValidationException", "Origin {origin} requires {member}")
export const wrongStoreForOrigin = ours(
  "ValidationException",
  "Custom key store {id} is not valid for Origin {origin}",
)
export const noMultiRegion = ours(
  "UnsupportedOperationException",
  "Multi-Region keys are not supported for Origin {origin}",
)
